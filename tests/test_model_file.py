"""pleat summary: models from texts and from checkpoints, as a table and as text; what is refused."""

import json
import os
import struct
import tempfile
import unittest

from program import main, run

TEXT = """# small
image = input channels=1
conv = conv image out=4 kernel=3 padding=same
act = relu conv
up = conv_transpose act out=1 kernel=4 stride=2 padding=1
"""


class Summary(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.cwd = self.folder.name
        self.write("net.txt", TEXT)

    def write(self, name, text):
        with open(os.path.join(self.cwd, name), "w", encoding="utf-8") as file:
            file.write(text)

    def good(self, *arguments):
        done = run(("summary", *arguments), self.cwd)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def bad(self, status, message, *arguments):
        done = run(("summary", *arguments), self.cwd)
        self.assertEqual((done.returncode, done.stdout), (status, ""))
        self.assertIn(message, done.stderr)
        self.assertTrue(done.stderr.startswith("pleat summary: "))

    def rows(self, *arguments):
        """The table without its memory: a list of words a line."""
        return [line.split() for line in self.good(*arguments).splitlines()]

    def test_without_size(self):
        rows = self.rows("net.txt")
        self.assertEqual(rows[2][:3], ["conv", "conv", "40"])
        self.assertEqual(rows[5][:2], ["total", "105"])

    def test_sizes(self):
        for size, shape in (("8", "8 8"), ("8x6", "8 6")):
            high, wide = map(int, shape.split())
            row = self.rows("net.txt", "--size", size, "--batch", "3")[4]
            self.assertEqual(row[:9], ["up", "conv_transpose", "3", "x", "1", "x", str(2 * high),
                                       "x", str(2 * wide)])

    def test_training_takes_gradients(self):
        self.write("wide.txt", TEXT.replace("out=4", "out=2000"))
        self.assertIn("gradients 0.00 MiB", self.good("wide.txt", "--size", "8"))
        self.assertIn("gradients 0.20 MiB", self.good("wide.txt", "--size", "8", "--training"))

    def write_checkpoint(self, name, text, shape):
        count = 1
        for extent in shape:
            count *= extent
        header = json.dumps({"__metadata__": {"pleat.model": text} if text else {"other": "x"},
                             "d.weight": {"dtype": "F32", "shape": shape,
                                          "data_offsets": [0, 4 * count]}}).encode()
        header += b" " * (-len(header) % 8)
        with open(os.path.join(self.cwd, name), "wb") as file:
            file.write(struct.pack("<Q", len(header)) + header + bytes(4 * count))

    def test_checkpoints(self):
        text = "a = input channels=3 rank=0\nd = dense a out=5 bias=no\n"
        self.write_checkpoint("model", text, [5, 3])
        self.assertEqual(self.good("model", "--text"), text)
        self.assertEqual(self.rows("model")[2], ["d", "dense", "1", "x", "5", "15", "0.00", "0.00"])
        self.write_checkpoint("other", text, [5, 4])
        self.bad(1, 'other: extent[1] of "d.weight" is 4', "other")
        self.write_checkpoint("bare", None, [5, 3])
        self.bad(1, 'bare: the file\'s metadata has no "pleat.model"', "bare")

    def test_vectors_need_no_size(self):
        self.write("vector.txt", "a = input channels=3 rank=0\nb = dense a out=5\n")
        self.assertEqual(self.rows("vector.txt")[2][:5], ["b", "dense", "1", "x", "5"])

    def test_text(self):
        written = self.good("net.txt", "--text")
        self.assertEqual(written, TEXT.split("\n", 1)[1].replace("=same", "=1"))
        self.write("again.txt", written)
        self.assertEqual(self.good("again.txt", "--text"), written)

    def test_refusals(self):
        self.bad(1, "nowhere.txt: cannot open it", "nowhere.txt")
        self.write("slip.txt", TEXT.replace("relu", "rely"))
        self.bad(1, "slip.txt: line 4: layer \"act\": 'rely' is no kind of layer", "slip.txt")
        self.bad(1, "--size has 3 numbers, but input 0 of the model has 2 axes", "net.txt",
                 "--size", "4x4x4")
        self.write("pool.txt", TEXT + "pool = max_pool up kernel=9\n")
        self.bad(1, "pool", "pool.txt", "--size", "2")
        self.bad(2, "--size must be", "net.txt", "--size", "4x")
        self.bad(2, "--size must be", "net.txt", "--size", "0x4")
        self.bad(2, "--size must be", "net.txt", "--size", "4x4x4x4")
        self.bad(2, "--batch must be", "net.txt", "--batch", "0")
        self.bad(2, "it needs the name of one file, got 0")
        self.bad(2, "it needs the name of one file, got 2", "net.txt", "net.txt")
        self.bad(2, "unknown", "net.txt", "--sizes")


if __name__ == "__main__":
    main()
