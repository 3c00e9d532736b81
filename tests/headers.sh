# Each public header compiles alone, as strict C11 and as C++11, without a warning.
set -u
folder=$builddir/tests/headers.tmp
rm -rf "$folder"
mkdir -p "$folder"
trap 'rm -rf "$folder"' EXIT
include="-I$srcdir/include -I$builddir/include"
status=0
for header in "$srcdir"/include/pleat/*.h "$builddir/include/pleat/version.h"; do
    name=$(basename "$header")
    # Twice, for the guard; and a line of our own, since an empty unit is no strict C.
    printf '#include <pleat/%s>\n#include <pleat/%s>\nextern int nothing;\n' "$name" "$name" \
        >"$folder/alone.c"
    cp "$folder/alone.c" "$folder/alone.cc"
    # shellcheck disable=SC2086
    $CC -std=c11 -pedantic -Wall -Wextra -Wstrict-prototypes -Werror $include -fsyntax-only \
        "$folder/alone.c" || { echo "C: $name"; status=1; }
    # shellcheck disable=SC2086
    $CXX -std=c++11 -pedantic -Wall -Wextra -Werror $include -fsyntax-only "$folder/alone.cc" ||
        { echo "C++: $name"; status=1; }
done
exit $status
