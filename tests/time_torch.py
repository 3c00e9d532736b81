#!/usr/bin/python3
"""Times conv_transpose beside PyTorch's: forward, input gradient and filter gradient of each layer.

Run by hand (it needs python3-torch) on an idle machine:

    tests/time_torch.py build/.libs/libpleat.so layers.tsv [--threads N] [--repeats R] [LAYER]...

layers.tsv has a header line and the columns name N Cin H W Cout kh kw sh sw ph pw oph opw dh dw
groups. The two libraries take turns, with the same number of threads; each figure is the best of
the repeats, in milliseconds, and each ratio is PyTorch's time over ours: above 1 we are faster.
"""

import argparse
import ctypes
import math
import sys
import time

import numpy as np
import torch

PASSES = ("forward", "backward_input", "backward_filter")


class Axis(ctypes.Structure):  # struct pleat_axis
    _fields_ = [(name, ctypes.c_int64) for name in
                ("kernel", "stride", "dilation", "padding_begin", "padding_end",
                 "output_padding")]


class Params(ctypes.Structure):  # struct pleat_conv_params
    _fields_ = [("rank", ctypes.c_int), ("in_channels", ctypes.c_int64),
                ("out_channels", ctypes.c_int64), ("groups", ctypes.c_int64), ("axis", Axis * 3)]


class Options(ctypes.Structure):  # struct pleat_plan_options
    _fields_ = [("dtype", ctypes.c_int), ("threads", ctypes.c_int), ("method", ctypes.c_int),
                ("instructions", ctypes.c_int), ("exact", ctypes.c_bool)]


class Tensor(ctypes.Structure):  # struct pleat_tensor
    _fields_ = [("data", ctypes.c_void_p), ("dtype", ctypes.c_int), ("rank", ctypes.c_int),
                ("extent", ctypes.c_int64 * 5)]


class Error(ctypes.Structure):  # struct pleat_error
    _fields_ = [("status", ctypes.c_int), ("message", ctypes.c_char * 256)]


def view(array):
    """A reference to the struct pleat_tensor of a float32 array, or None for none."""
    if array is None:
        return None
    extent = (ctypes.c_int64 * 5)(*array.shape)
    return ctypes.byref(Tensor(array.ctypes.data, 0, array.ndim, extent))


class Plan:
    """One float32 conv_transpose of rank 2, with scratch for both passes."""

    def __init__(self, library, layer, threads):
        self.library = library
        params = Params(2, layer["Cin"], layer["Cout"], layer["groups"])
        for i, a in enumerate("hw"):
            params.axis[i] = Axis(layer["k" + a], layer["s" + a], layer["d" + a], layer["p" + a],
                                  layer["p" + a], layer["op" + a])
        extent = (ctypes.c_int64 * 2)(layer["H"], layer["W"])
        self.plan = ctypes.c_void_p()
        self.call(library.pleat_plan_create, ctypes.byref(self.plan), 0, ctypes.byref(params),
                  extent, ctypes.byref(Options(0, threads)))
        library.pleat_plan_scratch_size.restype = ctypes.c_size_t
        size = max(library.pleat_plan_scratch_size(self.plan, which, None) for which in (0, 1))
        self.scratch = np.empty(size, np.uint8)

    def __del__(self):
        self.library.pleat_plan_free(self.plan)

    @staticmethod
    def call(function, *arguments):
        error = Error()
        if function(*arguments, ctypes.byref(error)) != 0:
            raise RuntimeError(error.message.decode())

    def execute(self, function, *arrays):
        self.call(function, self.plan, *map(view, arrays),
                  ctypes.c_void_p(self.scratch.ctypes.data), ctypes.c_size_t(self.scratch.size))

    def forward(self, x, w, b, y):
        self.execute(self.library.pleat_plan_forward, x, w, b, y)

    def backward(self, x, w, gy, gx, gw):
        self.execute(self.library.pleat_plan_backward, x, w, gy, gx, gw, None)


def read_layers(path, names):
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if line.strip()]
    header = [name.lstrip("# ") for name in rows[0]]
    layers = [dict(zip(header, row)) for row in rows[1:] if not row[0].startswith("#")]
    for layer in layers:
        for name in header[1:17]:
            layer[name] = int(layer[name])
    return [layer for layer in layers if not names or layer["name"] in names]


def check(name, ours, theirs):
    """A wrong kernel is not timed."""
    error = np.abs(ours - theirs.numpy()).max() / np.abs(ours).max()
    if not error < 1e-3:
        raise RuntimeError(f"{name} differs from PyTorch's by {error:.2g} of its largest value")


def contestants(library, layer, threads):
    """Three pairs of functions without arguments, ours and PyTorch's, one for each pass."""
    plan = Plan(library, layer, threads)
    stride, padding, dilation, output_padding = (
        [layer[name + "h"], layer[name + "w"]] for name in ("s", "p", "d", "op"))
    groups, outs = layer["groups"], layer["Cout"]
    rng = np.random.default_rng(1)
    x = rng.standard_normal((layer["N"], layer["Cin"], layer["H"], layer["W"]), np.float32)
    w = rng.standard_normal((layer["Cin"], outs // groups, layer["kh"], layer["kw"]), np.float32)
    b = rng.standard_normal(outs, np.float32)
    tx, tw, tb = map(torch.from_numpy, (x, w, b))

    def torch_forward():
        return torch.conv_transpose2d(tx, tw, tb, stride, padding, output_padding, groups,
                                      dilation)

    y = np.empty(tuple(torch_forward().shape), np.float32)
    gy = rng.standard_normal(y.shape, np.float32)
    tgy = torch.from_numpy(gy)
    gx, gw = np.empty_like(x), np.zeros_like(w)

    def torch_backward(*wanted):
        return torch.ops.aten.convolution_backward(tgy, tx, tw, [outs], stride, padding, dilation,
                                                   True, output_padding, groups, wanted)

    pairs = [
        (lambda: plan.forward(x, w, b, y), torch_forward),
        (lambda: plan.backward(None, w, gy, gx, None), lambda: torch_backward(True, False, False)),
        (lambda: plan.backward(x, None, gy, None, gw), lambda: torch_backward(False, True, False)),
    ]
    for ours, _ in pairs:
        ours()
    check("forward", y, torch_forward())
    check("backward_input", gx, torch_backward(True, False, False)[0])
    check("backward_filter", gw, torch_backward(False, True, False)[1])
    return pairs


def best_of(functions, repeats):
    """The best time of each in milliseconds, the functions taking turns."""
    best = [math.inf] * len(functions)
    for _ in range(repeats):
        for i, function in enumerate(functions):
            start = time.perf_counter()
            function()
            best[i] = min(best[i], (time.perf_counter() - start) * 1e3)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", help="the built libpleat.so")
    parser.add_argument("layers", help="the table of layers")
    parser.add_argument("names", nargs="*", metavar="LAYER", help="only these layers")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_intermixed_args()
    library = ctypes.CDLL(options.library)
    torch.set_num_threads(options.threads)
    ratios = {name: [] for name in PASSES}
    print(f"{'layer':16}" + "".join(f" | {name + ' ours':>20} {'torch':>9} ratio"
                                    for name in PASSES))
    with torch.no_grad():
        for layer in read_layers(options.layers, options.names):
            line = f"{layer['name']:16}"
            for name, pair in zip(PASSES, contestants(library, layer, options.threads)):
                ours, theirs = best_of(pair, options.repeats)
                ratios[name].append(theirs / ours)
                line += f" | {ours:20.2f} {theirs:9.2f} {theirs / ours:5.2f}"
            print(line, flush=True)
    for name, values in ratios.items():
        if values:
            mean = math.exp(sum(map(math.log, values)) / len(values))
            print(f"{name}: {len(values)} layers, {options.threads} threads, ratio torch/ours: "
                  f"geometric mean {mean:.2f}, minimum {min(values):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
