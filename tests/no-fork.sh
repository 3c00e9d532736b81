# Every suite once without check's fork and with several threads, as a program would use the
# library; but for the methods' suite, of which openblas.sh runs the longer half so.
set -u
cd "$builddir" || exit 1
status=0
for suite in $suites; do
    [ "$suite" = tests/test_conv_methods ] && continue
    echo "$suite"
    CK_FORK=no OMP_NUM_THREADS=3 "./$suite"
    case $? in
    0 | 77) ;;
    *) status=1 ;;
    esac
done
exit $status
