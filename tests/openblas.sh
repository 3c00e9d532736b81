# Concurrent callers with each build of OpenBLAS that is installed (Debian's libopenblas0-pthread,
# -openmp and -serial lie side by side), and the promises about bits with its Haswell kernels
# (bigcheck.sh adds SkylakeX): of every method forced, since few plans call sgemm by themselves. A
# build that is not there is named; without any the test is skipped.
set -u
cd "$builddir" || exit 1
status=0 found=0
check() {
    echo "$*"
    env "$@" || {
        echo "FAILED: $*"
        status=1
    }
}
for build in serial openmp pthread; do
    folder=
    for library in /usr/lib/*/openblas-"$build"/libopenblas.so.0; do
        [ -e "$library" ] && folder=${library%/*}
    done
    if [ -z "$folder" ]; then
        echo "libopenblas0-$build is not installed: not tested"
        continue
    fi
    found=$((found + 1))
    check LD_LIBRARY_PATH="$folder" PLEAT_TEST_OPENBLAS="$build" tests/test_conv_threads
    check LD_LIBRARY_PATH="$folder" CK_FORK=no OMP_NUM_THREADS=2 CK_RUN_CASE="threads and scratch" \
        tests/test_conv_memory
done
[ "$found" -gt 0 ] || exit 77
check OPENBLAS_CORETYPE=Haswell CK_FORK=no OMP_NUM_THREADS=2 CK_RUN_CASE="bits" \
    tests/test_conv_methods
check OPENBLAS_CORETYPE=Haswell CK_FORK=no OMP_NUM_THREADS=2 CK_RUN_CASE="batch split" \
    tests/test_conv_memory
exit $status
