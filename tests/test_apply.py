"""pleat apply through files: values, sizes, refusals, and that an error leaves no trace."""

import math
import os
import resource
import signal
import tempfile
import unittest

import npy
from program import main, run

READ = ("input", "weight", "bias", "grad-output")
WRITTEN = ("output", "grad-input", "grad-weight", "grad-bias")


def integers(shape, seed):
    """Small integers, so that sums are exact in any order and type."""
    return [(i * seed + i * i) % 7 - 3 for i in range(math.prod(shape))]


# Expected values from PyTorch 1.13 in double: input, weight, bias and grad_output are integers()
# with seeds 3, 5, 2 and 4.
CASES = [
    dict(op="conv_transpose", descr="<f4", x=(1, 2, 3), w=(2, 1, 3), b=1, y=(1, 1, 6),
         options="--stride 2 --padding 1 --output-padding 1",
         output=[-14, 1, 6, 0, -7, -7],
         grad_input=[-15, 9, 12, 2, 2, -2],
         grad_weight=[2, 11, -9, -12, -7, 11],
         grad_bias=[-1]),
    dict(op="conv_transpose", descr="<f8", x=(2, 2, 2, 3), w=(2, 1, 2, 3), b=2, y=(2, 2, 3, 7),
         options="--stride 2,1 --padding 1,0 --output-padding 1,0 --dilation 1,2 --groups 2",
         output=[-3, -3, 3, -5, 3, -5, -3, -6, 6, -6, -12, 0, 6, -9, -3, -3, -5, 3, -9, 3, -7,
                 -6, 9, -3, 0, -4, 6, -2, 0, 0, 0, -3, 9, 3, -9, 0, -3, 9, 0, 0, -2, 6,
                 -3, -3, -7, -7, -1, -7, 3, -6, -3, -3, -3, -3, -3, -6, -3, -3, -5, -3, -7, -3, -5,
                 9, -6, -6, 0, 6, -4, -4, 0, 0, 9, -3, -9, 3, 0, 9, -3, 0, 0, 6, -2, 0],
         grad_input=[-6, 6, -4, 6, -9, -10, 7, -6, -8, 4, 3, -8,
                     -6, 6, -4, 6, -9, -10, 7, -6, -8, 4, 3, -8],
         grad_weight=[-6, 16, 5, -3, 2, 1, 7, -15, -6, 14, -11, -4],
         grad_bias=[0, 0]),
    dict(op="conv_transpose", descr="<f4", x=(1, 1, 2, 2, 2), w=(1, 2, 1, 2, 2), y=(1, 2, 2, 3, 1),
         options="--stride 1,2,1 --padding 0,1,1,0,1,1 --output-padding 0,1,0",
         output=[-3, -3, -3, -6, 15, 9, 9, -2, 0, 9, 2, -6],
         grad_input=[-3, 9, 6, -6, -6, 9, 6, 3],
         grad_weight=[-1, 2, -7, 18, 6, -6, 4, -7]),
    dict(op="conv", descr="<f8", x=(1, 2, 6), w=(2, 2, 3), b=2, y=(1, 2, 3),
         options="--stride 2 --padding 1,1",
         output=[-13, -11, -17, 18, 12, 21],
         grad_input=[0, -6, 3, -9, 6, -6, 6, 9, -4, -6, -4, -4],
         grad_weight=[4, 3, 3, -6, -2, 3, 1, 9, -2, -3, -5, 9],
         grad_bias=[1, -2]),
    dict(op="conv", descr="<f4", x=(1, 4, 4, 5), w=(2, 2, 2, 3), b=2, y=(1, 2, 2, 3),
         options="--stride 1,2 --padding 0,1 --dilation 2,1 --groups 2 --threads 2",
         output=[-28, -27, -18, 8, -37, -16, -15, -24, -25, 3, -26, -18],
         grad_input=[-9, 3, 6, -12, 6, -9, 6, 3, -3, 0, 6, 6, -4, -4, -4, 6, 6, -2, -2, 0,
                     9, -9, -6, 6, -6, 9, -9, -3, 3, 0, 0, 0, 0, -10, 0, 0, 3, 0, -2, 0,
                     0, 3, 0, 5, 0, 0, 0, 0, 7, 0, -3, -9, 9, 6, -6, -6, -9, 9, 3, -3,
                     -2, 6, 6, -4, -4, -4, 6, 6, -2, -2, 3, 6, -9, 3, 6, 6, 3, -9, 6, 3],
         grad_weight=[6, -6, -6, -2, -7, 10, -4, 9, 0, 7, 7, -1,
                      7, 4, -13, 3, 4, 3, -13, 4, 7, -6, 4, -1],
         grad_bias=[-1, 0]),
    dict(op="conv", descr="<f8", x=(1, 1, 3, 3, 2), w=(1, 1, 2, 2, 1), y=(1, 1, 3, 1, 2),
         options="--stride 1,2,1 --padding 1,0,0 --dilation 2,1,1",
         output=[-6, 9, 3, -6, -3, 9],
         grad_input=[-6, 9, 6, -9, 0, 0, 6, -6, 3, 0, 0, 0, -6, 9, 0, 0, 0, 0],
         grad_weight=[-7, -2, -14, -12]),
]

# Two command lines, for a 5x4 input and a 3x2 filter, that must write the same bytes.
SAME = [
    ("conv_transpose", "--stride 2 --padding 1,0 --output-size 10,8",
     "--stride 2 --padding 1,0 --output-padding 1,0"),
    ("conv_transpose", "--stride 2 --padding 1,0 --output-size 10,8 --output-padding 1,0",
     "--stride 2 --padding 1,0 --output-padding 1,0"),
    ("conv_transpose", "--stride 2 --padding 0,-1,1,-1 --output-size 11",
     "--stride 2 --padding 0,-1,1,-1 --output-padding 1"),
    ("conv_transpose", "--stride 2 --auto-pad SAME_UPPER", "--stride 2 --padding 0,0,1,0"),
    ("conv_transpose", "--stride 2 --auto-pad SAME_LOWER", "--stride 2 --padding 1,0,0,0"),
    ("conv_transpose", "--stride 2 --auto-pad VALID", "--stride 2"),
    ("conv_transpose", "--stride 2 --auto-pad NOTSET --padding 1,0", "--stride 2 --padding 1,0"),
    # output_shape overrides the padding, and NOTSET behaves as SAME_LOWER.
    ("conv_transpose", "--stride 2 --auto-pad NOTSET --padding 9 --output-size 10,7",
     "--stride 2 --padding 1,1,0,0"),
    ("conv_transpose", "--stride 2 --auto-pad SAME_UPPER --output-size 10,7",
     "--stride 2 --padding 0,0,1,1"),
    # A total of -1 is halved with floor.
    ("conv_transpose", "--stride 2 --auto-pad SAME_UPPER --output-size 12,9",
     "--stride 2 --padding=-1,-1,0,0"),
    ("conv_transpose", "--stride 3 --auto-pad NOTSET --output-size 14,11 --output-padding 1",
     "--stride 3 --padding 1,1,1,0 --output-padding 1"),
    ("conv", "--stride 2 --auto-pad SAME_UPPER", "--stride 2 --padding 1,0,1,0"),
    ("conv", "--auto-pad SAME_LOWER", "--padding 1,1,1,0"),
    ("conv", "--auto-pad VALID", ""),
    ("conv", "--padding 1", "--padding 1,1,1,1 --stride 1,1 --dilation 1 --groups 1"),
]

# What is refused: operator, options behind the defaults of the fixture, exit status, and a part of
# the message. The input is (1, 4, 5, 4), the weight (4, 2, 3, 2) for both operators.
REFUSED = [
    ("conv_transpose", "--stride 0", 1, "stride_h must be at least 1, got 0"),
    ("conv_transpose", "--dilation 1,0", 1, "dilation_w must be at least 1, got 0"),
    ("conv_transpose", "--output-padding 1", 1, "output_padding_h"),
    ("conv_transpose", "--padding 9", 1, ""),
    ("conv_transpose", "--groups 0", 1, "--groups must be at least 1"),
    ("conv_transpose", "--groups -1", 1, "--groups must be at least 1"),
    ("conv_transpose", "--groups 3", 1, "divide the first extent of w.npy, 4, got 3"),
    ("conv_transpose", "--groups 9223372036854775807", 1, "divide the first extent"),
    ("conv_transpose", "--stride 9223372036854775807", 1, ""),
    ("conv_transpose", "--stride 2 --padding 1 --output-size 8,6", 1, "axis h: "),
    ("conv_transpose", "--stride 2 --padding 1 --output-size 9,9", 1, "axis w: "),
    ("conv_transpose", "--output-size 0", 1, "--output-size must be at least 1, got 0"),
    ("conv_transpose", "--output-size -1 --auto-pad NOTSET", 1,
     "--output-size must be at least 1, got -1"),
    ("conv_transpose", "--dilation 2 --output-size 10,6", 1,
     "axis h: --output-size reaches 9 to 9 with stride 1, as PyTorch's; for 10 give "
     "--output-padding 1 instead"),
    ("conv_transpose", "--stride 2 --output-size 12,9 --output-padding 0", 1,
     "axis h: --output-padding 0 contradicts --output-size 12, which needs 1"),
    ("conv_transpose", "--auto-pad SAME_UPPER --padding 1", 1, "--padding contradicts"),
    ("conv_transpose", "--auto-pad SAME_LOWER --padding 0", 1, "--padding contradicts"),
    ("conv_transpose", "--auto-pad VALID --padding 1 --output-size 9,9", 1,
     "--padding contradicts"),
    ("conv", "--auto-pad SAME_UPPER --padding 1 --groups 2", 1, "--padding contradicts"),
    ("conv", "--output-padding 0 --groups 2", 1, "--output-padding is for conv_transpose"),
    ("conv", "--output-size 3 --groups 2", 1, "--output-size is for conv_transpose"),
    ("conv", "--output-size 3 --groups 2 --auto-pad NOTSET", 1,
     "--output-size is for conv_transpose"),
    ("conv", "", 1, "w.npy: takes 2 channels, its second extent times 1 groups, but the input "
     "x.npy has 4: --groups 2 would do"),
    ("conv", "--groups 4", 1, "--groups 2 would do"),
    ("conv", "--input x6.npy --groups 2", 1,
     "the input x6.npy has 6: a weight whose second extent is 3 would do"),
    ("conv", "--input x1.npy --groups 2", 1, "an input of 4 channels would do"),
    ("conv_transpose", "--input x6.npy", 1,
     "w.npy: takes 4 channels, its first extent, but the input x6.npy has 6: "
     "a weight whose first extent is 6 would do"),
    ("conv_transpose", "--input x1d.npy", 1,
     "w.npy: must have 3 extents, as the input x1d.npy has, got shape (4, 2, 3, 2)"),
    ("conv_transpose", "--input v.npy --weight v.npy", 1, "v.npy: an input has a batch"),
    ("conv_transpose", "--weight empty.npy", 1, "empty.npy: a weight must not be empty"),
    ("conv_transpose", "--weight w8.npy", 1, "w8.npy: is float64, but the input x.npy is float32"),
    ("conv_transpose", "--bias b8.npy", 1, "b8.npy: is float64"),
    ("conv_transpose", "--bias x1d.npy", 1,
     "x1d.npy: the bias must have shape (2,), got (1, 4, 3)"),
    ("conv_transpose", "--bias v.npy", 1, "v.npy: the bias must have shape (2,), got (3,)"),
    ("conv_transpose", "--grad-output x.npy --grad-input gx.npy", 1,
     "x.npy: the gradient of the output must have shape (1, 2, 7, 5), got (1, 4, 5, 4)"),
    ("conv_transpose", "--grad-output gy8.npy --grad-input gx.npy", 1, "gy8.npy: is float64"),
    ("conv_transpose", "--grad-output gy.npy", 1, "--grad-output needs at least one of"),
    ("conv_transpose", "--grad-input gx.npy", 1, "need --grad-output"),
    ("conv_transpose", "--grad-weight gx.npy", 1, "need --grad-output"),
    ("conv_transpose", "--grad-bias gx.npy", 1, "need --grad-output"),
    # Files that are not what they should be.
    ("conv_transpose", "--input none.npy", 1, "none.npy: "),
    ("conv_transpose", "--weight .", 1, ".: "),
    ("conv_transpose", "--input nothing.npy", 1, "nothing.npy: "),
    ("conv_transpose", "--input magic.npy", 1, "magic.npy: "),
    ("conv_transpose", "--input short.npy", 1, "short.npy: "),
    ("conv_transpose", "--input long.npy", 1, "long.npy: "),
    ("conv_transpose", "--input huge.npy", 1, "huge.npy: "),
    ("conv_transpose", "--input overflow.npy", 1, "overflow.npy: "),
    ("conv_transpose", "--input integers.npy", 1, "integers.npy: "),
    ("conv_transpose", "--input big_endian.npy", 1, "big_endian.npy: "),
    ("conv_transpose", "--input fortran.npy", 1, "fortran.npy: "),
    # Files that cannot be written, or should not.
    ("conv_transpose", "--output none/y.npy", 1, "none/y.npy: "),
    ("conv_transpose", "--output folder", 1, "folder: "),
    ("conv_transpose", "--grad-output gy.npy --grad-input none/gx.npy", 1, "none/gx.npy: "),
    ("conv_transpose", "--grad-output gy.npy --grad-input gx.npy --grad-weight folder", 1,
     "folder: "),
    ("conv_transpose", "--grad-output gy.npy --grad-input y.npy", 1, "y.npy"),
    ("conv_transpose", "--grad-output gy.npy --grad-input new.npy --grad-bias ./new.npy", 1,
     "new.npy"),
    ("conv_transpose", "--output x.npy", 1, "x.npy: would be overwritten, but it is read"),
    ("conv_transpose", "--output folder/../w.npy", 1, "folder/../w.npy: would be overwritten"),
    ("conv_transpose", "--output link.npy", 1, "link.npy: would be overwritten"),
    ("conv_transpose", "--grad-output gy.npy --grad-input gy.npy", 1, "gy.npy: would be"),
    # What is no command.
    ("conv_transpose", "--stride 1,2,3", 2, "--stride"),
    ("conv_transpose", "--padding 1,2,3", 2, "--padding"),
    ("conv_transpose", "--output-size 1,2,3", 2, "--output-size"),
    ("conv_transpose", "--stride two", 2, "--stride"),
    ("conv_transpose", "--stride 2,", 2, "--stride"),
    ("conv_transpose", "--stride 1,2,3,4,5,6,7", 2, "--stride"),
    ("conv_transpose", "--stride 99999999999999999999", 2, "--stride"),
    ("conv_transpose", "--groups 1.5", 2, "--groups"),
    ("conv_transpose", "--threads 0", 2, "--threads"),
    ("conv_transpose", "--auto-pad same", 2, "--auto-pad must be NOTSET, VALID, SAME_UPPER"),
    ("conv_transpose", "--nonsense", 2, "--nonsense"),
    ("conv_transpose", "--stride", 2, "'--stride' needs a value"),
    ("conv_transpose", "conv", 2, "one operator is needed"),
    ("deconvolution", "", 2, "the operator must be conv_transpose or conv, got 'deconvolution'"),
]


def write_damaged_files(folder):
    def write(name, contents):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(contents)

    shape = (1, 4, 5, 4)
    good = npy.pack("<f4", shape, integers(shape, 3))
    write("nothing.npy", b"")
    write("magic.npy", b"X" + good[1:])
    write("short.npy", good[:-1])
    write("long.npy", good + b"\0")
    write("huge.npy", npy.pack("<f4", (1, 4, 9999999999), integers(shape, 3)))
    write("overflow.npy", npy.pack("<f4", (2**62, 4, 4), []))
    write("integers.npy", good.replace(b"<f4", b"<i4"))
    write("big_endian.npy", good.replace(b"<f4", b">f4"))
    write("fortran.npy", npy.pack("<f4", shape, integers(shape, 3), fortran_order=True))


def snapshot(folder):
    """Every file below the folder with its contents, and every folder."""
    found = {}
    for path, folders, files in os.walk(folder):
        found.update({os.path.join(path, name): None for name in folders})
        for name in files:
            with open(os.path.join(path, name), "rb") as file:
                found[os.path.join(path, name)] = file.read()
    return found


class Apply(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def write(self, name, shape, seed, descr="<f4"):
        npy.write(os.path.join(self.folder, name), descr, shape, integers(shape, seed))

    def read(self, name):
        return npy.read(os.path.join(self.folder, name))

    def apply(self, *arguments, **more):
        return run(["apply", *arguments], self.folder, **more)

    def succeed(self, *arguments):
        done = self.apply(*arguments)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def write_default_files(self):
        self.write("x.npy", (1, 4, 5, 4), 3)
        self.write("w.npy", (4, 2, 3, 2), 5)
        self.write("gy.npy", (1, 2, 7, 5), 4)

    def refuse(self, arguments, status, part, **more):
        """Runs what must fail: one line on standard error, and no file written or changed."""
        before = snapshot(self.folder)
        done = self.apply(*arguments, **more)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Apleat apply: [^\n]+\n\Z")
        self.assertIn(part, done.stderr)
        if status == 2:
            self.assertIn("; see pleat apply --help", done.stderr)
        self.assertEqual(snapshot(self.folder), before)


class Values(Apply):
    def run_case(self, case):
        self.write("x.npy", case["x"], 3, case["descr"])
        self.write("w.npy", case["w"], 5, case["descr"])
        self.write("gy.npy", case["y"], 4, case["descr"])
        arguments = [case["op"], *case["options"].split()]
        arguments += "--input x.npy --weight w.npy --output y.npy".split()
        arguments += "--grad-output gy.npy --grad-input gx.npy --grad-weight gw.npy".split()
        if "b" in case:
            self.write("b.npy", (case["b"],), 2, case["descr"])
            arguments += "--bias b.npy --grad-bias gb.npy".split()
        self.succeed(*arguments)
        self.assertEqual(self.read("y.npy"), (case["descr"], case["y"], case["output"]))
        self.assertEqual(self.read("gx.npy"), (case["descr"], case["x"], case["grad_input"]))
        self.assertEqual(self.read("gw.npy"), (case["descr"], case["w"], case["grad_weight"]))
        if "b" in case:
            self.assertEqual(self.read("gb.npy"), (case["descr"], (case["b"],), case["grad_bias"]))

    def test_cases(self):
        for case in CASES:
            with self.subTest(f"{case['op']} {case['x']} {case['w']} {case['options']}"):
                self.run_case(case)

    def test_each_gradient_alone(self):
        case = CASES[1]
        self.run_case(case)
        arguments = [case["op"], *case["options"].split()]
        arguments += "--input x.npy --weight w.npy --output y.npy --grad-output gy.npy".split()
        for option, name in (("--grad-input", "gx.npy"), ("--grad-weight", "gw.npy"),
                             ("--grad-bias", "gb.npy")):
            with self.subTest(option):
                self.succeed(*arguments, option, "alone.npy")
                self.assertEqual(self.read("alone.npy"), self.read(name))

    def test_equal_command_lines(self):
        self.write("x.npy", (2, 3, 5, 4), 3)
        self.write("w.npy", (3, 3, 3, 2), 5)
        for op, one, other in SAME:
            with self.subTest(f"{op} {one}"):
                files = "--input x.npy --weight w.npy --output".split()
                self.succeed(op, *one.split(), *files, "one.npy")
                self.succeed(op, *other.split(), *files, "other.npy")
                self.assertEqual(self.read("one.npy"), self.read("other.npy"))

    def test_empty_batch(self):
        self.write("x.npy", (0, 2, 3, 3), 3)
        self.write("w.npy", (2, 1, 2, 2), 5)
        self.write("gy.npy", (0, 1, 4, 4), 4)
        self.succeed(*"conv_transpose --input x.npy --weight w.npy --output y.npy --grad-output "
                      "gy.npy --grad-input gx.npy --grad-weight gw.npy".split())
        self.assertEqual(self.read("y.npy"), ("<f4", (0, 1, 4, 4), []))
        self.assertEqual(self.read("gx.npy"), ("<f4", (0, 2, 3, 3), []))
        self.assertEqual(self.read("gw.npy"), ("<f4", (2, 1, 2, 2), [0] * 8))

    def test_same_bits_for_any_number_of_threads(self):
        self.write_default_files()
        files = "conv_transpose --input x.npy --weight w.npy --output".split()
        self.succeed(*files, "one.npy", "--threads", "1")
        self.succeed(*files, "three.npy", "--threads", "3")
        self.assertEqual(self.read("one.npy"), self.read("three.npy"))

    def test_older_outputs_are_replaced(self):
        self.write_default_files()
        self.write("y.npy", (1,), 1)
        self.succeed(*"conv_transpose --input x.npy --weight w.npy --output y.npy".split())
        self.assertEqual(self.read("y.npy")[1], (1, 2, 7, 5))
        self.assertEqual(sorted(os.listdir(self.folder)), ["gy.npy", "w.npy", "x.npy", "y.npy"])

    def test_one_file_read_twice(self):
        self.write("x.npy", (1, 1, 3), 3)
        self.succeed(*"conv --input x.npy --weight x.npy --output y.npy".split())
        self.assertEqual(self.read("y.npy"), ("<f4", (1, 1, 1), [10]))

    def test_help(self):
        done = self.apply("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for name in READ + WRITTEN:
            self.assertIn("--" + name, done.stdout)


class Refusals(Apply):
    def setUp(self):
        super().setUp()
        self.write_default_files()
        self.write("x6.npy", (1, 6, 5, 4), 3)
        self.write("x1.npy", (1, 1, 5, 4), 3)
        self.write("x1d.npy", (1, 4, 3), 3)
        self.write("v.npy", (3,), 3)
        self.write("empty.npy", (4, 0, 3, 2), 3)
        self.write("w8.npy", (4, 2, 3, 2), 5, "<f8")
        self.write("b8.npy", (2,), 5, "<f8")
        self.write("gy8.npy", (1, 2, 7, 5), 4, "<f8")
        self.write("y.npy", (7,), 1)  # an older result, which must survive
        os.mkdir(os.path.join(self.folder, "folder"))
        os.symlink("x.npy", os.path.join(self.folder, "link.npy"))
        write_damaged_files(self.folder)

    def test_refused(self):
        for op, options, status, part in REFUSED:
            with self.subTest(f"{op} {options}"):
                files = "--input x.npy --weight w.npy --output y.npy".split()
                self.refuse([op, *files, *options.split()], status, part)

    def test_needed(self):
        needed = {"--input": "x.npy", "--weight": "w.npy", "--output": "y.npy"}
        for missing in needed:
            with self.subTest(missing):
                files = [word for item in needed.items() if item[0] != missing for word in item]
                self.refuse(["conv_transpose", *files], 2, f"{missing} is needed")
        self.refuse([word for item in needed.items() for word in item], 2,
                    "one operator is needed")

    def test_full_disk(self):
        """A limit on a file's size makes the third of four files fail, with the signal that comes
        with it ignored or not."""

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))

        def limit_and_ignore():
            limit()
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

        self.write("x.npy", (1, 16, 2, 2), 3)
        self.write("w.npy", (16, 1, 3, 3), 5)
        self.write("gy.npy", (1, 1, 4, 4), 4)
        self.write("w2.npy", (16, 16, 3, 3), 5)
        self.write("gy2.npy", (1, 16, 4, 4), 4)
        command = ("conv_transpose --input x.npy --output y.npy --grad-output {} --weight {} "
                   "--grad-input gx.npy --grad-weight gw.npy --grad-bias gb.npy")
        for prepare in (limit, limit_and_ignore):
            with self.subTest(prepare.__name__):
                self.refuse(command.format("gy2.npy", "w2.npy").split(), 1, "gw.npy: ",
                            preexec_fn=prepare)
        self.succeed(*command.format("gy.npy", "w.npy").split())

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_read_only_folder(self):
        locked = os.path.join(self.folder, "folder")
        os.chmod(locked, 0o500)
        self.addCleanup(os.chmod, locked, 0o700)
        self.refuse("conv_transpose --input x.npy --weight w.npy --output folder/y.npy".split(), 1,
                    "folder/y.npy: ")


if __name__ == "__main__":
    main()
