# The shared libraries export the functions that the public headers declare, no more and no fewer;
# the static ones define no global name without our prefix; each needs the libraries it should and
# no others.
set -u
libs=$builddir/.libs
case $PLEAT_CFLAGS in
*-fsanitize*)
    echo 'skipped: sanitizers add names and libraries of their own'
    exit 77
    ;;
esac
[ -e "$libs/libpleat.so" ] && [ -e "$libs/libpleat.a" ] || {
    echo 'skipped: not both of the shared and the static library are built'
    exit 77
}
folder=$builddir/tests/exports.tmp
rm -rf "$folder"
mkdir -p "$folder"
trap 'rm -rf "$folder"' EXIT
status=0

# The functions that headers declare with PLEAT_API: the first name before a parenthesis in each
# such statement.
declared() {
    sed 's|/\*|\n&|g' "$@" | awk '
        /\/\*/ { comment = 1 }
        !comment && !/^#/ { print }
        /\*\// { sub(/.*\*\//, ""); print; comment = 0 }' | tr '\n' ' ' | tr ';' '\n' |
        grep PLEAT_API | sed 's/.*PLEAT_API//' | grep -o 'pleat_[a-z0-9_]* *(' |
        tr -d ' (' | sort
}

# Compares a shared library with the headers named after it.
compare() {
    library=$1
    shift
    declared "$@" >"$folder/declared"
    nm -D --defined-only "$libs/$library.so" | awk '{ print $3 }' | sort >"$folder/exported"
    [ -s "$folder/declared" ] && diff "$folder/declared" "$folder/exported" || {
        echo "$library.so: < declared in a header, > exported"
        status=1
    }
    foreign=$(nm -g --defined-only "$libs/$library.a" 2>/dev/null | awk 'NF == 3 { print $3 }' |
        grep -v '^pleat_')
    [ -z "$foreign" ] || { echo "$library.a defines $foreign"; status=1; }
}

# Compares the libraries that a library needs with a pattern of those it may.
needs() {
    others=$(readelf -d "$libs/$1.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v -E "^($2)")
    [ -z "$others" ] || { echo "$1.so needs $others"; status=1; }
}

io=$(sed -n 's|#include <pleat/\(.*\)>|\1|p' "$srcdir/include/pleat/pleat-io.h")
base=$(cd "$srcdir/include/pleat" && ls ./*.h | sed 's|./||' |
    grep -v -x -F -e pleat-io.h -e "$io")
cd "$srcdir/include/pleat" || exit 1
# shellcheck disable=SC2086
compare libpleat $base "$builddir/include/pleat/version.h"
# shellcheck disable=SC2086
compare libpleat-io $io
system='libm\.|libc\.|ld-linux|libpthread\.|libgomp\.|libomp\.'
needs libpleat "$system|libopenblas"
needs libpleat-io "$system|libopenblas|libpleat\.|libpng|libjpeg\.|libz\.|libjansson\."
exit $status
