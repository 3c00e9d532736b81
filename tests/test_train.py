"""pleat train, eval and upscale on a tiny data set: results, refusals, Ctrl-C, reproducibility."""

import gzip
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest
import zlib

from program import PROGRAM, main, run, wait_for_checkpoint, wait_for_line

SIDE = 24
SMALL = ("--network", "4,3,1", "--batch", "4", "--rate", "0.003", "--average", "0.9")


def pictures(count, seed):
    """Grey images of random rectangles and slopes, SIDE x SIDE, as rows of bytes."""
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        slope = draw.randrange(5)
        image = [[(x + y) * slope % 256 for x in range(SIDE)] for y in range(SIDE)]
        for _ in range(4):
            top, left, value = draw.randrange(SIDE), draw.randrange(SIDE), draw.randrange(256)
            for y in range(top, min(SIDE, top + draw.randrange(2, 14))):
                for x in range(left, min(SIDE, left + 9)):
                    image[y][x] = value
        made.append([bytes(row) for row in image])
    return made


def write_idx(path, images):
    data = struct.pack(">4B3I", 0, 0, 8, 3, len(images), SIDE, SIDE)
    with gzip.open(path, "wb") as file:
        file.write(data + b"".join(b"".join(image) for image in images))


def write_png(path, rows, width, colour=0):
    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body
                + struct.pack(">I", zlib.crc32(kind + body)))
    header = struct.pack(">2I5B", width, len(rows), 8, colour, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
                   + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
                   + chunk(b"IEND", b""))


def png_header(path):
    """Width, height and colour type of a PNG (0 grey, 2 RGB, 4 and 6 with alpha)."""
    with open(path, "rb") as file:
        head = file.read(26)
    width, height, _, colour = struct.unpack(">2I2B", head[16:26])
    return width, height, colour


def read_model(path):
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(length)), file.read()


def read_tensors(path):
    header, data = read_model(path)
    header.pop("__metadata__")
    return {name: data[slice(*tensor["data_offsets"])] for name, tensor in header.items()}


def write_model(path, header, data):
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


class Train(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = cls.folder.name
        write_idx(os.path.join(cls.path, "train.gz"), pictures(60, 1))
        write_idx(os.path.join(cls.path, "test.gz"), pictures(8, 2))
        os.mkdir(os.path.join(cls.path, "images"))
        for i, image in enumerate(pictures(4, 3)):
            write_png(os.path.join(cls.path, "images", "%d.png" % i), image, SIDE)
        done = cls.train("--epochs", "160", "--out", "model")
        assert done.returncode == 0, done.stderr
        cls.report = done.stdout

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def pleat(cls, *arguments, **more):
        return run(arguments, cls.path, **more)

    @classmethod
    def train(cls, *arguments, data="train.gz"):
        return cls.pleat("train", "superres", "--data", data, "--scale", "2", *SMALL, *arguments)

    def contents(self, name):
        with open(os.path.join(self.path, name), "rb") as file:
            return file.read()

    def refuse(self, done, status, *words):
        """One line on standard error that holds the words."""
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_learns(self):
        before = float(re.search(r"bicubic makes ([0-9.]+) dB", self.report).group(1))
        after = float(re.search(r"holds step \d+, ([0-9.]+) dB", self.report).group(1))
        self.assertGreater(after, before + 0.4)
        for word in ("60 images, 6 of them held out", "steps/s", "left", "loss", "validation"):
            self.assertIn(word, self.report)
        self.assertNotIn("\r", self.report)

    def test_eval(self):
        done = self.pleat("eval", "superres", "model", "--data", "test.gz", "--compare",
                          "--border", "0", "--picture", "sheet.png")
        self.assertEqual(done.returncode, 0, done.stderr)
        mean = [float(word) for word in
                re.search(r"^mean of 8 +(.*)$", done.stdout, re.M).group(1).split()]
        nearest, bilinear, bicubic, ours = mean
        self.assertTrue(nearest < bicubic and bilinear < bicubic < ours, mean)
        gain = float(re.search(r"pleat is \+([0-9.]+) dB over bicubic", done.stdout).group(1))
        self.assertAlmostEqual(gain, ours - bicubic, delta=0.0015)  # each is rounded
        lines = [line.split() for line in done.stdout.splitlines() if re.match(r"\d+ ", line)]
        self.assertEqual([int(line[0]) for line in lines], list(range(8)))
        for column in range(4):
            figures = [float(line[1 + column]) for line in lines]
            self.assertAlmostEqual(sum(figures) / 8, mean[column], places=2)
        width, height, colour = png_header(os.path.join(self.path, "sheet.png"))
        self.assertTrue(width > 6 * SIDE and height > 6 * SIDE and colour == 2)

    def test_eval_names_files_and_leaves_out_what_is_exact(self):
        os.mkdir(os.path.join(self.path, "black"))
        for name, value in (("a.png", 0), ("b.png", None)):
            rows = [bytes(SIDE)] * SIDE if value == 0 else pictures(1, 9)[0]
            write_png(os.path.join(self.path, "black", name), rows, SIDE)
        done = self.pleat("eval", "superres", "model", "--data", "black")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^a\.png +inf")
        self.assertRegex(done.stdout, r"(?m)^mean of 1 ")
        self.assertIn("left out: 1 ", done.stdout)

    def test_upscale(self):
        def rows(samples):
            return [bytes(random.Random(y).choices(range(256), k=samples * 7)) for y in range(5)]
        for name, samples, colour in (("colour", 3, 2), ("clear", 4, 6), ("both", 2, 4)):
            write_png(os.path.join(self.path, name + ".png"), rows(samples), 7, colour)
        write_png(os.path.join(self.path, "grey.png"), pictures(1, 4)[0][:1], SIDE)
        for name, expected in (("colour", (14, 10, 2)), ("grey", (2 * SIDE, 2, 0)),
                               ("clear", (14, 10, 6)), ("both", (14, 10, 4))):
            done = self.pleat("upscale", name + ".png", name + "_2.png", "--model", "model")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("%s_2.png: %dx%d by model" % (name, *expected[:2]), done.stdout)
            self.assertEqual(png_header(os.path.join(self.path, name + "_2.png")), expected)

    def test_upscale_finds_its_network(self):
        write_png(os.path.join(self.path, "found.png"), pictures(1, 4)[0], SIDE)
        os.mkdir(os.path.join(self.path, "models"))
        shutil.copy(os.path.join(self.path, "model"),
                    os.path.join(self.path, "models", "fsrcnn_x2.safetensors"))
        named = {"env": {**os.environ, "PLEAT_MODELS": "models"}}
        done = self.pleat("upscale", "found.png", "found_2.png", **named)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("models/fsrcnn_x2.safetensors", done.stdout)
        self.refuse(self.pleat("upscale", "found.png", "x.png", "--scale", "3", **named), 1,
                    "no network for scale 3 in models", "--model", "PLEAT_MODELS")
        self.refuse(self.pleat("upscale", "found.png", "x.png", "--scale", "3", "--model", "model"),
                    1, "enlarges 2 times, not 3")
        self.assertFalse(os.path.exists(os.path.join(self.path, "x.png")))

    def test_another_scale_by_the_last_layer(self):
        done = self.pleat("train", "superres", "--data", "train.gz", "--scale", "3", *SMALL,
                          "--epochs", "60", "--from", "model", "--train", "last", "--out", "third")
        self.assertEqual(done.returncode, 0, done.stderr)
        before = float(re.search(r"bicubic makes ([0-9.]+) dB", done.stdout).group(1))
        after = float(re.search(r"holds step \d+, ([0-9.]+) dB", done.stdout).group(1))
        self.assertGreater(after, before + 0.15)
        one, other = (read_tensors(os.path.join(self.path, name)) for name in ("model", "third"))
        self.assertEqual(one.keys(), other.keys())
        for name in one:
            self.assertEqual(one[name] == other[name], not name.startswith("up."), name)
        self.refuse(self.pleat("train", "superres", "--data", "train.gz", "--scale", "3",
                               "--network", "5,3,1", "--from", "model", "--out", "none"), 1,
                    "model: ", "features.weight")

    def test_ways_of_training(self):
        for name, gain, more in (
                ("plain", 7, ("--residual", "none", "--average", "0")),
                ("charbonnier", 0.5, ("--loss", "charbonnier", "--last-rate", "0.1")),
                ("constant", 1.3, ("--schedule", "constant", "--data", "images"))):
            done = self.train("--epochs", "160", *more, "--out", name)
            self.assertEqual(done.returncode, 0, done.stderr)
            begun = float(re.search(r"step 0 .*validation ([0-9.]+) dB", done.stdout).group(1))
            after = float(re.search(r"holds step \d+, ([0-9.]+) dB", done.stdout).group(1))
            self.assertGreater(after, begun + gain)
            done = self.pleat("eval", "superres", name, "--data", "test.gz")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(read_model(os.path.join(self.path, "plain"))[0]["__metadata__"]
                         ["superres.residual"], "none")
        self.assertIn("64 images of train.gz and images",
                      read_model(os.path.join(self.path, "constant"))[0]["__metadata__"]["data"])

    def test_ones_own_network(self):
        text = "a = input channels=1\nb = conv a out=4 kernel=3 padding=1\nc = tanh b\n"
        for name, last in (("own", "pixel_shuffle c factor=2"), ("wrong", "relu c")):
            with open(os.path.join(self.path, name + ".txt"), "w") as file:
                file.write(text + "d = " + last + "\n")
        done = self.train("--epochs", "5", "--model", "own.txt", "--out", "own")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.refuse(self.train("--epochs", "5", "--model", "wrong.txt", "--out", "wrong"), 1,
                    "one plane")

    def test_same_bits_for_any_threads_and_run(self):
        for data in ("train.gz", "images"):
            for threads in ("1", "2", "3"):
                done = self.train("--epochs", "2", "--seed", "5", "--threads", threads, "--out",
                                  "threads" + threads, data=data)
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.contents("threads1"), self.contents("threads2"))
            self.assertEqual(self.contents("threads1"), self.contents("threads3"))
        self.train("--epochs", "2", "--seed", "6", "--out", "seed6", data="images")
        self.assertNotEqual(self.contents("threads1"), self.contents("seed6"))

    def test_time_and_loss(self):
        done = self.train("--time", "0.5s", "--loss", "l1", "--copies", "yes", "--symmetries",
                          "yes", "--patch", "6", "--out", "timed")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("6x6 to 12x12", done.stdout)

    def interrupt(self, process):
        wait_for_line(process, "step ")
        process.send_signal(signal.SIGINT)

    def test_interrupt_keeps_a_checkpoint(self):
        command = [PROGRAM, "train", "superres", "--data", "train.gz", "--scale", "2", *SMALL,
                   "--time", "20", "--out", "interrupted"]
        with subprocess.Popen(command, cwd=self.path, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            self.interrupt(process)
            out, errors = process.communicate(timeout=60)
        self.assertEqual((process.returncode, errors), (0, ""))
        self.assertRegex(out, r"interrupted after \d+ steps\ninterrupted holds step \d+")
        done = self.pleat("eval", "superres", "interrupted", "--data", "test.gz")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_loss_that_explodes_stops(self):
        done = self.train("--epochs", "200", "--rate", "1e6", "--out", "exploded")
        self.refuse(done, 1, "is not finite at step ", "up", "--rate", "exploded holds step")
        done = self.pleat("eval", "superres", "exploded", "--data", "test.gz")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_killed_training_leaves_an_older_checkpoint(self):
        self.assertEqual(self.train("--epochs", "1", "--out", "older").returncode, 0)
        before = self.contents("older")
        command = [PROGRAM, "train", "superres", "--data", "train.gz", "--scale", "2", *SMALL,
                   "--time", "1000", "--out", "older"]
        with subprocess.Popen(command, cwd=self.path, stdout=subprocess.PIPE, text=True) as process:
            wait_for_line(process, "training ")
            process.kill()
        self.assertEqual(self.contents("older"), before)

    def records(self, name):
        """The lines of a CSV as numbers, empty fields as None."""
        with open(os.path.join(self.path, name)) as file:
            self.assertEqual(file.readline(), "step,epoch,loss,metric,rate,seconds\n")
            return [[float(word) if word else None for word in line.strip().split(",")]
                    for line in file]

    def test_killed_and_resumed_in_the_same_bits(self):
        common = ["--epochs", "30", "--seed", "3"]
        self.assertEqual(self.train(*common, "--out", "whole", "--log", "whole.csv").returncode, 0)
        parts = [*common, "--checkpoints", "run", "--keep", "2", "--out", "resumed", "--log",
                 "resumed.csv", "--curve", "curve.png"]
        command = [PROGRAM, "train", "superres", "--data", "train.gz", "--scale", "2", *SMALL]
        with subprocess.Popen([*command, *parts], cwd=self.path, stdout=subprocess.PIPE,
                              text=True) as process:
            wait_for_checkpoint(process, os.path.join(self.path, "run"))
            process.kill()
        self.refuse(self.train(*parts), 1, "run: holds a run")
        self.refuse(self.train(*parts[2:], "--epochs", "31", "--resume"), 1, "training is")
        self.refuse(self.train(*parts[:2], *parts[4:], "--seed", "4", "--resume"), 1, "seed is")
        done = self.train(*parts, "--resume")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"resumed  at step [1-9]")
        self.assertEqual(self.contents("whole"), self.contents("resumed"))
        names = os.listdir(os.path.join(self.path, "run"))
        self.assertEqual(len(names), 2, names)
        whole, resumed = self.records("whole.csv"), self.records("resumed.csv")
        self.assertEqual([line[0] for line in whole], [line[0] for line in resumed])
        self.assertEqual([line[3:5] for line in whole], [line[3:5] for line in resumed])
        self.assertIn(whole[-1][1], (29, 30))  # whole batches make an epoch
        self.assertIsNone(whole[0][2])
        self.assertEqual(png_header(os.path.join(self.path, "curve.png"))[0], 760)
        done = self.train(*parts[:-1], "curve.svg", "--resume")  # it is over
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_interrupted_and_resumed(self):
        parts = ["--time", "3", "--checkpoints", "timed_run", "--out", "timed_out"]
        command = [PROGRAM, "train", "superres", "--data", "train.gz", "--scale", "2", *SMALL]
        with subprocess.Popen([*command, *parts], cwd=self.path, stdout=subprocess.PIPE,
                              text=True) as process:
            self.interrupt(process)
            process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        begun = time.monotonic()
        done = self.train(*parts, "--resume")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLess(time.monotonic() - begun, 20)  # the time before is counted

    def test_unwritable_out_is_found_first(self):
        for out in ("nowhere/model", "images"):
            begun = time.monotonic()
            done = self.train("--time", "300", "--out", out)
            self.refuse(done, 1, out)
            self.assertLess(time.monotonic() - begun, 60)
            self.assertNotIn("step ", done.stdout)

    def test_commands_that_are_none(self):
        good = ["--data", "train.gz", "--scale", "2", "--out", "x"]
        for arguments, word in (
                (["train", *good], "--scale"), (["train"], "superres"), (["train", "upscale", *good], "upscale"),
                (["train", "superres", "more", *good], "more"),
                (["train", "superres", *good[2:]], "--data"),
                (["train", "superres", *good[:4]], "--out"),
                (["train", "superres", "--data", "train.gz", "--out", "x"], "--scale"),
                (["train", "superres", *good, "--scale", "1"], "--scale"),
                (["train", "superres", *good, "--scale", "9"], "--scale"),
                (["train", "superres", *good, "--time", "5d"], "--time"),
                (["train", "superres", *good, "--time", "m"], "--time"),
                (["train", "superres", *good, "--time", "0"], "--time"),
                (["train", "superres", *good, "--time", "1", "--epochs", "1"], "--epochs"),
                (["train", "superres", *good, "--network", "4,4"], "--network"),
                (["train", "superres", *good, "--network", "0,4,1"], "--network"),
                (["train", "superres", *good, "--network", "4,4,1,1"], "--network"),
                (["train", "superres", *good, "--network", "99999999999999999999,4,1"],
                 "--network"),
                (["train", "superres", *good, "--loss", "l2"], "--loss"),
                (["train", "superres", *good, "--residual", "linear"], "--residual"),
                (["train", "superres", *good, "--schedule", "steps"], "--schedule"),
                (["train", "superres", *good, "--average", "2"], "--average"),
                (["train", "superres", *good, "--train", "last"], "--from"),
                (["train", "superres", *good, "--train", "first"], "--train"),
                (["train", "superres", *good, *9 * ["--data", "x"]], "--data"),
                (["train", "superres", *good, "--copies", "maybe"], "--copies"),
                (["train", "superres", *good, "--threads", "0"], "--threads"),
                (["train", "superres", *good, "--nonsense"], "--nonsense"),
                (["train", "superres", *good, "--resume"], "--checkpoints"),
                (["train", "superres", *good, "--curve", "x.png"], "--log"),
                (["train", "superres", *good, "--keep", "-1"], "--keep"),
                (["eval"], "superres"), (["eval", "superres"], "model"),
                (["eval", "superres", "model"], "--data"),
                (["eval", "superres", "model", "x", "--data", "y"], "x"),
                (["eval", "superres", "model", "--data", "y", "--border", "-1"], "--border"),
                (["upscale", "in.png"], "INPUT OUTPUT"),
                (["upscale", "in.png", "x.png", "--memory", "0"], "--memory"),
                (["upscale", "in.png", "x.png", "--scale", "9"], "--scale"),
                (["gradcheck", "pool"], "pool"), (["gradcheck", "--kernel", "x"], "--kernel"),
                (["gradcheck", "--input", "4,4,4,4"], "--input")):
            with self.subTest(arguments=arguments):
                self.refuse(self.pleat(*arguments), 2, word)
        for verb in ("train", "eval", "upscale", "gradcheck"):
            done = self.pleat(verb, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("Usage: pleat " + verb, done.stdout)

    def test_data_that_is_none(self):
        os.makedirs(os.path.join(self.path, "empty"))
        os.makedirs(os.path.join(self.path, "one"))
        os.makedirs(os.path.join(self.path, "tiny"))
        write_png(os.path.join(self.path, "one", "only.png"), pictures(1, 7)[0], SIDE)
        write_png(os.path.join(self.path, "tiny", "dot.png"), [b"\1"], 1)
        write_png(os.path.join(self.path, "tiny", "good.png"), pictures(1, 7)[0], SIDE)
        for data, word in (("missing", "missing"), ("empty", "empty"), ("one", "two images"),
                           ("tiny", "dot.png"), ("model", "model")):
            with self.subTest(data=data):
                self.refuse(self.train("--epochs", "1", "--out", "none", data=data), 1, word)
                self.assertFalse(os.path.exists(os.path.join(self.path, "none")))
        self.refuse(self.train("--epochs", "1", "--patch", "13", "--out", "none"), 1, "13")
        self.refuse(self.pleat("eval", "superres", "model", "--data", "tiny"), 1, "dot.png")
        self.refuse(self.pleat("eval", "superres", "model", "--data", "test.gz", "--border", "12"),
                    1, "border")
        self.refuse(self.pleat("eval", "superres", "model", "--data", "test.gz", "--picture",
                               "nowhere/sheet.png"), 1, "nowhere/sheet.png")
        self.refuse(self.pleat("upscale", "train.gz", "x.png", "--model", "model"), 1, "train.gz")
        write_png(os.path.join(self.path, "in.png"), pictures(1, 4)[0], SIDE)
        self.refuse(self.pleat("upscale", "in.png", "nowhere/x.png", "--model",
                               "model"), 1, "nowhere/x.png")

    def test_hostile_models(self):
        header, data = read_model(os.path.join(self.path, "model"))
        self.assertEqual(header["__metadata__"]["superres.residual"], "bicubic")
        self.assertEqual(header["__metadata__"]["superres.scale"], "2")
        text = header["__metadata__"]["pleat.model"]

        def spoil(key, value):
            return {**header, "__metadata__": {**header["__metadata__"], key: value}}
        bare = {key: value for key, value in header.items() if key != "__metadata__"}
        nan = struct.pack("<f", float("nan")) + data[4:]
        scale, residual = "superres.scale", "superres.residual"
        hostile = [
            ("bare", bare, data, scale), ("scale", spoil(scale, "3"), data, "3 times"),
            ("scale0", spoil(scale, "0"), data, scale),
            ("scale_text", spoil(scale, "2x"), data, scale),
            ("long", spoil(scale, "9" * 100000), data, scale),
            ("residual", spoil(residual, "linear"), data, residual),
            ("text", spoil("pleat.model", "x"), data, "line 1"),
            ("shape", spoil("pleat.model", text.replace("kernel=9", "kernel=7")), data, "up."),
            ("layers", spoil("pleat.model", text + "more = relu input\n"), data, "output"),
            ("nan", header, nan, "NaN"), ("short", header, data[:-4], None)]
        write_png(os.path.join(self.path, "in.png"), pictures(1, 4)[0], SIDE)
        for name, changed, body, word in hostile:
            with self.subTest(name=name):
                path = "hostile_" + name
                write_model(os.path.join(self.path, path), changed, body)
                for done in (self.pleat("upscale", "in.png", "out.png", "--model", path),
                             self.pleat("eval", "superres", path, "--data", "test.gz")):
                    self.refuse(done, 1, path, *([word] if word else []))

    def test_gradcheck(self):
        for arguments in ([], ["conv", "--input", "9", "--kernel", "4", "--stride", "3"],
                          ["conv_transpose", "--input", "3,2,3", "--kernel", "3,2,1", "--stride",
                           "2,1,3", "--padding", "1,0,-1,0,1,0", "--output-padding", "1,0,2"]):
            done = self.pleat("gradcheck", *arguments)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertNotIn("WRONG", done.stdout)
        self.refuse(self.pleat("gradcheck", "conv_transpose", "--output-padding", "2"), 1,
                    "output_padding")


if __name__ == "__main__":
    main()
