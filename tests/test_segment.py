"""pleat train segment, eval segment and segment on tiny data: results, refusals, reproducibility."""

import os
import random
import re
import signal
import struct
import subprocess
import tempfile
import unittest
import zlib

from program import PROGRAM, main, run, wait_for_checkpoint

HEIGHT, WIDTH = 22, 26
SMALL = ("--width", "4", "--depth", "2", "--crop", "16x16", "--batch", "4", "--rate", "0.02")
VOID = 9


def write_png(path, rows, width, colour=False):
    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body
                + struct.pack(">I", zlib.crc32(kind + body)))
    header = struct.pack(">2I5B", width, len(rows), 8, 2 if colour else 0, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
                   + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(row) for row in rows)))
                   + chunk(b"IEND", b""))


def paeth(left, up, corner):
    estimate = left + up - corner
    distances = [abs(estimate - left), abs(estimate - up), abs(estimate - corner)]
    return (left, up, corner)[distances.index(min(distances))]


def read_png(path):
    """Width, channels and rows of an 8-bit PNG."""
    with open(path, "rb") as file:
        data = file.read()
    width, height, _, colour = struct.unpack(">2I2B", data[16:26])
    place, packed = 8, b""
    while place < len(data):
        length, = struct.unpack(">I", data[place:place + 4])
        if data[place + 4:place + 8] == b"IDAT":
            packed += data[place + 8:place + 8 + length]
        place += length + 12
    channels = 3 if colour == 2 else 1
    line, raw = width * channels, zlib.decompress(packed)
    rows, above = [], bytes(line)
    for y in range(height):
        kind, *row = raw[y * (line + 1):(y + 1) * (line + 1)]
        for x in range(line):
            left = row[x - channels] if x >= channels else 0
            corner = above[x - channels] if x >= channels else 0
            row[x] = (row[x] + (0, left, above[x], (left + above[x]) // 2,
                                paeth(left, above[x], corner))[kind]) % 256
        rows.append(row)
        above = row
    return width, channels, rows


def sample(seed, height=HEIGHT, width=WIDTH):
    """A bright rectangle on a dark ground, noise, and a void border around it in the labels."""
    draw = random.Random(seed)
    top, left = draw.randrange(1, height - 12), draw.randrange(1, width - 12)
    bottom, right = top + draw.randrange(6, 12), left + draw.randrange(6, 12)
    image, labels = [], []
    for y in range(height):
        inside = [top <= y < bottom and left <= x < right for x in range(width)]
        image.append([draw.randrange(40) + (150 if one else 20) for one in inside])
        labels.append([255 if one else 0 for one in inside])
        if y == 0:
            labels[0] = [VOID] * width
    return image, labels


class Segment(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = cls.folder.name
        for name in ("images", "labels"):
            os.mkdir(os.path.join(cls.path, name))
        for i in range(12):
            image, labels = sample(i)
            write_png(os.path.join(cls.path, "images", "%d.png" % i), image, WIDTH)
            write_png(os.path.join(cls.path, "labels", "%d.png" % i), labels, WIDTH)
        done = cls.train("--steps", "60", "--out", "model", "--names", "ground,thing")
        assert done.returncode == 0, done.stderr
        cls.report = done.stdout

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def pleat(cls, *arguments, **more):
        return run(arguments, cls.path, **more)

    DATA = ("--images", "images", "--labels", "labels")
    CLASSES = ("--class-map", "255=1", "--ignored", str(VOID))

    @classmethod
    def train(cls, *arguments):
        return cls.pleat("train", "segment", *cls.DATA, *cls.CLASSES, *SMALL, "--held-out", "9:12",
                         *arguments)

    def contents(self, name):
        with open(os.path.join(self.path, name), "rb") as file:
            return file.read()

    def refuse(self, done, status, *words):
        """One line on standard error that holds the words."""
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def good(self, *arguments):
        done = self.pleat(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def drawn(self, image, *arguments):
        """The classes that segment draws."""
        self.good("segment", "model", image, "drawn.png", *arguments)
        return read_png(os.path.join(self.path, "drawn.png"))[2]

    def test_learns(self):
        figure = float(re.search(r"holds step \d+, ([0-9.]+) on", self.report).group(1))
        self.assertGreater(figure, 0.9)
        self.assertIn("9 images, 3 held out", self.report)
        for network, norm in (("fcn", "yes"), ("unet", "no")):
            done = self.train("--steps", "100", "--out", network, "--network", network,
                              "--weights", "auto", "--batch-norm", norm,
                              "--augment", "flips,turns,rotations,scales,light", "--average", "0.9")
            self.assertEqual(done.returncode, 0, done.stderr)
            figure = float(re.search(r"holds step \d+, ([0-9.]+) on", done.stdout).group(1))
            self.assertGreater(figure, 0.6, network)

    def test_eval_counts_what_segment_draws(self):
        done = self.pleat("eval", "segment", "model", *self.DATA, "--range", "9:12")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        counts = [[0, 0], [0, 0]]
        for i in (9, 10, 11):  # in the order of numbers, not of bytes
            out = self.pleat("segment", "model", "images/%d.png" % i, "out.png")
            self.assertEqual((out.returncode, out.stderr), (0, ""))
            width, channels, rows = read_png(os.path.join(self.path, "out.png"))
            self.assertEqual((width, channels, len(rows)), (WIDTH, 1, HEIGHT))
            for found, true in zip(rows, sample(i)[1]):
                for one, label in zip(found, true):
                    self.assertIn(one, (0, 255))
                    if label != VOID:
                        counts[label == 255][one == 255] += 1
        right = counts[0][0] + counts[1][1]
        ious = [counts[c][c] / (sum(counts[c]) + counts[0][c] + counts[1][c] - counts[c][c])
                for c in (0, 1)]
        self.assertIn("images                  3\n", done.stdout)
        self.assertIn("pixel accuracy          %.4f\n" % (right / sum(map(sum, counts))),
                      done.stdout)
        self.assertIn("mean IoU                %.4f\n" % (sum(ious) / 2), done.stdout)
        for name, iou, row in zip(("ground", "thing"), ious, counts):
            self.assertIn("IoU of %-16s %.4f\n" % (name, iou), done.stdout)
            self.assertRegex(done.stdout, r"(?m)^%s +%d +%d$" % (name, *row))

    def test_overlay_and_sizes(self):
        for height, width in ((17, 31), (40, 40)):
            image, _ = sample(100 + height, height, width)
            write_png(os.path.join(self.path, "in.png"), image, width)
            plain = self.drawn("in.png")
            self.good("segment", "model", "in.png", "overlay.png", "--overlay")
            found, channels, rows = read_png(os.path.join(self.path, "overlay.png"))
            self.assertEqual((found, channels, len(rows)), (width, 3, height))
            for drawn, labels, own in zip(rows, plain, image):
                for x in range(width):  # PASCAL VOC's second colour is (128, 0, 0)
                    colour = (128, 0, 0) if labels[x] == 255 else (0, 0, 0)
                    self.assertEqual(drawn[3 * x:3 * x + 3],
                                     [(own[x] + part + 1) // 2 for part in colour])

    def test_tiles(self):
        """Where the bound is below what the whole image takes, its tiles give the same classes."""
        image, _ = sample(250, 150, 200)
        write_png(os.path.join(self.path, "large.png"), image, 200)
        text = self.good("summary", "model", "--size", "152x200")
        whole = sum(map(float, re.search(r"activations ([0-9.]+) MiB, .* scratch ([0-9.]+) MiB",
                                         text).groups()))
        self.assertGreater(whole, 2.1)
        self.assertEqual(self.drawn("large.png"), self.drawn("large.png", "--memory", "2"))

    def test_colour_images_and_colours_of_classes(self):
        for name in ("colour", "colour_labels"):
            os.mkdir(os.path.join(self.path, name))
        for i in range(4):
            image, labels = sample(i)
            write_png(os.path.join(self.path, "colour", "%d.png" % i),
                      [[part for one in row for part in (one, 0, 255 - one)] for row in image],
                      WIDTH, colour=True)
            write_png(os.path.join(self.path, "colour_labels", "%d.png" % i),
                      [[one == 255 for one in row] for row in labels], WIDTH)
        done = self.pleat("train", "segment", "--images", "colour", "--labels", "colour_labels",
                          *SMALL, "--steps", "3", "--out", "coloured", "--colours",
                          "0000ff,ff0000", "--held-out-images", "colour", "--held-out-labels",
                          "colour_labels")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("classes  2\n", done.stdout)
        self.assertIn("of 3 channels", done.stdout)
        done = self.pleat("segment", "coloured", "images/0.png", "grey.png")  # grey is repeated
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.pleat("segment", "model", "colour/0.png", "luma.png", "--overlay")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_example(self):
        example = os.path.join(os.path.dirname(os.path.abspath(PROGRAM)), "examples", "segment")
        if not os.path.exists(example):
            self.skipTest("examples/segment is not built")
        subprocess.run([example, "model", "images/9.png", "example.png"], cwd=self.path, check=True)
        self.pleat("segment", "model", "images/9.png", "verb.png")
        self.assertEqual(read_png(os.path.join(self.path, "example.png")),
                         read_png(os.path.join(self.path, "verb.png")))

    def test_same_bits_for_any_threads(self):
        for threads in ("1", "3"):
            done = self.train("--steps", "5", "--threads", threads, "--out", "threads" + threads,
                              "--augment", "rotations")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.contents("threads1"), self.contents("threads3"))
        done = self.train("--steps", "5", "--out", "last", "--augment", "flips,light", "--augment",
                          "rotations")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.contents("threads1"), self.contents("last"))  # the last word counts

    def test_killed_and_resumed_in_the_same_bits(self):
        common = ["--epochs", "60", "--seed", "3", "--average", "0.9"]
        self.assertEqual(self.train(*common, "--out", "whole").returncode, 0)
        parts = [*common, "--checkpoints", "run", "--out", "resumed", "--log", "log.csv"]
        command = [PROGRAM, "train", "segment", *self.DATA, *self.CLASSES, *SMALL, "--held-out",
                   "9:12", *parts]
        with subprocess.Popen(command, cwd=self.path, stdout=subprocess.PIPE,
                              text=True) as process:
            wait_for_checkpoint(process, os.path.join(self.path, "run"))
            process.send_signal(signal.SIGKILL)
        self.refuse(self.train(*parts, "--resume", "--augment", "flip"), 1, "crops is")
        done = self.train(*parts, "--resume")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"resumed  at step [1-9]")
        self.assertEqual(self.contents("whole"), self.contents("resumed"))

    def test_own_network(self):
        with open(os.path.join(self.path, "net.txt"), "w") as file:
            file.write("image = input channels=1\nwide = conv image out=4 kernel=3 padding=1\n"
                       "act = relu wide\nclasses = conv act out=2 kernel=1\n")
        done = self.train("--steps", "2", "--model", "net.txt", "--crop", "9x7", "--out", "own")
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.pleat("summary", "own", "--text").stdout
        self.assertIn("classes = conv act out=2 kernel=1", text)
        with open(os.path.join(self.path, "net.txt"), "a") as file:
            file.write("more = conv classes out=3 kernel=1\n")
        self.refuse(self.train("--steps", "2", "--model", "net.txt", "--out", "x"), 1, "2 classes")

    def test_dumped_batches(self):
        done = self.train("--steps", "3", "--out", "begun", "--dump-batches", "batches")
        self.assertEqual(done.returncode, 0, done.stderr)
        data, words = self.contents("batches"), []
        while data:
            line, _, data = data.partition(b"\n")
            word, n, c, h, w = line.decode().split()
            images, labels = int(n) * int(c) * int(h) * int(w), int(n) * int(h) * int(w)
            numbers = struct.unpack("=%df" % (images + labels), data[:4 * (images + labels)])
            data = data[4 * (images + labels):]
            self.assertTrue(all(0 <= number <= 1 for number in numbers[:images]))
            self.assertLessEqual(set(numbers[images:]), {0, 1, -100})
            words.append((word, int(n), int(h), int(w)))
        self.assertEqual(words, 3 * [("image", 1, HEIGHT, WIDTH)] + 3 * [("batch", 4, 16, 16)])

    def test_data_that_does_not_fit(self):
        self.refuse(self.pleat("train", "segment", "--images", "labels", "--labels", "missing",
                               "--out", "x"), 1, "missing")
        self.refuse(self.pleat("train", "segment", *self.DATA, "--classes", "2", "--out", "x",
                               *SMALL), 1, "labels/", "2 classes")
        self.refuse(self.train("--out", "x", "--weights", "1,2,3"), 1, "--weights", "1,2,3")
        self.refuse(self.train("--out", "x", "--held-out", "9:13"), 1, "9:13")
        self.refuse(self.train("--out", "nowhere/x", "--steps", "9"), 1, "nowhere/x")
        self.refuse(self.pleat("eval", "segment", "model", *self.DATA, "--range", "12:13"), 1,
                    "12:13")
        self.refuse(self.pleat("segment", "images/0.png", "images/1.png", "x.png"), 1, "0.png")
        self.refuse(self.pleat("segment", "model", "model", "x.png"), 1, "model")

    def test_commands_that_are_none(self):
        good = ["train", "segment", *self.DATA, "--out", "x"]
        for arguments, word in (
                (["train", "segment"], "--images"), (good[:4], "--labels"), (good[:6], "--out"),
                ([*good, "more"], "more"), ([*good, "--crop", "20x16"], "--crop"),
                ([*good, "--crop", "0x16"], "--crop"), ([*good, "--depth", "9"], "--depth"),
                ([*good, "--network", "vgg"], "--network"), ([*good, "--width", "0"], "--width"),
                ([*good, "--class-map", "255"], "class_map"),
                ([*good, "--class-map", "256=1"], "class_map"),
                ([*good, "--class-map", "255=1,"], "class_map"),
                ([*good, "--ignored", "-1"], "ignored"), ([*good, "--classes", "257"], "classes"),
                ([*good, "--colours", "red"], "colours"), ([*good, "--names", ",b"], "names"),
                ([*good, "--augment", "flip,bend"], "--augment"),
                ([*good, "--held-out", "3:3"], "--held-out"),
                ([*good, "--held-out", "1"], "--held-out"),
                ([*good, "--held-out-images", "y"], "--held-out-labels"),
                ([*good, "--steps", "1", "--time", "1"], "--time"),
                ([*good, "--epochs", "1", "--steps", "1"], "--steps"),
                ([*good, "--schedule", "linear"], "--schedule"),
                ([*good, "--average", "2"], "--average"),
                ([*good, "--dump-batches", "y"], "--dump-batches"),
                (["eval", "segment"], "model"), (["eval", "segment", "model"], "--images"),
                (["eval", "segment", "model", *self.DATA, "--range", "3"], "--range"),
                (["segment", "model", "x"], "MODEL IMAGE OUTPUT"),
                (["segment", "model", "x", "y", "--memory", "0"], "--memory")):
            with self.subTest(arguments=arguments):
                self.refuse(self.pleat(*arguments), 2, word)


@unittest.skipUnless(os.environ.get("PLEAT_TEST_DATA"), "PLEAT_TEST_DATA does not name the data")
class RealData(unittest.TestCase):
    def train(self, out, folder, images, labels, *arguments):
        data = os.path.join(os.environ["PLEAT_TEST_DATA"], "data", folder)
        return run(["train", "segment", "--images", os.path.join(data, images), "--labels",
                    os.path.join(data, labels), "--width", "4", "--depth", "2", "--batch", "2",
                    "--crop", "64x64", "--steps", "3", "--weights", "auto", "--out", out,
                    *arguments], None)

    def test_isbi_and_camvid(self):
        with tempfile.TemporaryDirectory() as folder:
            model = os.path.join(folder, "model")
            done = self.train(model, "isbi", "image", "label", "--class-map", "255=1",
                              "--held-out", "20:25", "--augment", "flips,turns")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("20 images, 5 held out, of 1 channel", done.stdout)
            done = self.train(model, "camvid", "val", "valannot", "--ignored", "11")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("classes  11, weights", done.stdout)


if __name__ == "__main__":
    main()
