"""pleat train, eval and generate of generators, and train and eval classify, on tiny images."""

import gzip
import math
import os
import random
import re
import signal
import struct
import subprocess
import tempfile
import unittest
import zlib

from program import PROGRAM, checkpoints, main, run, wait_for_checkpoint, wait_for_line

SIDE = 8
SMALL = ("--width", "4", "--batch", "10")
FASHION = "/usr/share/datasets/fashion-mnist"
NETWORKS = os.path.join(os.environ.get("srcdir", "."), "examples", "networks")


def write_idx(path, extents, data):
    with gzip.open(path, "wb") as file:
        file.write(bytes([0, 0, 8, len(extents)]) + struct.pack(">%dI" % len(extents), *extents)
                   + data)


def bars(count, seed, side=SIDE):
    """Images of bright bars, and their classes: 0 lies, 1 stands, 2 is a square."""
    draw = random.Random(seed)
    data, labels = bytearray(), bytearray()
    for i in range(count):
        kind, place, light = i % 3, draw.randrange(1, side - 3), draw.randrange(180, 256)
        for y in range(side):
            for x in range(side):
                within = ((place <= y < place + 2 and kind == 0)
                          or (place <= x < place + 2 and kind == 1)
                          or (place <= x < place + 3 and place <= y < place + 3 and kind == 2))
                data.append(light if within else draw.randrange(8))
        labels.append(kind)
    return bytes(data), bytes(labels)


def mean_elbo(seen, unseen):
    """The bound, in nats an image, of pixels that are drawn independently, each by its own mean."""
    pixels = SIDE * SIDE
    mean = [sum(seen[i::pixels]) / len(seen[i::pixels]) / 255 for i in range(pixels)]
    return sum(x / 255 * math.log(mean[i % pixels]) + (1 - x / 255) * math.log(1 - mean[i % pixels])
               for i, x in enumerate(unseen)) * pixels / len(unseen)


def read_png(path):
    """Width, height and rows of a grey PNG as libpng writes it, filters undone."""
    with open(path, "rb") as file:
        data = file.read()
    width, height, depth, colour = struct.unpack(">2I2B", data[16:26])
    assert (depth, colour) == (8, 0)
    packed, at = b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    raw, rows, above = zlib.decompress(packed), [], bytes(width)
    for y in range(height):
        method, line = raw[y * (width + 1)], bytearray(raw[y * (width + 1) + 1:(y + 1) * (width + 1)])
        for x in range(width):
            left, corner = (line[x - 1], above[x - 1]) if x > 0 else (0, 0)
            up = above[x]
            paeth = min((left, up, corner), key=lambda v: abs(left + up - corner - v))
            line[x] = (line[x] + (0, left, up, (left + up) // 2, paeth)[method]) % 256
        rows.append(bytes(line))
        above = line
    return width, height, rows


def cell(rows, row, column, side=SIDE):
    """The pixels of an image on a sheet (twice enlarged, 4 pixels between)."""
    step = 2 * side + 4
    return [[rows[4 + row * step + 2 * y][4 + column * step + 2 * x] for x in range(side)]
            for y in range(side)]


class Generate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = cls.folder.name
        for name, count, seed in (("train", 300, 1), ("test", 90, 2)):
            data, labels = bars(count, seed)
            write_idx(os.path.join(cls.path, name), (count, SIDE, SIDE), data)
            write_idx(os.path.join(cls.path, name + "_labels"), (count,), labels)
        for done in (cls.vae("--epochs", "30", "--out", "vae"),
                     cls.vae("--steps", "1", "--out", "begun_vae"),
                     cls.gan("--steps", "600", "--rate", "0.001", "--out", "gan"),
                     cls.gan("--steps", "1", "--out", "begun_gan"),
                     cls.classify("--epochs", "10", "--out", "classifier")):
            assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def pleat(cls, *arguments):
        return run(arguments, cls.path)

    @classmethod
    def vae(cls, *arguments):
        return cls.pleat("train", "generate", "--kind", "vae", "--data", "train", "--latents", "4",
                         "--rate", "0.005", *SMALL, *arguments)

    @classmethod
    def gan(cls, *arguments):
        return cls.pleat("train", "generate", "--kind", "gan", "--data", "train", "--latents", "6",
                         *SMALL, *arguments)

    @classmethod
    def classify(cls, *arguments):
        return cls.pleat("train", "classify", "--data", "train", "--labels", "train_labels",
                         "--rate", "0.01", *SMALL, *arguments)

    def good(self, *arguments):
        done = self.pleat(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def refuse(self, done, status, *words):
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def contents(self, name):
        with open(os.path.join(self.path, name), "rb") as file:
            return file.read()

    def bound(self, model, *arguments):
        text = self.good("eval", "generate", model, "--data", "test", *arguments)
        elbo, reconstruction, divergence = map(float, re.search(
            r"ELBO (-[0-9.]+) .*reconstruction (-[0-9.]+), divergence ([0-9.]+)", text).groups())
        self.assertAlmostEqual(elbo, reconstruction - divergence, delta=0.002)
        return elbo

    def test_vae_learns(self):
        """It explains images that it has not seen better than their mean pixel by pixel would."""
        mean, trained = mean_elbo(bars(300, 1)[0], bars(90, 2)[0]), self.bound("vae")
        self.assertLess(self.bound("begun_vae"), mean)  # -44 and -27, where a trained one has -16
        self.assertGreater(trained, mean + 8)
        self.assertEqual(trained, self.bound("vae", "--threads", "1"))
        other = self.bound("vae", "--seed", "1")
        many = self.bound("vae", "--samples", "20")
        self.assertNotEqual(trained, other)
        self.assertAlmostEqual(trained, other, delta=1)
        self.assertAlmostEqual(trained, many, delta=1)

    def test_sheets(self):
        self.good("generate", "vae", "--out", "samples.png", "--count", "10", "--seed", "3")
        width, height, rows = read_png(os.path.join(self.path, "samples.png"))
        step = 2 * SIDE + 4
        self.assertEqual((width, height), (4 * step + 4, 3 * step + 4))
        cells = [str(cell(rows, i // 4, i % 4)) for i in range(10)]
        self.assertEqual(len(set(cells)), 10)
        self.assertEqual(cell(rows, 2, 2), [[255] * SIDE] * SIDE)  # no eleventh image
        self.good("generate", "gan", "--out", "walk.png", "--walk", "--count", "2")
        width, height, rows = read_png(os.path.join(self.path, "walk.png"))
        self.assertEqual((width, height), (12 * step + 4, 2 * step + 4))
        self.good("generate", "gan", "--out", "ends.png", "--count", "4")
        _, _, ends = read_png(os.path.join(self.path, "ends.png"))
        for i in range(2):  # a walk goes from one sample to the next
            for column, end in ((0, 2 * i), (11, 2 * i + 1)):
                found, wanted = cell(rows, i, column), cell(ends, end // 2, end % 2)
                self.assertLessEqual(max(abs(a - b) for x, y in zip(found, wanted)
                                         for a, b in zip(x, y)), 1)

    def test_reconstruction(self):
        self.good("generate", "vae", "--out", "pairs.png", "--reconstruct", "test", "--count", "15")
        width, height, rows = read_png(os.path.join(self.path, "pairs.png"))
        step = 2 * SIDE + 4
        self.assertEqual((width, height), (10 * step + 4, 4 * step + 4))

        def distance(a, b):
            return sum((p - q) ** 2 for x, y in zip(a, b) for p, q in zip(x, y))
        nearest = 0
        for i in range(10):
            original = cell(rows, 0, i)
            made = [distance(original, cell(rows, 1, k)) for k in range(10)]
            nearest += made[i] == min(made)
        self.assertGreaterEqual(nearest, 7)
        data, _ = bars(90, 2)
        flat = bytes(pixel for line in cell(rows, 2, 4) for pixel in line)
        self.assertIn(data.find(flat) % (SIDE * SIDE), (0,))
        self.refuse(self.pleat("generate", "gan", "--out", "x.png", "--reconstruct", "test"), 1,
                    "encoder")

    def test_classifier(self):
        text = self.good("eval", "classify", "classifier", "--data", "test", "--labels",
                         "test_labels")
        self.assertGreater(float(re.search(r"all +90 +([0-9.]+)%", text).group(1)), 90)
        self.assertEqual(len(re.findall(r"(?m)^ +[012] +30 ", text)), 3)

    def strangeness(self, model):
        """By how much a pixel of a sample differs, on average, from the most similar image that
        was shown."""
        self.good("generate", model, "--out", "sheet.png", "--count", "16")
        _, _, rows = read_png(os.path.join(self.path, "sheet.png"))
        shown, total, pixels = bars(300, 1)[0], 0, SIDE * SIDE
        for i in range(16):
            flat = bytes(pixel for line in cell(rows, i // 4, i % 4) for pixel in line)
            total += min(sum(abs(a - b) for a, b in zip(flat, shown[k:k + pixels]))
                         for k in range(0, len(shown), pixels))
        return total / 16 / pixels

    def test_gan_learns(self):
        """Samples resemble what it was shown, and are of all kinds; before it learned they were
        one kind of grey."""
        self.assertLess(self.strangeness("gan"), 45)  # about 30
        self.assertGreater(self.strangeness("begun_gan"), 90)  # about 106
        for model, seen, least, most in (("gan", 3, 33, 75), ("begun_gan", 1, 100, 100)):
            text = self.good("eval", "generate", model, "--data", "test", "--classifier",
                             "classifier", "--count", "150")
            made = re.search(r"generated +150 images  (\d) of 3 classes  largest share ([0-9.]+)%",
                             text)
            self.assertEqual(int(made.group(1)), seen)
            self.assertTrue(least <= float(made.group(2)) <= most, text)  # of gan about 42

    def test_diversity(self):
        text = self.good("eval", "generate", "gan", "--data", "test", "--classifier", "classifier",
                         "--count", "150")
        real = re.search(r"real +90 images  3 of 3 classes  largest share ([0-9.]+)%", text)
        self.assertAlmostEqual(float(real.group(1)), 33.3, delta=10)
        made, truth, ratio = map(float, re.search(
            r"confidence ([0-9.]+)\n.*confidence ([0-9.]+)\n.* is ([0-9.]+) of", text).groups())
        self.assertAlmostEqual(made / truth, ratio, delta=0.001)
        self.assertIn("ELBO", self.good("eval", "generate", "vae", "--data", "test",
                                        "--classifier", "classifier"))
        self.refuse(self.pleat("eval", "generate", "gan", "--data", "test"), 1, "--classifier")

    def test_same_bits_for_any_threads(self):
        for train in (self.vae, self.gan, self.classify):
            for threads in ("1", "3"):
                done = train("--steps", "20", "--seed", "7", "--threads", threads, "--out",
                             "bits" + threads)
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.contents("bits1"), self.contents("bits3"))
            train("--steps", "20", "--seed", "8", "--out", "bits3")
            self.assertNotEqual(self.contents("bits1"), self.contents("bits3"))

    def test_killed_and_resumed_in_the_same_bits(self):
        commands = {self.vae: ["train", "generate", "--kind", "vae", "--data", "train", "--latents",
                               "4", "--rate", "0.005", *SMALL],
                    self.gan: ["train", "generate", "--kind", "gan", "--data", "train",
                               "--latents", "6", *SMALL]}
        for number, (train, command) in enumerate(commands.items()):
            common = ["--steps", "300", "--schedule", "cosine", "--average", "0.9"]
            self.assertEqual(train(*common, "--out", "whole").returncode, 0)
            folder = "run%d" % number
            parts = [*common, "--checkpoints", folder, "--out", "resumed", "--log", "log.csv",
                     "--curve", "curve.png"]
            with subprocess.Popen([PROGRAM, *command, *parts], cwd=self.path,
                                  stdout=subprocess.PIPE, text=True) as process:
                wait_for_checkpoint(process, os.path.join(self.path, folder))
                process.kill()
            self.refuse(train(*parts), 1, "holds a run")
            self.refuse(train(*parts, "--resume", "--seed", "1"), 1, "seed is")
            done = train(*parts, "--resume")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, r"resumed  at step [1-9]")
            self.assertEqual(self.contents("whole"), self.contents("resumed"))

    def test_interrupt_keeps_a_model(self):
        command = [PROGRAM, "train", "generate", "--kind", "gan", "--data", "train", *SMALL,
                   "--time", "30", "--checkpoints", "timed", "--out", "interrupted"]
        with subprocess.Popen(command, cwd=self.path, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            wait_for_line(process, "training")
            while not checkpoints(os.path.join(self.path, "timed")):
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=60)
        self.assertEqual((process.returncode, errors), (0, ""))
        self.assertRegex(out, r"interrupted after \d+ steps\ninterrupted holds step \d+")
        self.good("generate", "interrupted", "--out", "interrupted.png")

    def test_networks_of_ones_own(self):
        with open(os.path.join(self.path, "g.txt"), "w") as file:
            file.write("z = input channels=3 rank=0\nw = dense z out=36\n"
                       "s = reshape w channels=4 extent=3,3\n"
                       "u = conv_transpose s out=1 kernel=4 stride=2 output_padding=0\n"
                       "y = tanh u\n")
        with open(os.path.join(self.path, "d.txt"), "w") as file:
            file.write("x = input channels=1\nc = conv x out=2 kernel=8\nf = reshape c channels=2\n"
                       "y = dense f out=1\n")
        done = self.gan("--generator", "g.txt", "--discriminator", "d.txt", "--steps", "3", "--out",
                        "own")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.good("generate", "own", "--out", "own.png")
        with open(os.path.join(self.path, "bad.txt"), "w") as file:
            file.write("z = input channels=3 rank=0\nw = dense z out=49\n"
                       "y = reshape w channels=1 extent=7,7\n")
        for arguments, word in ((["--generator", "bad.txt"], "8x8"),
                                (["--generator", "d.txt"], "vector"),
                                (["--discriminator", "g.txt"], "must have one number an image"),
                                (["--generator", "missing.txt"], "missing.txt")):
            with self.subTest(arguments=arguments):
                self.refuse(self.gan(*arguments, "--steps", "1", "--out", "none"), 1, word)
        self.refuse(self.vae("--encoder", "d.txt", "--steps", "1", "--out", "none"), 1,
                    "two outputs")
        self.assertFalse(os.path.exists(os.path.join(self.path, "none")))

    def test_files_that_do_not_fit(self):
        write_idx(os.path.join(self.path, "odd"), (100, 6, 6), bytes(3600))
        write_idx(os.path.join(self.path, "few"), (5, SIDE, SIDE), bytes(5 * SIDE * SIDE))
        train = ("train", "generate", "--kind", "gan", "--steps", "1", "--out", "none")
        for arguments, word in (
                ([*train, "--data", "odd"], "multiples of 4"),
                ([*train, "--data", "few"], "5 samples make not one batch"),
                ([*train, "--data", "missing"], "missing"),
                ([*train[:-1], "nowhere/none", "--data", "train"], "nowhere/none"),
                (["generate", "classifier", "--out", "x.png"], "classifier"),
                (["generate", "vae", "--out", "nowhere/x.png"], "nowhere/x.png"),
                (["generate", "vae", "--out", "x.png", "--reconstruct", "odd"], "6x6"),
                (["eval", "generate", "vae", "--data", "odd"], "6x6"),
                (["eval", "generate", "gan", "--data", "test", "--classifier", "vae"], "vae"),
                (["eval", "classify", "gan", "--data", "test", "--labels", "test_labels"], "gan"),
                (["eval", "classify", "classifier", "--data", "odd", "--labels", "test_labels"],
                 "one for each of the 100 images"),
                (["train", "classify", "--data", "train", "--labels", "test_labels", "--steps",
                  "1", "--out", "none"], "one for each of the 300 images")):
            with self.subTest(arguments=arguments):
                self.refuse(self.pleat(*arguments), 1, word)
        self.assertFalse(os.path.exists(os.path.join(self.path, "none")))

    def test_commands_that_are_none(self):
        good = ["train", "generate", "--kind", "gan", "--data", "train", "--out", "x"]
        for arguments, word in (
                (good[:2] + good[4:], "--kind"), (good[:4] + good[6:], "--data"),
                (good[:6], "--out"), ([*good, "more"], "more"), ([*good, "--kind", "vea"], "vea"),
                ([*good, "--encoder", "e"], "--encoder"), ([*good, "--held-out", "5"], "--held-out"),
                ([*good, "--steps", "1", "--time", "1"], "--steps"),
                ([*good, "--steps", "0"], "--steps"), ([*good, "--time", "5d"], "--time"),
                ([*good, "--schedule", "up"], "--schedule"), ([*good, "--average", "2"], "--average"),
                ([*good, "--resume"], "--checkpoints"), ([*good, "--curve", "x.png"], "--log"),
                ([*good, "--latents", "0"], "--latents"),
                ([*good[:3], "vae", *good[4:], "--discriminator", "d"], "--discriminator"),
                (["eval", "generate", "vae"], "--data"), (["eval", "generate"], "model"),
                (["eval", "classify", "vae", "--data", "x"], "--labels"),
                (["train", "classify", "--data", "x", "--out", "x"], "--labels"),
                (["generate", "vae"], "--out"), (["generate", "--out", "x"], "model"),
                (["generate", "vae", "--out", "x", "--walk", "--reconstruct", "test"], "--walk"),
                (["generate", "vae", "--out", "x", "--count", "0"], "--count")):
            with self.subTest(arguments=arguments):
                self.refuse(self.pleat(*arguments), 2, word)

    def test_example(self):
        example = os.path.join(os.path.dirname(PROGRAM), "examples", "vae")
        if not os.path.exists(example):
            self.skipTest("examples/vae has not been built")
        write_idx(os.path.join(self.path, "large"), (120, 28, 28), bars(120, 3, 28)[0])
        networks = [os.path.abspath(os.path.join(NETWORKS, name))
                    for name in ("vae_encoder.txt", "vae_decoder.txt")]
        done = subprocess.run([example, *networks, "large", "100"], cwd=self.path, text=True,
                              stdout=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"^step 100: ELBO -\d+\.\d\d\n$")
        self.good("generate", "vae.safetensors", "--out", "example.png")
        missing = subprocess.run([example, *networks, "missing", "1"], cwd=self.path, text=True,
                                 stdout=subprocess.PIPE, timeout=60)
        self.assertEqual(missing.returncode, 1)
        self.assertIn("missing", missing.stdout)

    @unittest.skipUnless(os.path.isdir(FASHION), "dataset-fashion-mnist is not installed")
    def test_fashion_mnist(self):
        """A few steps on real images do much better than the mean of each pixel, which has -385 nats
        (a network that does not learn: -544)."""
        self.good("train", "generate", "--kind", "vae", "--data",
                  os.path.join(FASHION, "train-images-idx3-ubyte.gz"), "--width", "8", "--steps",
                  "200", "--held-out", "0", "--out", "fashion")
        text = self.good("eval", "generate", "fashion", "--data",
                         os.path.join(FASHION, "t10k-images-idx3-ubyte.gz"))
        self.assertGreater(float(re.search(r"ELBO (-[0-9.]+)", text).group(1)), -340)  # -301 to -322


if __name__ == "__main__":
    main()
