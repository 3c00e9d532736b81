#!/bin/sh
# Makes ./configure from configure.ac, and runs it unless NOCONFIGURE is set.
set -e
srcdir=$(dirname "$0")
(cd "$srcdir" && mkdir -p m4 && autoreconf --force --install --verbose)
[ -n "$NOCONFIGURE" ] || exec "$srcdir/configure" "$@"
