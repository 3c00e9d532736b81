#!/usr/bin/python3
"""Times conv_transpose beside PyTorch's: forward, each gradient and both gradients of each layer.

Run by hand (it needs python3-torch) on an idle machine:

    tools/bench/time_torch.py build/.libs/libpleat.so tools/bench/layers.tsv [--threads N]
        [--time MS] [--tsv] [LAYER]...

The table of layers is that of `pleat bench`. Results are compared first. The two libraries take
turns call by call, with the same number of threads; each figure is the best of its calls, in
milliseconds, and each ratio is PyTorch's time over ours: above 1 we are faster.
"""

import argparse
import ctypes
import math
import sys
import time

import numpy as np
import torch

PASSES = ("forward", "backward_input", "backward_filter", "backward")

# The columns of the table behind the name.
FIELDS = "N Cin H W Cout kh kw sh sw ph pw oph opw dh dw groups".split()


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

    def prepare(self, function, *arrays):
        """A function without arguments that executes a pass: nothing is left to convert. It keeps
        the arrays, whose memory the views alone would not."""
        arguments = (self.plan, *map(view, arrays), ctypes.c_void_p(self.scratch.ctypes.data),
                     ctypes.c_size_t(self.scratch.size))
        return lambda kept=arrays: self.call(function, *arguments)

    def forward(self, x, w, b, y):
        return self.prepare(self.library.pleat_plan_forward, x, w, b, y)

    def backward(self, x, w, gy, gx, gw):
        return self.prepare(self.library.pleat_plan_backward, x, w, gy, gx, gw, None)


def read_layers(path, names):
    layers = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("#") or not line.strip():
                continue
            name, *fields = line.rstrip("\n").split("\t")
            if not names or name in names:
                layers.append({"name": name, **dict(zip(FIELDS, map(int, fields[:len(FIELDS)])))})
    return layers


def check(name, ours, theirs):
    """A wrong kernel is not timed."""
    error = np.abs(ours - theirs.numpy()).max() / np.abs(ours).max()
    if not error < 1e-3:
        raise RuntimeError(f"{name} differs from PyTorch's by {error:.2g} of its largest value")


def contestants(library, layer, threads):
    """Pairs of functions without arguments, ours and PyTorch's, one for each pass."""
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
        (plan.forward(x, w, b, y), torch_forward),
        (plan.backward(None, w, gy, gx, None), lambda: torch_backward(True, False, False)),
        (plan.backward(x, None, gy, None, gw), lambda: torch_backward(False, True, False)),
        (plan.backward(x, w, gy, gx, gw), lambda: torch_backward(True, True, False)),
    ]
    for ours, _ in pairs[:3]:
        ours()
    check("forward", y, torch_forward())
    check("backward_input", gx, torch_backward(True, False, False)[0])
    check("backward_filter", gw, torch_backward(False, True, False)[1])
    gx.fill(np.nan)
    gw.fill(0)
    pairs[3][0]()
    both = torch_backward(True, True, False)
    check("backward", gx, both[0])
    check("backward", gw, both[1])
    return pairs


def best_of(functions, milliseconds):
    """The best time of each in milliseconds, the functions taking turns."""
    best, calls, total = [math.inf] * len(functions), 0, 0
    for function in functions:
        function()
    while calls < 5 or (total < milliseconds and calls < 2000):
        for i, function in enumerate(functions):
            start = time.perf_counter()
            function()
            elapsed = (time.perf_counter() - start) * 1e3
            best[i] = min(best[i], elapsed)
            total += elapsed if i == 0 else 0
        calls += 1
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", help="the built libpleat.so")
    parser.add_argument("layers", help="the table of layers")
    parser.add_argument("names", nargs="*", metavar="LAYER", help="only these layers")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--time", type=float, default=200, metavar="MS",
                        help="the least that our calls of one measurement take together")
    parser.add_argument("--tsv", action="store_true", help="print tab-separated values")
    options = parser.parse_intermixed_args()
    library = ctypes.CDLL(options.library)
    torch.set_num_threads(options.threads)
    ratios = {name: [] for name in PASSES}
    if options.tsv:
        print("name\tpass\tthreads\tours_ms\ttorch_ms")
    else:
        print(f"{'layer':12}" + "".join(f" | {name:>15} {'torch':>8} ratio" for name in PASSES))
    with torch.no_grad():
        for layer in read_layers(options.layers, options.names):
            line = f"{layer['name']:12}"
            for name, pair in zip(PASSES, contestants(library, layer, options.threads)):
                ours, theirs = best_of(pair, options.time)
                ratios[name].append(theirs / ours)
                line += f" | {ours:15.3f} {theirs:8.2f} {theirs / ours:5.2f}"
                if options.tsv:
                    print(f"{layer['name']}\t{name}\t{options.threads}\t{ours:.4f}\t{theirs:.4f}",
                          flush=True)
            if not options.tsv:
                print(line, flush=True)
    for name, values in ratios.items():
        if values and not options.tsv:
            mean = math.exp(sum(map(math.log, values)) / len(values))
            print(f"{name}: {len(values)} layers, {options.threads} threads, ratio torch/ours: "
                  f"geometric mean {mean:.2f}, minimum {min(values):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
