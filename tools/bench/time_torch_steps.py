#!/usr/bin/python3
"""Times whole training steps beside PyTorch's: the networks of `pleat bench --steps`.

Run by hand (it needs python3-torch) on an idle machine:

    tools/bench/time_torch_steps.py build/pleat [--threads N] [--time MS] [--rounds N] [--tsv]
        [NETWORK]...

The two take turns: in each round a network's steps run for a while in pleat, then as long in PyTorch,
with the same number of threads. A figure is the median of the rounds' medians, in milliseconds; the
ratio is that of the rounds' ratios of PyTorch's time over ours: above 1 we are faster. That both
networks have as many parameters is checked.
"""

import argparse
import statistics
import subprocess
import sys
import time

import torch
from torch import nn


def fsrcnn(scale):
    features, shrunk, mappings = 56, 12, 4
    layers = [nn.Conv2d(1, features, 5, padding=2), nn.PReLU(features),
              nn.Conv2d(features, shrunk, 1), nn.PReLU(shrunk)]
    for _ in range(mappings):
        layers += [nn.Conv2d(shrunk, shrunk, 3, padding=1), nn.PReLU(shrunk)]
    return nn.Sequential(*layers, nn.Conv2d(shrunk, features, 1), nn.PReLU(features),
                         nn.ConvTranspose2d(features, 1, 9, scale, 4, scale - 1))


def block(ins, outs):
    return nn.Sequential(nn.Conv2d(ins, outs, 3, padding=1), nn.BatchNorm2d(outs), nn.ReLU(),
                         nn.Conv2d(outs, outs, 3, padding=1), nn.BatchNorm2d(outs), nn.ReLU())


class UNet(nn.Module):
    """Three levels, width 16, two classes."""

    def __init__(self):
        super().__init__()
        widths = (16, 32, 64)
        self.down = nn.ModuleList(map(block, (1, 16, 32), widths))
        self.bottom = block(64, 128)
        self.enlarge = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, 2) for w in widths[::-1])
        self.up = nn.ModuleList(block(2 * w, w) for w in widths[::-1])
        self.last = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        skipped = []
        for down in self.down:
            x = down(x)
            skipped.append(x)
            x = nn.functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for enlarge, up in zip(self.enlarge, self.up):
            x = up(torch.cat([enlarge(x), skipped.pop()], 1))
        return self.last(x)


def decoder():
    return nn.Sequential(nn.ConvTranspose2d(64, 256, 7), nn.BatchNorm2d(256), nn.ReLU(),
                         nn.ConvTranspose2d(256, 128, 4, 2, 1), nn.BatchNorm2d(128), nn.ReLU(),
                         nn.ConvTranspose2d(128, 1, 4, 2, 1), nn.Tanh())


def fit(network, batch, extent, target, loss):
    """A network, and a step of its training."""
    x, optimizer = torch.randn(batch, *extent), torch.optim.Adam(network.parameters(), 1e-3)

    def step():
        optimizer.zero_grad()
        loss(network(x), target).backward()
        optimizer.step()

    return network, step


def apply(network, *extent):
    """A network, and an inference."""
    x = torch.randn(*extent)
    network.eval()

    def step():
        with torch.no_grad():
            network(x)

    return network, step


WORKLOADS = {
    "fsrcnn_x3_small": lambda: fit(fsrcnn(3), 64, (1, 10, 10), torch.randn(64, 1, 30, 30),
                                   nn.MSELoss()),
    "fsrcnn_x3_large": lambda: fit(fsrcnn(3), 16, (1, 32, 32), torch.randn(16, 1, 96, 96),
                                   nn.MSELoss()),
    "unet": lambda: fit(UNet(), 4, (1, 256, 256), torch.randint(0, 2, (4, 256, 256)),
                        nn.CrossEntropyLoss()),
    "dcgan_decoder": lambda: fit(decoder(), 64, (64, 1, 1), torch.randn(64, 1, 28, 28),
                                 nn.MSELoss()),
    "fsrcnn_x2_apply": lambda: apply(fsrcnn(2), 1, 1, 540, 960),
}


def time_ours(program, name, options):
    """The parameters, and the median of a step in milliseconds."""
    table = subprocess.run(
        [program, "bench", "--steps", "--layer", name, "--tsv", "--threads", str(options.threads),
         "--time", str(options.time)], check=True, capture_output=True, text=True).stdout
    header, line = (text.split("\t") for text in table.splitlines())
    row = dict(zip(header, line))
    return int(row["parameters"]), float(row["median_ms"])


def time_theirs(step, milliseconds):
    times = []
    step()
    while len(times) < 5 or sum(times) < milliseconds:
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the built program pleat")
    parser.add_argument("names", nargs="*", metavar="NETWORK", help="only these networks")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--time", type=float, default=1000, metavar="MS",
                        help="the least that the steps of a round take together, on each side")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tsv", action="store_true", help="print tab-separated values")
    options = parser.parse_intermixed_args()
    for name in options.names:
        if name not in WORKLOADS:
            parser.error(f"{name} is none of {', '.join(WORKLOADS)}")
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    print("name\tthreads\tours_ms\ttorch_ms\tratio" if options.tsv else
          f"{'network':16} {'ours ms':>9} {'torch ms':>9} {'ratio':>6}")
    for name in options.names or WORKLOADS:
        network, step = WORKLOADS[name]()
        step()
        rounds = []
        for _ in range(options.rounds):
            count, ours = time_ours(options.program, name, options)
            if count != sum(p.numel() for p in network.parameters()):
                raise RuntimeError(f"{name} has {count} parameters, PyTorch's has others")
            rounds.append((ours, time_theirs(step, options.time)))
        ours, theirs = (statistics.median(column) for column in zip(*rounds))
        ratio = statistics.median(theirs / ours for ours, theirs in rounds)
        print(f"{name}\t{options.threads}\t{ours:.4f}\t{theirs:.4f}\t{ratio:.3f}" if options.tsv
              else f"{name:16} {ours:9.2f} {theirs:9.2f} {ratio:6.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
