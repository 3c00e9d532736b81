#!/usr/bin/env python3
"""Writes tests/goldens_training.h: ten steps of each of PyTorch's optimizers, and ten steps of
gradient descent on each loss, in double.

Run by hand when a test needs another case: tests/make_goldens_training.py > tests/goldens_training.h
The numbers in the repository are from PyTorch 1.13.0."""

import torch
from torch.nn import functional

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


def descend(name, rate, leaves, loss):
    """Gradient descent straight on what the loss is of: ten values, then the leaves."""
    leaves = [torch.nn.Parameter(leaf.clone()) for leaf in leaves]
    optimizer, values = torch.optim.SGD(leaves, lr=rate), []
    for _ in range(STEPS):
        optimizer.zero_grad()
        value = loss(*leaves)
        value.backward()
        optimizer.step()
        values.append(value.item())
    emit(name, values + torch.cat([leaf.detach().flatten() for leaf in leaves]).tolist())


def losses():
    shape = (2, 5, 3, 3)
    logits, targets = 8 * tensor(90, 3).reshape(shape), tensor(90, 4).reshape(shape) + 0.5
    descend("loss_mse", 20, [logits], lambda x: functional.mse_loss(x, targets))
    descend("loss_l1", 20, [logits], lambda x: functional.l1_loss(x, targets))
    descend("loss_charbonnier", 20, [logits],
            lambda x: torch.sqrt((x - targets) ** 2 + 0.1 ** 2).mean())
    descend("loss_binary_cross_entropy", 20, [logits],
            lambda x: functional.binary_cross_entropy_with_logits(x, targets))
    labels = torch.tensor([i * 7 % 5 for i in range(18)]).reshape(2, 3, 3)
    weight = torch.tensor([0.5, 1, 2, 0.25, 1.5])
    some = torch.where(torch.arange(18).reshape(2, 3, 3) % 4 == 1, -100, labels)
    descend("loss_cross_entropy", 10, [logits], lambda x: functional.cross_entropy(x, labels))
    descend("loss_cross_entropy_weighted", 10, [logits],
            lambda x: functional.cross_entropy(x, some, weight))
    descend("loss_cross_entropy_ignored", 10, [logits],
            lambda x: functional.cross_entropy(x, labels, ignore_index=2))
    descend("loss_cross_entropy_dense", 10, [logits.flatten()[:20].reshape(4, 5)],
            lambda x: functional.cross_entropy(x, labels.flatten()[:4]))


def variational():
    shape = (3, 4)
    mean, log_variance = 4 * tensor(12, 5).reshape(shape), 4 * tensor(12, 6).reshape(shape)
    noise, target = 4 * tensor(12, 7).reshape(shape), tensor(12, 8).reshape(shape)

    def divergence(m, v):
        return -0.5 * torch.sum(1 + v - m ** 2 - v.exp()) / len(m)

    descend("variational_kl", 0.5, [mean, log_variance], divergence)
    descend("variational_sample", 0.5, [mean, log_variance], lambda m, v: divergence(m, v) +
            functional.mse_loss(m + torch.exp(v / 2) * noise, target))


begin("make_goldens_training.py", "GOLDENS_TRAINING_H")
optimizers()
losses()
variational()
print("#endif")
