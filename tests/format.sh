# The C files are as clang-format makes them. Its versions differ in details: ours is 14, Debian
# bookworm's.
set -u
case $("${CLANG_FORMAT:-false}" --version) in
*' version 14.'*) ;;
*)
    echo 'skipped: clang-format 14 is not here'
    exit 77
    ;;
esac
cd "$builddir" && "$MAKE" --no-print-directory check-format
