#!/usr/bin/env python3
"""Prints a safetensors file, written from the format's description alone: one line for each string
of metadata and one for each tensor with its type, shape and numbers (as hexadecimal floats)."""
import json
import struct
import sys

TYPES = {"F32": ("f", 4), "F64": ("d", 8)}

with open(sys.argv[1], "rb") as file:
    (length,) = struct.unpack("<Q", file.read(8))
    header = json.loads(file.read(length).decode("utf-8"))
    data = file.read()

for key, value in sorted(header.pop("__metadata__", {}).items()):
    print("metadata", key, value)

covered = 0
for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
    letter, size = TYPES[entry["dtype"]]
    begin, end = entry["data_offsets"]
    count = 1
    for extent in entry["shape"]:
        count *= extent
    assert begin == covered and end - begin == count * size, name
    covered = end
    values = struct.unpack("<%d%s" % (count, letter), data[begin:end])
    print(name, entry["dtype"], entry["shape"], *[value.hex() for value in values])

assert covered == len(data)
