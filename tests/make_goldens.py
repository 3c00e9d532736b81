#!/usr/bin/env python3
"""Writes tests/goldens.h: what PyTorch makes of five training steps of a small network in double,
and what the formulas of SGD and Adam, written with NumPy, make of given gradients.

Run by hand when a test needs another case: tests/make_goldens.py > tests/goldens.h
The numbers in the repository are from PyTorch 1.13.0 and NumPy 1.24.2."""

import numpy as np
import torch
from torch import nn

from golden_numbers import begin, emit, end, fill, pattern

torch.set_default_dtype(torch.float64)


def network():
    return nn.Sequential(
        nn.Conv2d(2, 3, (3, 2), padding=(1, 0), bias=True),
        nn.PReLU(3),
        nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1, groups=1),
        nn.LeakyReLU(0.1),
        nn.Conv2d(4, 2, 3, groups=2, bias=False),
        nn.Tanh(),
    )


def train(name, make_optimizer, loss):
    net = network()
    for seed, p in enumerate(net.parameters()):
        fill(p, seed + 1)
    x, target = torch.empty(3, 2, 4, 5), torch.empty(3, 2, 6, 6)
    fill(x, 20)
    fill(target, 21)
    optimizer = make_optimizer(net.parameters())
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        value = loss(net(x), target)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    emit(f"{name}_losses", losses)
    emit(f"{name}_parameters", torch.cat([p.detach().flatten() for p in net.parameters()]).tolist())


def sgd(steps, rate, momentum, decay):
    value, velocity = pattern(4, 1), np.zeros(4)
    for t in range(steps):
        velocity = momentum * velocity + (pattern(4, t + 2) + decay * value)
        value = value - rate * velocity
    return [*value, *velocity]


def adam(steps, rate, beta1, beta2, epsilon, decay):
    value, first, second = pattern(4, 1), np.zeros(4), np.zeros(4)
    for t in range(1, steps + 1):
        g = pattern(4, t + 1) + decay * value
        first = beta1 * first + (1 - beta1) * g
        second = beta2 * second + (1 - beta2) * g ** 2
        value = value - rate * (first / (1 - beta1 ** t)) / (
            np.sqrt(second / (1 - beta2 ** t)) + epsilon)
    return [*value, *first, *second]


begin("make_goldens.py", "GOLDENS_H")
train("sgd_mse", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), nn.MSELoss())
train("sgd_decay_l1", lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.5, weight_decay=0.1),
      nn.L1Loss())
train("adam_mse", lambda p: torch.optim.Adam(p, lr=0.01), nn.MSELoss())
train("adam_decay_l1", lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-3,
                                                  weight_decay=0.05), nn.L1Loss())
emit("sgd_formula", sgd(6, 0.1, 0.9, 0.01))
emit("adam_formula", adam(6, 0.05, 0.9, 0.99, 1e-6, 0.02))
end()
