"""What the scripts that write goldens share: numbers that C computes just so, and C headers."""

import numpy as np
import torch


def pattern(count, seed):
    """Multiples of 1/64 in [-30/64, 30/64]."""
    return np.array([((i * 37 + seed * 11) % 61 - 30) / 64 for i in range(count)])


def tensor(shape, seed):
    shape = torch.Size(shape)
    return torch.from_numpy(pattern(shape.numel(), seed)).reshape(shape)


def fill(parameter, seed):
    with torch.no_grad():
        parameter.copy_(tensor(parameter.shape, seed))


def emit(name, numbers):
    print(f"static const double {name}[{len(numbers)}] = {{")
    for i in range(0, len(numbers), 3):
        print("    " + ", ".join(f"{x!r}" for x in map(float, numbers[i:i + 3])) + ",")
    print("};\n")


def begin(script, guard):
    print(f"/* Written by tests/{script}; do not edit. */")
    print("/* clang-format off */")
    print(f"#ifndef {guard}\n#define {guard}\n")


def end():
    print("#endif")
