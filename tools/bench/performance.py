#!/usr/bin/python3
"""Remakes the figures of docs/performance.md: runs `pleat bench` several times and writes the tables
between the page's two markers, and the picture beside the page.

    tools/bench/performance.py PLEAT LAYERS PAGE [--runs N] [--threads N] [--time MS]
        [--scaling LAYERS] [--torch LIBPLEAT]

On an idle machine (`make performance`). With --torch, tools/bench/time_torch.py runs too, on that
libpleat.so. Every figure is the median of the runs. Needs Python's standard library alone.
"""

import argparse
import csv
import math
import os
import re
import statistics
import subprocess
import sys

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
PASSES = {"forward": "Forward", "backward_input": "Gradient of the input",
          "backward_filter": "Gradient of the weight", "backward": "Both gradients at once"}


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def read_tsv(text):
    """The rows of a table, by layer and pass."""
    return {(row["name"], row["pass"]): row
            for row in csv.DictReader(text.splitlines(), delimiter="\t")}


def middle(runs, key, column):
    """The median of a column over the runs, or None where one has no such value."""
    values = [run[key].get(column) for run in runs]
    return statistics.median(map(float, values)) if values and all(values) else None


def mean(values):
    """The geometric mean of the values that are there, or None."""
    values = [value for value in values if value is not None]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def ratio(a, b):
    return a / b if a is not None and b is not None else None


def computing(summary):
    """The layers and passes, of a run that is not a table, that computing bounds and not memory: what
    is attainable is then sgemm, and both shares are the same."""
    keys = set()
    for words in (line.split() for line in summary.splitlines()):
        if len(words) > 8 and words[1] in PASSES and words[5] == words[6]:
            keys.add((words[0], words[1]))
    return keys


def spreads(runs):
    """For each row, (largest - smallest) / median of the shares of sgemm."""
    result = []
    for key in runs[0]:
        shares = [float(run[key]["share_of_sgemm"]) for run in runs]
        result.append((max(shares) - min(shares)) / statistics.median(shares))
    return result


def machine():
    """What the figures were measured on."""
    model = "an unnamed processor"
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            text = file.read()
        model = " ".join(re.findall(r"model name\s*: (.*)", text)[:1]) or model
        if "avx512f" in text:
            model += " with AVX-512"
    try:
        version = run("pkg-config", "--modversion", "openblas").strip()
    except (OSError, subprocess.CalledProcessError):
        version = "?"
    return f"{model}, {os.cpu_count()} cores; OpenBLAS {version}"


def pass_table(name, many, one, torch, computed):
    """The Markdown table of one pass. many and one are runs with more threads and with one; computed
    are the layers and passes that computing bounds."""
    header = ["layer", "ms", "GFLOP/s", "of sgemm", "threads"]
    columns = {"onednn_nchw_ms": "oneDNN NCHW", "onednn_own_ms": "oneDNN own"}
    peers = [c for c in columns if any(row.get(c) for row in many[0].values())]
    header += [columns[c] for c in peers] + (["PyTorch"] if torch else [])
    if name == "backward":
        header.append("of the two alone")
    lines = []
    for key in (key for key in many[0] if key[1] == name):
        ms = middle(many, key, "best_ms")
        line = [ms, middle(many, key, "gflops"), middle(many, key, "share_of_sgemm"),
                ratio(middle(one, key, "best_ms"), ms)]
        line += [ratio(middle(many, key, c), ms) for c in peers]
        if torch:
            line.append(ratio(middle(torch, key, "torch_ms"), middle(torch, key, "ours_ms")))
        if name == "backward":
            line.append(ms / sum(middle(many, (key[0], p), "best_ms")
                                 for p in ("backward_input", "backward_filter")))
        lines.append((key[0], line, many[0][key]["method"]))
    means = [None] + [mean(values) for values in list(zip(*(line for _, line, _ in lines)))[1:]]
    scaling = mean([line[3] for layer, line, _ in lines if (layer, name) in computed])
    text = [f"### {PASSES[name]}", "", "| " + " | ".join(header + ["method"]) + " |",
            "|---|" + "---:|" * (len(header) - 1) + "---|"]
    for layer, line, method in lines + [("geometric mean", means, "")]:
        cells = [layer] + ["-" if value is None else f"{value:.{digits}f}"
                           for value, digits in zip(line, [3, 1] + [2] * len(line))] + [method]
        text.append("| " + " | ".join(cells) + " |")
    if scaling is not None:
        text += ["", f"*threads* of the layers that memory does not bound: {scaling:.2f} (geometric "
                 "mean)."]
    return text


def input_pixels(path):
    """The pixels of the inputs of a table's layers, all images counted."""
    with open(path, encoding="utf-8") as file:
        rows = [line.split("\t") for line in file if line.strip() and not line.startswith("#")]
    return {row[0]: int(row[1]) * int(row[3]) * int(row[4]) for row in rows}


def scaling_table(options, bench):
    """Nanoseconds for each pixel of the input, by layer and pass: the middle of the runs."""
    pixels = input_pixels(options.scaling)
    runs = [read_tsv(run(*bench, "--layers", options.scaling, "--alone", "--tsv", "--threads",
                         str(options.threads))) for _ in range(options.runs)]
    text = ["### Time for each pixel of the input", "",
            "Nanoseconds, with growing batches and planes (`tools/bench/scaling.tsv`).", "",
            "| layer | " + " | ".join(PASSES) + " |", "|---|" + "---:|" * len(PASSES)]
    for layer, count in pixels.items():
        cells = [f"{middle(runs, (layer, name), 'best_ms') / count * 1e6:.1f}" for name in PASSES]
        text.append("| " + " | ".join([layer] + cells) + " |")
    return text


def figures(options, runs_of, summary, torch, scaling):
    """The lines between the markers."""
    many, one = runs_of[options.threads], runs_of[1]
    spread = spreads(many)
    means = [line for line in summary.splitlines() if "of what is attainable" in line]
    yardsticks = [line for line in summary.splitlines() if line.startswith("sgemm")]
    text = [BEGIN, "", f"Measured on {machine()}. Of one run: {yardsticks[0]}.", "",
            f"{options.runs} runs with {options.threads} threads, as many with one, each pass for at least "
            f"{options.time} ms. A figure is the "
            f"median of the runs. The share of sgemm of one layer and pass differs between the runs by "
            f"{100 * statistics.median(spread):.1f} % in the middle, by {100 * max(spread):.1f} % at "
            "most.", "",
            "*threads* is the time of one thread over that of "
            f"{options.threads}; a peer's column is its time over ours, taken in turns.", "",
            "![Share of sgemm of each layer and pass](performance.png)", "",
            "Against the machine (geometric means of one run; what is attainable is the lesser of "
            "sgemm and of what the memory lets through):", ""]
    text += ["* " + line.split(";")[0] for line in means]
    for name in PASSES:
        text += [""] + pass_table(name, many, one, torch, computing(summary))
    return text + ([""] + scaling if scaling else []) + ["", END]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pleat", help="the program")
    parser.add_argument("layers", help="the table of layers")
    parser.add_argument("page", help="the page to be changed")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--time", default="200", metavar="MS")
    parser.add_argument("--scaling", metavar="LAYERS", help="a table of growing layers")
    parser.add_argument("--torch", metavar="LIBPLEAT", help="the built libpleat.so")
    options = parser.parse_args()
    bench = [options.pleat, "bench", "--time", options.time]
    scaling = scaling_table(options, bench) if options.scaling else []
    bench += ["--layers", options.layers]
    runs_of = {}
    for threads in sorted({1, options.threads}):
        runs_of[threads] = [
            read_tsv(run(*bench, "--tsv", "--threads", str(threads),
                         *([] if threads == options.threads else ["--alone"])))
            for _ in range(options.runs)]
    picture = os.path.join(os.path.dirname(options.page), "performance.png")
    summary = run(*bench, "--threads", str(options.threads), "--alone", "--picture", picture)
    torch = []
    if options.torch:
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "time_torch.py")
        torch = [read_tsv(run(script, options.torch, options.layers, "--tsv",
                              "--threads", str(options.threads), "--time", options.time))]
    with open(options.page, encoding="utf-8") as file:
        page = file.read()
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        sys.exit(f"{options.page} has not each marker once")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    with open(options.page, "w", encoding="utf-8") as file:
        file.write(before + "\n".join(figures(options, runs_of, summary, torch, scaling)) + after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
