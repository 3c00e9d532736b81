"""Running the program, found by the environment variable PLEAT, from a test."""

import os
import subprocess

PROGRAM = os.environ.get("PLEAT", "pleat")


def run(arguments, cwd, **more):
    """Returns the finished process, its output as text."""
    return subprocess.run([PROGRAM, *arguments], cwd=cwd, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                          **more)
