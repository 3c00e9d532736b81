# One version: configure.ac's, the header's three numbers and the pkg-config files'.
set -u
version=$(sed -n 's/^AC_INIT(\[pleat\], \[\([^]]*\)\].*/\1/p' "$srcdir/configure.ac")
part() {
    sed -n "s/^#define PLEAT_VERSION_$1 //p" "$builddir/include/pleat/version.h"
}
status=0
[ "$(part MAJOR).$(part MINOR).$(part PATCH)" = "$version" ] || {
    echo "configure.ac says $version, version.h $(part MAJOR).$(part MINOR).$(part PATCH)"
    status=1
}
for file in "$builddir/pleat.pc" "$builddir/pleat-io.pc"; do
    grep -q -x "Version: $version" "$file" || { echo "$file has another version"; status=1; }
done
exit $status
