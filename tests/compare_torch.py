#!/usr/bin/python3
"""Random operators through pleat apply against PyTorch in double: outputs and every gradient.

Run by hand (it needs python3-torch):  tests/compare_torch.py build/pleat [--count N] [--seed S]
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile

import numpy as np
import torch
from torch.nn import functional

# The largest error that is let pass, relative to the sum of the |terms| of each value.
TOLERANCE = {np.float32: 1e-6, np.float64: 2e-15}


def random_case(rng):
    rank = rng.randint(1, 3)
    transpose = rng.random() < 0.5
    groups = rng.choice([1, 1, 1, 2, 3])
    case = {
        "op": "conv_transpose" if transpose else "conv",
        "rank": rank,
        "type": rng.choice([np.float32, np.float64]),
        "batch": rng.randint(1, 3),
        "channels": (groups * rng.randint(1, 5), groups * rng.randint(1, 5)),
        "groups": groups,
        "bias": rng.random() < 0.5,
        "in": [rng.randint(1, 9) for _ in range(rank)],
        "kernel": [rng.randint(1, 5) for _ in range(rank)],
        "stride": [rng.randint(1, 4) for _ in range(rank)],
        "dilation": [rng.randint(1, 3) for _ in range(rank)],
    }
    if rng.random() < 0.5:
        case["begin"] = case["end"] = [rng.randint(0, 3) for _ in range(rank)]
    else:
        case["begin"] = [rng.randint(-2, 3) for _ in range(rank)]
        case["end"] = [rng.randint(-2, 3) for _ in range(rank)]
    case["output_padding"] = [rng.randint(0, max(s, d) - 1) if transpose else 0
                              for s, d in zip(case["stride"], case["dilation"])]
    return case


def output_extents(case):
    """The formulas of size.h, to leave out operators without an output."""
    axes = zip(*(case[name] for name in
                 ("in", "kernel", "stride", "dilation", "begin", "end", "output_padding")))
    if case["op"] == "conv_transpose":
        return [(i - 1) * s - b - e + d * (k - 1) + 1 + o for i, k, s, d, b, e, o in axes]
    return [(i + b + e - d * (k - 1) - 1) // s + 1 for i, k, s, d, b, e, _ in axes]


def make_arrays(case, seed):
    generator = np.random.default_rng(seed)
    ins, outs = case["channels"]
    first, second = (ins, outs) if case["op"] == "conv_transpose" else (outs, ins)
    shapes = {
        "x": [case["batch"], ins, *case["in"]],
        "w": [first, second // case["groups"], *case["kernel"]],
        "gy": [case["batch"], outs, *output_extents(case)],
    }
    if case["bias"]:
        shapes["b"] = [outs]
    return {name: generator.standard_normal(shape).astype(case["type"])
            for name, shape in shapes.items()}


def pad(tensor, both):
    """Pads the axes, first where it adds and then where it crops: functional.pad refuses to crop
    more than there is, even where the other end adds."""
    flat = [number for pair in reversed(both) for number in pair]
    grown = functional.pad(tensor, [max(number, 0) for number in flat])
    return functional.pad(grown, [min(number, 0) for number in flat])


def torch_results(case, arrays):
    """PyTorch in double. Paddings that its layers do not have are cropped or padded by hand."""
    tensors = {name: torch.from_numpy(array).double().requires_grad_(name != "gy")
               for name, array in arrays.items()}
    layer = getattr(functional, f"{case['op']}{case['rank']}d")
    arguments = {name: case[name] for name in ("stride", "dilation", "groups")}
    if case["op"] == "conv_transpose":
        arguments["output_padding"] = case["output_padding"]
    x, w, b = tensors["x"], tensors["w"], tensors.get("b")
    both = list(zip(case["begin"], case["end"]))
    if all(begin == end >= 0 for begin, end in both):
        y = layer(x, w, b, padding=case["begin"], **arguments)
    elif case["op"] == "conv":
        y = layer(pad(x, both), w, b, **arguments)
    else:
        y = pad(layer(x, w, **arguments), [(-begin, -end) for begin, end in both])
        if b is not None:
            y = y + b.reshape(-1, *[1] * case["rank"])
    y.backward(tensors["gy"])
    results = {"y": y, "gx": x.grad, "gw": w.grad}
    if b is not None:
        results["gb"] = b.grad
    return {name: tensor.detach().numpy() for name, tensor in results.items()}


def command(case):
    arguments = ["apply", case["op"], "--groups", str(case["groups"])]
    for name in ("stride", "dilation"):
        arguments += ["--" + name, ",".join(map(str, case[name]))]
    arguments += ["--padding", ",".join(map(str, [*case["begin"], *case["end"]]))]
    if case["op"] == "conv_transpose":
        arguments += ["--output-padding", ",".join(map(str, case["output_padding"]))]
    files = {"input": "x", "weight": "w", "output": "y", "grad-output": "gy", "grad-input": "gx",
             "grad-weight": "gw"}
    if case["bias"]:
        files.update({"bias": "b", "grad-bias": "gb"})
    for option, name in files.items():
        arguments += ["--" + option, name + ".npy"]
    return arguments


def pleat_results(program, case, arrays, names):
    with tempfile.TemporaryDirectory() as folder:
        for name, array in arrays.items():
            np.save(os.path.join(folder, name + ".npy"), array)
        subprocess.run([program, *command(case)], cwd=folder, check=True)
        return {name: np.load(os.path.join(folder, name + ".npy")) for name in names}


def error_of(got, wanted, terms, dtype):
    """The largest error relative to the sum of the |terms|; infinity for NaN, or another type or
    shape."""
    if got.dtype != dtype or got.shape != wanted.shape:
        return float("inf")
    error = (np.abs(got - wanted) / np.maximum(terms, 1e-300)).max()
    return float(error) if error == error else float("inf")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the built program pleat")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    rng = random.Random(options.seed)
    worst = {dtype: 0.0 for dtype in TOLERANCE}
    ran = {"conv_transpose": 0, "conv": 0}
    failed = 0
    while sum(ran.values()) < options.count:
        case = random_case(rng)
        if min(output_extents(case)) < 1:
            continue
        arrays = make_arrays(case, rng.getrandbits(32))
        wanted = torch_results(case, arrays)
        terms = torch_results(case, {name: np.abs(array) for name, array in arrays.items()})
        got = pleat_results(program, case, arrays, wanted)
        errors = {name: error_of(got[name], wanted[name], terms[name], case["type"])
                  for name in wanted}
        worst[case["type"]] = max(worst[case["type"]], *errors.values())
        ran[case["op"]] += 1
        if not max(errors.values()) <= TOLERANCE[case["type"]]:
            failed += 1
            print("differs:", errors, "pleat", *command(case), "for", case)
    print(f"seed {options.seed}: {ran['conv_transpose']} conv_transpose and {ran['conv']} conv, "
          f"{failed} failed; worst error relative to the sum of |terms|: "
          f"{worst[np.float32]:.2g} in float32, {worst[np.float64]:.2g} in float64")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
