#!/bin/sh
# What libpleat-io writes, a reader of another author's making reads: tests/read_safetensors.py.
if ! command -v python3 >/dev/null; then
    echo "skipped: there is no python3"
    exit 77
fi
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tests/write_safetensors "$folder/x.safetensors"
PYTHONIOENCODING=utf-8 python3 "$srcdir/tests/read_safetensors.py" "$folder/x.safetensors" >"$folder/got"
cat >"$folder/expected" <<'END'
metadata quote a "b" \
metadata step 10
conv.weight F32 [1, 2, 3, 1] 0x1.0000000000000p+0 -0x1.4000000000000p+1 0x1.0000000000000p-149 0x1.c363cc0000000p+127 0x0.0p+0 -0x1.0000000000000p+0
conv.ä F64 [2] 0x1.999999999999ap-4 -0x1.7e43c8800759cp+996
none F32 [0, 3]
one F32 [] 0x1.0000000000000p+0
END
diff "$folder/expected" "$folder/got"
