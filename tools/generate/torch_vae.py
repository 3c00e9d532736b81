#!/usr/bin/env python3
"""Trains with PyTorch the variational autoencoder of `pleat train generate --kind vae --held-out 0`:
the same architecture, Adam, batch size and epochs, PyTorch's own initialisation and random numbers.
Prints its evidence lower bound on test images, for comparison with `pleat eval generate`.

    torch_vae.py TRAIN.idx.gz TEST.idx.gz [--epochs N] [--seed N] [--latents N] [--width N] ...
"""

import argparse
import gzip
import time

import numpy
import torch
from torch import nn
from torch.nn import functional


def read_idx(path):
    """The images of an idx file, [count][1][height][width] between 0 and 1."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        data = file.read()
    extents = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(3)]
    pixels = numpy.frombuffer(data, numpy.uint8, offset=16).reshape(extents)
    return torch.from_numpy(pixels.astype(numpy.float32) / 255).unsqueeze(1)


class Autoencoder(nn.Module):
    def __init__(self, latents, width, height, wide):
        super().__init__()
        flat = 2 * width * (height // 4) * (wide // 4)
        self.encoder = nn.Sequential(
            nn.Conv2d(1, width, 4, 2, 1), nn.ReLU(),
            nn.Conv2d(width, 2 * width, 4, 2, 1), nn.ReLU(), nn.Flatten())
        self.mean = nn.Linear(flat, latents)
        self.log_variance = nn.Linear(flat, latents)
        self.generator = nn.Sequential(
            nn.Linear(latents, flat), nn.ReLU(),
            nn.Unflatten(1, (2 * width, height // 4, wide // 4)),
            nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.ReLU(),
            nn.ConvTranspose2d(width, 1, 4, 2, 1))

    def negative_bound(self, images):
        """Minus the evidence lower bound, summed over the images, with one sample each."""
        hidden = self.encoder(images)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        sample = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
        cross_entropy = functional.binary_cross_entropy_with_logits(
            self.generator(sample), images, reduction="sum")
        divergence = (mean ** 2 + log_variance.exp() - 1 - log_variance).sum() / 2
        return cross_entropy + divergence


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--latents", type=int, default=20)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    train, test = read_idx(arguments.train), read_idx(arguments.test)
    model = Autoencoder(arguments.latents, arguments.width, *train.shape[2:])
    adam = torch.optim.Adam(model.parameters(), arguments.rate)
    batches = len(train) // arguments.batch
    begun = time.monotonic()
    for epoch in range(arguments.epochs):
        order, total = torch.randperm(len(train)), 0.0
        for i in range(batches):
            images = train[order[i * arguments.batch:(i + 1) * arguments.batch]]
            loss = model.negative_bound(images) / arguments.batch
            adam.zero_grad()
            loss.backward()
            adam.step()
            total += loss.item()
        print("epoch %d: loss %.3f, %.1f s" % (epoch + 1, total / batches,
                                               time.monotonic() - begun), flush=True)
    with torch.no_grad():
        bound = -sum(model.negative_bound(some).item() for some in test.split(100)) / len(test)
    print("ELBO %.3f nats an image (%d images, samples of each: 1)" % (bound, len(test)))


if __name__ == "__main__":
    main()
