# What takes minutes: make bigcheck. Thousands of random cases, with a seed of today unless
# PLEAT_TEST_SEED is given; the large layers by samples; and the promises about bits under the
# kernels of other processors, since OpenBLAS's sums depend on them.
set -u
cd "$builddir" || exit 1
: "${PLEAT_TEST_SEED=$(date +%s)}" "${PLEAT_TEST_COUNT=10000}"
export PLEAT_TEST_SEED PLEAT_TEST_COUNT
status=0
run() {
    echo "$*"
    env "$@"
    case $? in
    0 | 77) ;;
    *)
        echo "FAILED: $*"
        status=1
        ;;
    esac
}
run tests/test_conv_random
run PLEAT_TEST_LARGE=1 tests/test_conv_shapes
run PLEAT_TEST_LARGE=1 tests/peak_memory
run OPENBLAS_CORETYPE=Haswell tests/test_conv_memory
if grep -q avx512 /proc/cpuinfo 2>/dev/null; then
    run OPENBLAS_CORETYPE=SkylakeX tests/test_conv_memory
    run OPENBLAS_CORETYPE=SkylakeX tests/test_conv_methods
fi
exit $status
