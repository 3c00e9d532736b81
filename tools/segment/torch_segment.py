#!/usr/bin/python3
"""Trains a segmentation in PyTorch as `pleat train segment` does: the same network, initial
parameters, batches, steps, rates and loss, on the same images held out.

Run by hand (it needs python3-torch):

    tools/segment/torch_segment.py build/pleat --steps N [--rate R] [--schedule S] [--validate N]
        [--threads N] [--losses N] [OPTION OF pleat train segment]...

pleat itself hands over the network as it begins (a checkpoint, whose metadata hold its text) and,
by a pipe, all data (--dump-batches). It prints the loss of the first --losses steps one by one, then,
for each look at the images held out, the step, the mean loss since the one before, pixel accuracy and
mean IoU, and in the end those of the classes.
"""

import argparse
import json
import math
import os
import struct
import subprocess
import sys
import tempfile

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

IGNORED = -100


def read_checkpoint(path):
    """The metadata, and the tensors by name."""
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        numbers = np.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(numbers.copy())
    return metadata, tensors


def parse(text):
    """The lines of a model's text as (name, kind, inputs, keys)."""
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if not words or words[0] == "output":
            continue
        keys = dict(word.split("=", 1) for word in words[3:] if "=" in word)
        yield words[0], words[2], [word for word in words[3:] if "=" not in word], keys


def make_layer(kind, ins, keys):
    integer = {key: int(keys[key]) for key in ("out", "kernel", "stride", "padding") if key in keys}
    bias = keys.get("bias", "yes") == "yes"
    if kind in ("conv", "conv_transpose"):
        layer = nn.Conv2d if kind == "conv" else nn.ConvTranspose2d
        return layer(ins, integer["out"], integer["kernel"], integer.get("stride", 1),
                     integer.get("padding", 0), bias=bias), integer["out"]
    if kind == "batch_norm":
        return nn.BatchNorm2d(ins, eps=float(keys.get("epsilon", 1e-5)),
                              momentum=float(keys.get("momentum", 0.1))), ins
    if kind == "relu":
        return nn.ReLU(), ins
    if kind == "max_pool":
        return nn.MaxPool2d(integer["kernel"]), ins
    sys.exit("this script knows no layer '%s'" % kind)


class Network(nn.Module):
    """A network of the text."""

    def __init__(self, text):
        super().__init__()
        self.lines, self.layers, channels = [], nn.ModuleDict(), {}
        for name, kind, inputs, keys in parse(text):
            self.lines.append((name, kind, inputs))
            if kind == "input":
                channels[name] = int(keys["channels"])
            elif kind == "concatenate":
                channels[name] = sum(channels[one] for one in inputs)
            elif kind == "sum":
                channels[name] = channels[inputs[0]]
            else:
                layer, channels[name] = make_layer(kind, channels[inputs[0]], keys)
                self.layers[name.replace(".", "/")] = layer

    def forward(self, image):
        values = {}
        for name, kind, inputs in self.lines:
            read = [values[one] for one in inputs]
            if kind == "input":
                values[name] = image
            elif kind == "concatenate":
                values[name] = torch.cat(read, 1)
            elif kind == "sum":
                values[name] = sum(read)
            else:
                values[name] = self.layers[name.replace(".", "/")](read[0])
        return values[self.lines[-1][0]]

    def fill(self, tensors):
        """Overwrites parameters and states; every tensor must find its place."""
        own = {key.replace("layers.", "", 1).replace("/", "."): value
               for key, value in self.state_dict().items() if "num_batches" not in key}
        if own.keys() != tensors.keys():
            sys.exit("tensors differ: %s" % sorted(own.keys() ^ tensors.keys()))
        for name, value in own.items():
            value.copy_(tensors[name])

    def stride(self):
        return 2 ** sum(kind == "max_pool" for _, kind, _ in self.lines)


def read_stream(stream):
    """The records of --dump-batches: their word, images and labels."""
    while True:
        line = stream.readline()
        if not line:
            return
        word, *extents = line.decode().split()
        extents = [int(extent) for extent in extents]
        count = math.prod(extents)
        images = np.frombuffer(stream.read(4 * count), dtype=np.float32).reshape(extents)
        extents.pop(1)
        count = math.prod(extents)
        labels = np.frombuffer(stream.read(4 * count), dtype=np.float32).reshape(extents)
        yield word, torch.from_numpy(images.copy()), torch.from_numpy(labels.astype(np.int64))


def rate_factor(step, steps, schedule):
    """That of tools/training/session.c."""
    rise = min((step + 1) / min(100, steps / 20), 1)
    if schedule == "constant":
        return rise
    return rise * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))


def evaluate(network, held_out, classes):
    """The confusion matrix; images are mirrored to multiples of the strides, as pleat does."""
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    stride = network.stride()
    network.eval()
    with torch.no_grad():
        for image, labels in held_out:
            height, width = image.shape[2:]
            padded = F.pad(image, (0, -width % stride, 0, -height % stride), mode="reflect")
            found = network(padded)[:, :, :height, :width].argmax(1)
            counted = labels != IGNORED
            counts += torch.bincount(labels[counted] * classes + found[counted],
                                     minlength=classes * classes).reshape(classes, classes)
    network.train()
    return counts


def figures(counts):
    right, counts = counts.diag().double(), counts.double()
    union = counts.sum(0) + counts.sum(1) - right
    return float(right.sum() / counts.sum()), (right / union).tolist()


def mean(ious):
    known = [iou for iou in ious if not math.isnan(iou)]
    return sum(known) / len(known)


def report(network, held_out, classes, step, losses):
    accuracy, ious = figures(evaluate(network, held_out, classes))
    print("step %-7d loss %.4e  accuracy %.4f  mean IoU %.4f"
          % (step, sum(losses) / len(losses) if losses else math.nan, accuracy, mean(ious)),
          flush=True)
    return ious


def train(stream, network, options, metadata):
    weights = metadata.get("weights")
    weights = torch.tensor([float(word) for word in weights.split(",")]) if weights else None
    classes = int(metadata["classes"])
    optimizer = torch.optim.Adam(network.parameters(), options.rate)
    held_out, losses, step, best, ious = [], [], 0, (-1, 0), []
    every = options.validate or (options.steps + 19) // 20
    for word, images, labels in read_stream(stream):
        if word == "image":
            held_out.append((images, labels))
            continue
        if step == 0:
            report(network, held_out, classes, 0, losses)
        for group in optimizer.param_groups:
            group["lr"] = options.rate * rate_factor(step, options.steps, options.schedule)
        optimizer.zero_grad()
        loss = F.cross_entropy(network(images), labels, weight=weights, ignore_index=IGNORED)
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
        if step < options.losses:
            print("loss of step %-5d %.6f" % (step + 1, losses[-1]), flush=True)
        step += 1
        if step % every == 0 or step == options.steps:
            ious = report(network, held_out, classes, step, losses)
            best = max(best, (mean(ious), step))
            losses = []
    print("best mean IoU %.4f at step %d" % best)
    print("IoU of the classes in the end: %s" % " ".join("%.4f" % iou for iou in ious))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("pleat")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--schedule", default="cosine")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--validate", type=int, default=0)
    parser.add_argument("--losses", type=int, default=0)
    options, rest = parser.parse_known_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        model, pipe = os.path.join(folder, "model"), os.path.join(folder, "pipe")
        os.mkfifo(pipe)
        command = [options.pleat, "train", "segment", *rest, "--steps", str(options.steps),
                   "--out", model, "--dump-batches", pipe]
        with subprocess.Popen(command) as process:
            with open(pipe, "rb") as stream:
                metadata, tensors = read_checkpoint(model)
                network = Network(metadata["pleat.model"])
                with torch.no_grad():
                    network.fill(tensors)
                train(stream, network, options, metadata)
        sys.exit(process.returncode)


if __name__ == "__main__":
    main()
