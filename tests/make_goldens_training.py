#!/usr/bin/env python3
"""Writes tests/goldens_training.h: ten steps of each of PyTorch's optimizers, in double.

Run by hand when a test needs another case: tests/make_goldens_training.py > tests/goldens_training.h
The numbers in the repository are from PyTorch 1.13.0."""

import torch

from golden_numbers import begin, emit, pattern

torch.set_default_dtype(torch.float64)

STEPS, COUNT = 10, 7


def tensor(count, seed):
    return torch.from_numpy(pattern(count, seed))


def optimize(name, make, states):
    """Gradients that are given: what is tested is the update alone."""
    value = torch.nn.Parameter(tensor(COUNT, 1))
    optimizer = make([value])
    for step in range(STEPS):
        value.grad = tensor(COUNT, step + 2)
        optimizer.step()
    emit(name, torch.cat([value.detach()] + [optimizer.state[value][s] for s in states]).tolist())


def optimizers():
    moments = ["exp_avg", "exp_avg_sq"]
    optimize("sgd_plain", lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.1), [])
    for name, nesterov in ("momentum", False), ("nesterov", True):
        optimize(f"sgd_{name}", lambda p: torch.optim.SGD(
            p, lr=0.1, momentum=0.9, weight_decay=0.02, nesterov=nesterov), ["momentum_buffer"])
    for name, kind in ("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW):
        optimize(f"{name}_default", lambda p: kind(p, lr=0.05), moments)
        optimize(f"{name}_decay", lambda p: kind(
            p, lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2), moments)


begin("make_goldens_training.py", "GOLDENS_TRAINING_H")
optimizers()
print("#endif")
