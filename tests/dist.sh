# The tarball that `make dist` makes holds every file of the repository.
set -eu
[ -e "$srcdir/.git" ] && git -C "$srcdir" rev-parse || {
    echo 'skipped: this is no git repository, or git is not here'
    exit 77
} 2>/dev/null
tree=tests/dist.tmp
trap 'rm -rf $tree tests/dist.files' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL
"$MAKE" --no-print-directory distdir distdir=$tree >tests/dist.files 2>&1 ||
    { cat tests/dist.files; exit 1; }
git -C "$srcdir" ls-files | grep -v '^\.gitignore$' | sort >tests/dist.files
missing=$(while read -r file; do [ -e "$tree/$file" ] || echo "    $file"; done <tests/dist.files)
[ -z "$missing" ] || {
    printf 'no list in a module.am or in Makefile.am (EXTRA_DIST) names these:\n%s\n' "$missing"
    exit 1
}
