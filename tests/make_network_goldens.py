#!/usr/bin/env python3
"""Writes tests/network_goldens.h: what PyTorch makes of five training steps, in double, of the
networks that tests/test_network_goldens.c builds: losses, parameters, running statistics, and the
outputs in evaluation mode afterwards.

Run by hand when a test needs another network:
tests/make_network_goldens.py > tests/network_goldens.h
The numbers in the repository are from PyTorch 1.13.0."""

import torch
from torch import nn
from torch.nn import functional as F

from golden_numbers import begin, emit, end, fill, tensor

torch.set_default_dtype(torch.float64)


def flat(tensors):
    return torch.cat([t.detach().flatten() for t in tensors]).tolist()


class UNet(nn.Module):
    """Two levels, a skip, batch normalisation."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(2, 3, 3, padding=1, bias=False)
        self.a_norm = nn.BatchNorm2d(3)
        self.b = nn.Conv2d(3, 4, 3, padding=1)
        self.b_norm = nn.BatchNorm2d(4, eps=1e-3, momentum=0.2)
        self.up = nn.ConvTranspose2d(4, 3, 2, stride=2)
        self.last = nn.Conv2d(6, 2, 3, padding=1)

    def forward(self, x):
        a = F.relu(self.a_norm(self.a(x)))
        b = F.leaky_relu(self.b_norm(self.b(F.max_pool2d(a, 2))), 0.1)
        return [self.last(torch.cat([self.up(b), a], 1))]


class Twins(nn.Module):
    """Two inputs that share a convolution and its normalisation, two outputs."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Conv2d(2, 3, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(3)
        self.near = nn.Conv2d(3, 2, 1)
        self.far = nn.Conv2d(6, 2, 3, stride=2)

    def forward(self, left, right):
        left = torch.tanh(self.norm(self.shared(left)))
        right = torch.tanh(self.norm(self.shared(right)))
        return [self.near(left + right), self.far(torch.cat([left, right], 1))]


class Vectors(nn.Module):
    """A vector becomes an image; the mask of the dropout is data."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 10)
        self.norm = nn.BatchNorm1d(10)
        self.second = nn.Linear(10, 24, bias=False)
        self.conv = nn.Conv2d(1, 3, 3, padding=1)

    def forward(self, x, noise):
        x = F.relu(self.norm(self.first(x)))
        if self.training:
            x = x * (F.relu(noise) != 0) / (1 - 0.3)
        x = self.second(x).reshape(-1, 4, 2, 3)
        x = F.interpolate(F.pixel_shuffle(x, 2), scale_factor=2, mode="bilinear",
                          align_corners=False)
        x = F.interpolate(F.pad(self.conv(x), (2, -3, -1, 1)), scale_factor=2, mode="nearest")
        return [torch.softmax(F.max_pool2d(x, 3, stride=2, padding=1), 1)]


class Line(nn.Module):
    """One axis."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(2, 3, 3, padding=1)
        self.norm = nn.BatchNorm1d(3)
        self.last = nn.Conv1d(3, 2, 3)

    def forward(self, x):
        x = F.interpolate(self.norm(self.first(x)), scale_factor=3, mode="linear",
                          align_corners=False)
        return [self.last(F.max_pool1d(x, 3, stride=2, padding=1))]


class Volume(nn.Module):
    """Three axes."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv3d(2, 3, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm3d(3)
        self.last = nn.Conv3d(3, 1, 2)

    def forward(self, x):
        x = F.interpolate(self.norm(self.first(x)), scale_factor=2, mode="trilinear",
                          align_corners=False)
        return [self.last(F.max_pool3d(x, 2, stride=1))]


def train(name, net, shapes, make_optimizer):
    for seed, p in enumerate(net.parameters()):
        fill(p, seed + 1)
    inputs = [tensor(shape, 40 + i) for i, shape in enumerate(shapes)]
    optimizer = make_optimizer(net.parameters())
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        outputs = net(*inputs)
        value = sum(F.mse_loss(y, tensor(y.shape, 50 + i)) for i, y in enumerate(outputs))
        value.backward()
        optimizer.step()
        losses.append(value.item())
    emit(f"{name}_losses", losses)
    emit(f"{name}_parameters", flat(net.parameters()))
    emit(f"{name}_states", flat(b for n, b in net.named_buffers() if "running" in n))
    net.eval()
    emit(f"{name}_outputs", flat(net(*inputs)))


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)


def adam(parameters):
    """Not for a bias before batch normalisation: its gradient is 0 but for rounding, and Adam
    divides by its size."""
    return torch.optim.Adam(parameters, lr=0.01)


begin("make_network_goldens.py", "NETWORK_GOLDENS_H")
train("unet", UNet(), [(2, 2, 8, 6)], sgd)
train("twins", Twins(), [(3, 2, 6, 5), (3, 2, 6, 5)], adam)
train("vectors", Vectors(), [(4, 6), (4, 10)], sgd)
train("line", Line(), [(3, 2, 7)], sgd)
train("volume", Volume(), [(2, 2, 3, 2, 4)], adam)
end()
