# What `make install` leaves is whole and can be used: every file is there, and the README's example
# compiles against it by pkg-config, with the shared and with the static library, and prints what
# the README says.
set -eu

case $PLEAT_CFLAGS in
*-fsanitize*)
    echo 'skipped: libraries with sanitizers are not for installing'
    exit 77
    ;;
esac

stage=$builddir/tests/install.tmp
rm -rf "$stage"
trap 'rm -rf "$stage"' EXIT
mkdir "$stage"

# The variables of an outer make (its job server, distcheck's options) are not for this one.
unset MAKEFLAGS MFLAGS MAKELEVEL
"$MAKE" -C "$builddir" --no-print-directory install DESTDIR="$stage" >"$stage/log" 2>&1 ||
    { cat "$stage/log"; exit 1; }

for file in "$bindir/pleat" "$mandir/man1/pleat.1" "$libdir/pkgconfig/pleat.pc" \
    "$libdir/pkgconfig/pleat-io.pc" "$libdir/libpleat.a" "$libdir/libpleat.so" \
    "$libdir/libpleat-io.a" "$libdir/libpleat-io.so" "$includedir/pleat/version.h" \
    "$pkgdatadir/models/README.md"; do
    [ -s "$stage$file" ] || { echo "not installed: $file"; exit 1; }
done
(cd "$srcdir/include/pleat" && ls ./*.h) | while read -r header; do
    cmp "$srcdir/include/pleat/$header" "$stage$includedir/pleat/$header"
done

export PKG_CONFIG_PATH="$stage$libdir/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$stage"

# Prints the README's first block of text: what the example prints.
expected() {
    awk '/^```/ { if (inside) exit; inside = $0 == "```text"; next } inside' "$srcdir/README.md"
}

# Compiles a source into $stage/program with the flags given behind it, and runs it.
compile_and_run() {
    source=$1
    shift
    # shellcheck disable=SC2086
    $CC $CFLAGS -std=c11 -Wall -Wextra -pedantic -Werror $("$PKG_CONFIG" --cflags pleat-io) \
        "$source" -o "$stage/program" "$@"
    LD_LIBRARY_PATH=$stage$libdir "$stage/program"
}

expected >"$stage/expected"
# shellcheck disable=SC2046
compile_and_run "$srcdir/examples/layer.c" $("$PKG_CONFIG" --libs pleat) >"$stage/shared"
diff "$stage/expected" "$stage/shared"

# shellcheck disable=SC2046
compile_and_run "$srcdir/examples/layer.c" "$stage$libdir/libpleat.a" \
    $(PKG_CONFIG_SYSROOT_DIR='' "$PKG_CONFIG" --libs openblas) -fopenmp -lm >"$stage/static"
diff "$stage/expected" "$stage/static"

# The header, the library and pkg-config tell the same version.
printf '#include <stdio.h>\n#include <pleat/pleat.h>\n#include <pleat/pleat-io.h>\n\n%s\n' \
    'int main(void) { printf("%s %s\n", PLEAT_VERSION, pleat_version()); }' >"$stage/version.c"
version=$("$PKG_CONFIG" --modversion pleat)
[ "$("$PKG_CONFIG" --modversion pleat-io)" = "$version" ]
# shellcheck disable=SC2046
compile_and_run "$stage/version.c" $("$PKG_CONFIG" --libs pleat-io) >"$stage/versions"
echo "$version $version" | diff - "$stage/versions"
