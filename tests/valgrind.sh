# Every suite under valgrind: make check-valgrind. PLEAT_TEST_COUNT keeps the random cases few.
set -u
[ -n "$VALGRIND" ] || {
    echo 'skipped: valgrind is not here'
    exit 77
}
cd "$builddir" || exit 1
status=0
for suite in $suites; do
    echo "$suite"
    CK_FORK=no CK_TIMEOUT_MULTIPLIER=50 OMP_NUM_THREADS=2 PLEAT_TEST_COUNT=40 \
        "$VALGRIND" -q --error-exitcode=99 --leak-check=full \
        --show-leak-kinds=definite --errors-for-leak-kinds=definite "./$suite"
    case $? in
    0 | 77) ;;
    *)
        echo "FAILED under valgrind: $suite"
        status=1
        ;;
    esac
done
exit $status
