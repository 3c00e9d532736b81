#!/usr/bin/python3
"""Times `pleat upscale` beside PyTorch on the same network with the same numbers.

Run by hand (it needs python3-torch) on an idle machine:

    tools/superres/time_torch.py build/pleat MODEL [--threads N] [--rounds N] [WIDTHxHEIGHT]...

MODEL is an FSRCNN that train superres has made. For each size (960x540 and 4000x3000 unless given) a
grey picture of noise is enlarged by `pleat upscale`, which tells how long the network took, planning
and tiles included, and by PyTorch, whose clock stands while it makes its tensors. PyTorch takes a large
picture whole, or by bands of so many rows as --rows says. The two take turns; a figure is the median.
"""

import argparse
import json
import os
import random
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib

import torch
from torch import nn


def read_tensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    metadata = header.pop("__metadata__")
    return metadata, {
        name: torch.frombuffer(bytearray(data[slice(*entry["data_offsets"])]),
                               dtype=torch.float32).reshape(entry["shape"])
        for name, entry in header.items()}


def build(tensors, scale):
    """FSRCNN of the checkpoint's parameters, in the order of its layers."""
    names = ["features", "shrink"]
    names += ["map%d" % i for i in range(sum(n.startswith("map") and n.endswith(".bias")
                                             for n in tensors))]
    layers = []
    for name in names + ["expand"]:
        weight, slope = tensors[name + ".weight"], tensors[name + ".prelu.weight"]
        conv = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2],
                         padding=weight.shape[2] // 2)
        prelu = nn.PReLU(len(slope))
        conv.weight.data, conv.bias.data = weight, tensors[name + ".bias"]
        prelu.weight.data = slope
        layers += [conv, prelu]
    weight, odd = tensors["up.weight"], (9 - scale) % 2
    up = nn.ConvTranspose2d(weight.shape[0], 1, 9, scale, (9 - scale + odd) // 2, odd)
    up.weight.data, up.bias.data = weight, tensors["up.bias"]
    return nn.Sequential(*layers, up).eval()


def write_png(path, picture, width, height):
    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body
                + struct.pack(">I", zlib.crc32(kind + body)))
    rows = b"".join(b"\0" + picture[y * width:(y + 1) * width] for y in range(height))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0,
                                                                     0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def time_ours(options, folder):
    done = subprocess.run([options.program, "upscale", "in.png", "out.png", "--model",
                           os.path.abspath(options.model), "--threads", str(options.threads)],
                          check=True, capture_output=True, text=True, cwd=folder).stdout
    return [float(word) for word in re.search(r"in ([0-9.]+) s, ([0-9.]+) s", done).groups()]


def time_theirs(network, plane, rows):
    """Seconds; bands have no rows around them, which is in PyTorch's favour."""
    start = time.perf_counter()
    with torch.no_grad():
        for band in plane.split(rows or plane.shape[2], 2):
            network(band)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the built program pleat")
    parser.add_argument("model")
    parser.add_argument("sizes", nargs="*", metavar="WIDTHxHEIGHT")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=0)
    options = parser.parse_intermixed_args()
    options.program = os.path.abspath(options.program)
    torch.set_num_threads(options.threads)
    metadata, tensors = read_tensors(options.model)
    network = build(tensors, int(metadata["superres.scale"]))
    print(f"{'size':>10} {'upscale s':>10} {'network s':>10} {'torch s':>10} {'ratio':>6}")
    for size in options.sizes or ("960x540", "4000x3000"):
        width, height = map(int, size.split("x"))
        picture = bytearray(random.Random(0).randbytes(width * height))
        plane = torch.frombuffer(picture, dtype=torch.uint8).reshape(1, 1, height, width) / 255
        with tempfile.TemporaryDirectory() as folder:
            write_png(os.path.join(folder, "in.png"), picture, width, height)
            rounds = [(*time_ours(options, folder), time_theirs(network, plane, options.rows))
                      for _ in range(options.rounds)]
        whole, ours, theirs = map(statistics.median, zip(*rounds))
        print(f"{size:>10} {whole:10.3f} {ours:10.3f} {theirs:10.3f} {theirs / ours:6.2f}",
              flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
