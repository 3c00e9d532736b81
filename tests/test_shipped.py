"""The networks in share/models: there are nine, upscale finds each, and on Set5 each makes at least the
figure that is asked of it."""

import glob
import os
import re
import tempfile
import unittest

from program import main, run

MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "share", "models")
DATA = os.environ.get("PLEAT_TEST_DATA")

# Dong, Loy and Tang, 2016, trained on T91 alone; of FSRCNN-s for scales 2 and 4 we have no published figure,
# and ask what the networks have that are there, less some hundredths.
DEMANDED = {"fsrcnn": {2: 36.94, 3: 33.06, 4: 30.55}, "fsrcnn_t91": {2: 36.94, 3: 33.06, 4: 30.55},
            "fsrcnn_s_t91": {2: 36.5, 3: 32.55, 4: 30.2}}
SHIPPED = [(name, scale, os.path.join(MODELS, "%s_x%d.safetensors" % (name, scale)))
           for name, scales in DEMANDED.items() for scale in scales]


class Shipped(unittest.TestCase):
    def test_complete(self):
        """All of them, and no other."""
        self.assertEqual(sorted(glob.glob(os.path.join(MODELS, "*.safetensors"))),
                         sorted(path for _, _, path in SHIPPED))

    def test_set5(self):
        if DATA is None:
            self.skipTest("PLEAT_TEST_DATA does not name the folder with data/sr/Set5")
        for name, scale, path in SHIPPED:
            with self.subTest(name=name, scale=scale):
                done = run(["eval", "superres", path, "--data",
                            os.path.join(DATA, "data", "sr", "Set5")], None)
                self.assertEqual(done.returncode, 0, done.stderr)
                mean = float(re.search(r"mean of 5 +\S+ +(\S+)", done.stdout).group(1))
                self.assertGreaterEqual(round(mean, 2), DEMANDED[name][scale])

    def test_upscale(self):
        with tempfile.TemporaryDirectory() as folder:
            for scale in (scale for name, scale, _ in SHIPPED if name == "fsrcnn"):
                picture = os.path.join(MODELS, "..", "..", "docs", "overlap.png")
                done = run(["upscale", picture, "big.png", "--scale", str(scale)], folder,
                           env={**os.environ, "PLEAT_MODELS": MODELS})
                self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    main()
