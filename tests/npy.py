"""NumPy's .npy files in the standard library alone, so that the tests run wherever Python does.

The format is numpy.lib.format's, version 1.0; float32 and float64, little-endian, C order.
"""

import array
import ast
import math
import struct
import sys

MAGIC = b"\x93NUMPY"
CODES = {"<f4": "f", "<f8": "d"}


def pack(descr, shape, values, fortran_order=False):
    """Returns the bytes of a file."""
    header = repr({"descr": descr, "fortran_order": fortran_order, "shape": tuple(shape)})
    header += " " * (-(len(header) + 11) % 64) + "\n"
    data = array.array(CODES[descr], values)
    if sys.byteorder == "big":
        data.byteswap()
    prefix = MAGIC + b"\x01\x00" + struct.pack("<H", len(header))
    return prefix + header.encode("latin1") + data.tobytes()


def write(path, descr, shape, values):
    assert len(values) == math.prod(shape), (shape, len(values))
    with open(path, "wb") as file:
        file.write(pack(descr, shape, values))


def read(path):
    """Returns element type, shape and the values as a flat list."""
    with open(path, "rb") as file:
        contents = file.read()
    assert contents[:8] == MAGIC + b"\x01\x00", contents[:8]
    end = 10 + struct.unpack("<H", contents[8:10])[0]
    header = ast.literal_eval(contents[10:end].decode("latin1"))
    assert set(header) == {"descr", "fortran_order", "shape"}, header
    assert not header["fortran_order"] and end % 64 == 0
    data = array.array(CODES[header["descr"]], contents[end:])
    if sys.byteorder == "big":
        data.byteswap()
    assert len(data) == math.prod(header["shape"]), header
    return header["descr"], header["shape"], data.tolist()
