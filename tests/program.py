"""Running the program, found by the environment variable PLEAT, from a test."""

import os
import re
import subprocess
import sys
import unittest

PROGRAM = os.environ.get("PLEAT", "pleat")


def main():
    """Runs the tests of the file, says which were left out and why, and exits with 77 where all
    were."""
    result = unittest.main(exit=False).result
    for test, reason in result.skipped:
        print("skipped: %s: %s" % (test, reason))
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if 0 < result.testsRun <= len(result.skipped) else 0)


def run(arguments, cwd, **more):
    """Returns the finished process, its output as text."""
    return subprocess.run([PROGRAM, *arguments], cwd=cwd, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                          **more)


def wait_for_line(process, pattern):
    """Reads what the program says until a line begins with the pattern."""
    for line in process.stdout:
        if re.match(pattern, line):
            return
    raise AssertionError("the program ended before it said '%s'" % pattern)


def checkpoints(folder):
    """The steps of which the folder of a training holds a checkpoint."""
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return [int(name[5:14]) for name in names if re.fullmatch(r"step-\d{9}\.safetensors", name)]


def wait_for_checkpoint(process, folder):
    """Waits until there is one that was not there at the beginning."""
    while not any(checkpoints(folder)):
        if process.poll() is not None:
            raise AssertionError("the program ended before it had a checkpoint")
