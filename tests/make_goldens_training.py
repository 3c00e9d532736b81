#!/usr/bin/env python3
"""Writes tests/goldens_training.h: ten steps of each of PyTorch's optimizers, ten steps of gradient
descent on each loss, schedules, clipped gradients and a moving average, in double.

Run by hand when a test needs another case: tests/make_goldens_training.py > tests/goldens_training.h
The numbers in the repository are from PyTorch 1.13.0."""

import torch
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch.optim import lr_scheduler, swa_utils

from golden_numbers import begin, emit, end, tensor

torch.set_default_dtype(torch.float64)

STEPS, COUNT = 10, 7


def optimize(name, make, states):
    """Gradients that are given: what is tested is the update alone."""
    value = torch.nn.Parameter(tensor([COUNT], 1))
    optimizer = make([value])
    for step in range(STEPS):
        value.grad = tensor([COUNT], step + 2)
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
    logits, targets = 8 * tensor(shape, 3), tensor(shape, 4) + 0.5
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
    mean, log_variance = 4 * tensor(shape, 5), 4 * tensor(shape, 6)
    noise, target = 4 * tensor(shape, 7), tensor(shape, 8)

    def divergence(m, v):
        return -0.5 * torch.sum(1 + v - m ** 2 - v.exp()) / len(m)

    descend("variational_kl", 0.5, [mean, log_variance], divergence)
    descend("variational_sample", 0.5, [mean, log_variance], lambda m, v: divergence(m, v) +
            functional.mse_loss(m + torch.exp(v / 2) * noise, target))


def schedule(name, *make):
    """The rates of steps 0 to 11; several schedules multiply."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(tensor([1], 0))], lr=1)
    chained, rates = lr_scheduler.ChainedScheduler([m(optimizer) for m in make]), []
    for _ in range(12):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        chained.step()
    emit(f"schedule_{name}", rates)


def schedules():
    def warm_up(o):
        return lr_scheduler.LinearLR(o, start_factor=0.25, total_iters=5)

    def decay(o):
        return lr_scheduler.StepLR(o, step_size=4, gamma=0.3)

    schedule("step_decay", decay)
    schedule("warm_up", warm_up)
    schedule("both", warm_up, decay)
    # PyTorch's recursion goes up again after T_max, where ours stays: up to T_max they are one.
    schedule("cosine", lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=11, eta_min=0.1))


def clip(name, function, most):
    """The gradients of a weight [2][2][3] and a bias [2], clipped; then what the function says."""
    parameters = [torch.nn.Parameter(tensor([n], 0)) for n in (12, 2)]
    for seed, p in enumerate(parameters):
        p.grad = tensor(p.shape, seed + 1)
    norm = function(parameters, most)
    emit(f"clip_{name}", torch.cat([p.grad for p in parameters]).tolist() +
         ([] if norm is None else [norm.item()]))


def average():
    """The first update copies, as PyTorch's does."""
    value = torch.nn.Linear(3, 2)
    model = swa_utils.AveragedModel(value, avg_fn=lambda a, v, _: 0.9 * a + 0.1 * v)
    for step in range(STEPS):
        for i, p in enumerate(value.parameters()):
            p.data = tensor(p.shape, step + i)
        model.update_parameters(value)
    emit("average", torch.cat([p.detach().flatten() for p in model.parameters()]).tolist())


begin("make_goldens_training.py", "GOLDENS_TRAINING_H")
optimizers()
losses()
variational()
schedules()
clip("norm", clip_grad_norm_, 0.5)
clip("norm_not", clip_grad_norm_, 50)
clip("value", clip_grad_value_, 0.25)
average()
end()
