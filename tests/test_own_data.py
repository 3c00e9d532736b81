"""pleat train on one's own data, pleat predict and pleat inspect: the commands of docs/own_data.md on
tiny data, what comes out of them, and what is refused."""

import math
import os
import random
import re
import shlex
import struct
import tempfile
import unittest
import zlib

import npy
from program import main, run

DOC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "own_data.md")
COUNT = 12


def write_png(path, pixel, width, height, colour=False):
    """Writes a PNG whose pixel(x, y) is a number, or three."""
    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body
                + struct.pack(">I", zlib.crc32(kind + body)))
    rows = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) if colour else bytes([pixel(x, y)])
                                     for x in range(width)) for y in range(height))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n"
                   + chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2 if colour else 0, 0,
                                                0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def read_grey(path):
    """Width, height and pixels of a grey PNG, whatever its filters."""
    with open(path, "rb") as file:
        data = file.read()
    width, height, depth, colour = struct.unpack(">2I2B", data[16:26])
    assert (depth, colour) == (8, 0)
    at, packed = 8, b""
    while at < len(data):
        length, = struct.unpack(">I", data[at:at + 4])
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += length + 12
    raw, rows, above = zlib.decompress(packed), [], [0] * width
    for y in range(height):
        kind, line = raw[y * (width + 1)], list(raw[y * (width + 1) + 1:(y + 1) * (width + 1)])
        for x in range(width):
            left, corner = (line[x - 1], above[x - 1]) if x else (0, 0)
            guess = left + above[x] - corner
            paeth = min((left, above[x], corner), key=lambda v: abs(guess - v))
            line[x] = (line[x] + (0, left, above[x], (left + above[x]) // 2, paeth)[kind]) % 256
        rows.append(line)
        above = line
    return width, height, rows


class OwnData(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.cwd = cls.folder.name
        for name in ("small", "large", "photos", "masks", "shapes", "odd"):
            os.mkdir(os.path.join(cls.cwd, name))
        draw = random.Random(1)
        for i in range(COUNT):
            cls.make(i, draw)
        with open(DOC, encoding="utf-8") as file:
            text = file.read()
        for block in re.findall(r"```text\n(.*?)```", text, re.S):
            cls.write(block.split(":")[0][2:], block)
        cls.said = {}
        for command in "".join(re.findall(r"```sh\n(.*?)```", text, re.S)).splitlines():
            words = shlex.split(command)
            done = run(words[1:], cls.cwd)
            assert words[0] == "pleat" and done.returncode == 0, (command, done.stderr)
            cls.said[" ".join(words[1:4])] = done.stdout

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def write(cls, name, text):
        with open(os.path.join(cls.cwd, name), "w", encoding="utf-8") as file:
            file.write(text)

    @classmethod
    def png(cls, folder, i, *arguments, **more):
        write_png(os.path.join(cls.cwd, folder, "%d.png" % i), *arguments, **more)

    @classmethod
    def make(cls, i, draw):
        """Waves, in two sizes; a bright square on a dark ground with its mask; a black and white bar."""
        slope, left, top = draw.uniform(2, 9), draw.randrange(8), draw.randrange(8)

        def wave(x, y):
            return int(127 + 60 * math.sin((x + y * (i % 3)) * slope / 20))

        def inside(x, y):
            return left <= x < left + 7 and top <= y < top + 7
        cls.png("small", i, lambda x, y: wave(2 * x + 0.5, 2 * y + 0.5), 20, 16)
        cls.png("large", i, wave, 40, 32)
        cls.png("photos", i, lambda x, y: (220, 200, 40) if inside(x, y) else (20, 60, 90), 16, 16,
                colour=True)
        cls.png("masks", i, lambda x, y: 128 if x == 0 else 255 * inside(x, y), 16, 16)
        cls.png("shapes", i, lambda x, y: 255 * (left <= x < left + 6), 16, 16)
        cls.png("odd", i, lambda x, y: 7, 30, 16)

    def refuse(self, status, word, *arguments):
        done = run(arguments, self.cwd)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(word, done.stderr)

    def best(self, name):
        return float(re.search(r"holds step \d+, ([0-9.]+)", self.said[name]).group(1))

    def test_enlarge(self):
        self.assertGreater(self.best("train --model enlarge.txt"), 25)  # 26.1; a grey has 15.6
        self.assertEqual(read_grey(os.path.join(self.cwd, "larger.png"))[:2], (40, 32))
        for name in ("enlarge.csv", "enlarge.png", "enlarge.maps/03-up.png",
                     "enlarge.maps/00-image.png"):
            self.assertGreater(os.path.getsize(os.path.join(self.cwd, name)), 60, name)

    def test_segment(self):
        self.assertGreater(self.best("train --model segment.txt"), 0.9)  # 1; untrained 0.4
        width, height, mask = read_grey(os.path.join(self.cwd, "mask.png"))
        wanted = read_grey(os.path.join(self.cwd, "masks", "1.png"))[2]
        self.assertEqual((width, height), (16, 16))
        self.assertEqual({value for row in mask for value in row}, {0, 255})
        right = sum(mask[y][x] == wanted[y][x] for y in range(16) for x in range(1, 16))
        self.assertGreater(right, 0.9 * 240)
        _, shape, scores = npy.read(os.path.join(self.cwd, "scores.npy"))
        self.assertEqual(shape, (1, 2, 16, 16))
        for i in range(256):
            self.assertEqual(mask[i // 16][i % 16], 255 if scores[256 + i] > scores[i] else 0)

    def test_autoencoder(self):
        self.assertGreater(self.best("train --model autoencoder.txt"), 20)  # 30.6; the mean: 7.4
        again = read_grey(os.path.join(self.cwd, "again.png"))[2]
        wanted = read_grey(os.path.join(self.cwd, "shapes", "2.png"))[2]
        error = sum(abs(a - b) for row, other in zip(again, wanted) for a, b in zip(row, other))
        self.assertLess(error / 256, 10)  # 0.02; untrained 125

    def test_classes_of_images(self):
        """An idx file of bright and dark images, told apart; resumed in the same bits."""
        images = [bytes([200 * (i % 2) + i] * 16) for i in range(40)]
        with open(os.path.join(self.cwd, "images.idx"), "wb") as file:
            file.write(struct.pack(">4B3I", 0, 0, 8, 3, 40, 4, 4) + b"".join(images))
        with open(os.path.join(self.cwd, "classes.idx"), "wb") as file:
            file.write(struct.pack(">4BI", 0, 0, 8, 1, 40) + bytes(i % 2 for i in range(40)))
        self.write("classify.txt", "i = input channels=1\nv = reshape i channels=16\n"
                                   "o = dense v out=2\n")
        common = ("train", "--model", "classify.txt", "--data", "images.idx", "--labels",
                  "classes.idx", "--rate", "0.05", "--steps", "60", "--batch", "6")
        done = run((*common, "--out", "classify", "--checkpoints", "run"), self.cwd)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"holds step \d+, 1\.0000 on")
        done = run((*common, "--out", "classify2", "--checkpoints", "run", "--resume"), self.cwd)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("resumed  at step 60", done.stdout)
        self.refuse(1, "output is a vector", *common[:3], "--data", "images.idx", "--out", "x")
        npy.write(os.path.join(self.cwd, "in.npy"), "<f4", (1, 4, 4), [1.0] * 16)
        self.assertEqual(run(("predict", "classify", "in.npy", "y.npy"), self.cwd).returncode, 0)
        _, shape, scores = npy.read(os.path.join(self.cwd, "y.npy"))
        self.assertEqual(shape, (1, 2))
        self.assertGreater(scores[1], scores[0])
        self.refuse(1, ".npy takes it", "predict", "classify", "in.npy", "y.png")

    def test_refusals(self):
        def own(status, word, model, *arguments):
            self.refuse(status, word, "train", "--model", model, "--out", "none", "--steps", "2",
                        *arguments)
        own(1, "20x16 pixels, its image asks for 40x32", "enlarge.txt", "--data", "small", "--targets", "small")
        own(1, "30x16 pixels, its image asks for 40x32", "enlarge.txt", "--data", "small",
            "--targets", "odd")
        own(1, "without --targets", "enlarge.txt", "--data", "small")
        own(1, "cross-entropy needs --labels", "autoencoder.txt", "--data", "shapes", "--loss",
            "cross-entropy")
        own(1, "--labels need", "segment.txt", "--data", "photos", "--labels", "masks", "--loss",
            "mse")
        own(1, "stands for none of the 2 classes", "segment.txt", "--data", "photos", "--labels",
            "masks")
        own(1, "--weights has 3 numbers", "segment.txt", "--data", "photos", "--labels", "masks",
            "--weights", "1,2,3")
        own(1, "see --crop", "autoencoder.txt", "--data", "small")
        own(1, "bce needs an output of 1 channel", "segment.txt", "--data", "photos", "--labels",
            "masks", "--loss", "bce")
        own(2, "--augment", "segment.txt", "--data", "photos", "--augment", "flip,spin")
        own(2, "--crop", "segment.txt", "--data", "photos", "--crop", "12")
        own(2, "contradict", "segment.txt", "--data", "photos", "--time", "1s")
        self.refuse(2, "--data is needed", "train", "--model", "a", "--out", "b")
        self.refuse(2, "there is no task 'own'", "train", "own")
        self.refuse(2, "there is no task 'fit'", "eval", "fit")
        self.refuse(2, "got 2 names", "predict", "enlarge", "x.png")
        self.refuse(1, "must end in", "predict", "enlarge", "small/0.png", "x.jpg")
        self.refuse(1, "cannot open", "predict", "enlarge", "nowhere.png", "x.png")
        self.assertFalse(os.path.exists(os.path.join(self.cwd, "none")))

    def inspect(self, text, *arguments):
        self.write("look.txt", "i = input channels=1\n" + text)
        done = run(("inspect", "look.txt", *arguments), self.cwd)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_inspect(self):
        uneven = self.inspect("u = conv_transpose i out=2 kernel=3 stride=2 init=constant:1\n")
        self.assertIn("taps a pixel 1 to 4 inside the border, checkerboard number 1.333", uneven)
        self.assertIn("gain of the filters 1 to 4", uneven)
        self.assertEqual(uneven.count("warning: u:"), 2)
        even = self.inspect("u = conv_transpose i out=1 kernel=4 stride=2 padding=1 init=bilinear\n")
        self.assertIn("taps a pixel 4 to 4 inside the border, checkerboard number 0\n", even)
        self.assertNotIn("warning", even)
        drawn = self.inspect("u = conv_transpose i out=1 kernel=4 stride=2\n")
        self.assertIn("the filters' gains differ", drawn)
        self.assertNotIn("overlap unevenly", drawn)

    def test_feature_maps(self):
        """A chain of layers longer than a model has outputs, each with its known number."""
        text, before = "", "i"
        for k in range(12):
            text += "l%d = conv %s out=1 kernel=1 init=constant:2\n" % (k, before)
            before = "l%d" % k
        text += "r = relu %s\nm = sum r i\n" % before
        write_png(os.path.join(self.cwd, "one.png"), lambda x, y: 255, 3, 2)
        lines = self.inspect(text, "--image", "one.png", "--out", "look.svg")
        means = [float(x) for x in re.findall(r"  output .* mean ([0-9.e+-]+)", lines)]
        self.assertEqual(means, [1.0] + [2.0 ** k for k in range(1, 13)] + [4096.0, 4097.0])
        with open(os.path.join(self.cwd, "look.svg"), encoding="latin1") as file:
            self.assertIn("<svg", file.read())
        self.refuse(1, "no layer", "inspect", "look.txt", "--layer", "x")


if __name__ == "__main__":
    main()
