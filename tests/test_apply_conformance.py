"""The third-party cases of conformance/conv_transpose_cases.jsonl through pleat apply, in both
element types. Skipped (77) unless PLEAT_TEST_DATA names the folder that holds conformance/."""

import json
import os
import sys
import tempfile

import npy
from program import run

# Relative to the largest expected value, which was computed in float32 in most cases.
TOLERANCE = {"<f4": 1e-5, "<f8": 2e-6}
GRADIENTS = (("dx", "grad-input", "x_shape"), ("dw", "grad-weight", "w_shape"),
             ("db", "grad-bias", None))


def command(case, folder, descr):
    """Writes the case's files and returns the arguments, and by output file what it must hold."""
    def write(name, shape, values):
        npy.write(os.path.join(folder, name), descr, shape, values)

    def numbers(name):
        return ",".join(map(str, case[name]))

    write("x.npy", case["x_shape"], case["x"])
    write("w.npy", case["w_shape"], case["w"])
    arguments = ["apply", "conv_transpose", "--input", "x.npy", "--weight", "w.npy",
                 "--output", "y.npy", "--stride", numbers("stride"),
                 "--dilation", numbers("dilation"), "--groups", str(case["groups"]),
                 "--output-padding", numbers("output_padding"), "--auto-pad", case["auto_pad"]]
    if case["auto_pad"] == "NOTSET":
        arguments += ["--padding", numbers("pads")]
    if case["output_shape"] is not None:
        arguments += ["--output-size", numbers("output_shape")]
    if case["has_bias"]:
        write("b.npy", [len(case["b"])], case["b"])
        arguments += ["--bias", "b.npy"]
    if case["kind"] == "forward":
        return arguments, {"y.npy": (case["y_shape"], case["y"])}
    expected = {}
    write("dy.npy", case["dy_shape"], case["dy"])
    arguments += ["--grad-output", "dy.npy"]
    for field, option, shape in GRADIENTS:
        if case[field] is not None:
            arguments += ["--" + option, field + ".npy"]
            expected[field + ".npy"] = (case[shape] if shape else [len(case[field])], case[field])
    return arguments, expected


def error_of(path, descr, shape, values):
    """Returns the largest error of a file relative to the largest value; infinity where type or
    shape is another, or for NaN."""
    got_descr, got_shape, got = npy.read(path)
    if got_descr != descr or list(got_shape) != list(shape) or len(got) != len(values):
        return float("inf")
    worst = 0.0
    for one, other in zip(got, values):
        difference = abs(one - other)
        worst = difference if difference > worst else worst if difference == difference else \
            float("inf")
    return worst / max(1e-30, max(map(abs, values), default=0.0))


def failures_of(case, descr):
    with tempfile.TemporaryDirectory() as folder:
        arguments, expected = command(case, folder, descr)
        done = run(arguments, folder)
        if done.returncode != 0:
            return [f"exit {done.returncode}: {done.stderr.strip()}"]
        errors = {name: error_of(os.path.join(folder, name), descr, *what)
                  for name, what in expected.items()}
        return [f"{name} is off by {error:.2g} of its largest value"
                for name, error in errors.items() if not error <= TOLERANCE[descr]]


def main():
    data = os.environ.get("PLEAT_TEST_DATA")
    if not data:
        print("skipped: PLEAT_TEST_DATA is not set")
        return 77
    path = os.path.join(data, "conformance", "conv_transpose_cases.jsonl")
    with open(path, encoding="utf-8") as file:
        cases = [json.loads(line) for line in file if line.strip()]
    failed = 0
    for descr in TOLERANCE:
        for case in cases:
            problems = failures_of(case, descr)
            failed += bool(problems)
            for problem in problems:
                print(f"{case['id']} {descr}: {problem}")
    gradients = sum(case["kind"] == "grad" for case in cases)
    print(f"{len(cases)} cases ({len(cases) - gradients} forward, {gradients} gradient), "
          f"each in f4 and f8: {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
