# Mutation: each patch of tests/mutants puts one bug into a copy of the library. The suites must
# pass without any and fail with each; make mutants. MUTANTS names some of the patches alone.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
unset MAKEFLAGS MFLAGS MAKELEVEL PLEAT_TEST_DATA
: "${MUTANTS=$(cd "$srcdir/tests/mutants" && ls ./*.patch)}"
"$MAKE" -C "$builddir" --no-print-directory distdir distdir="$folder/source" >"$folder/log" 2>&1 &&
    mkdir "$folder/build" && cd "$folder/build" &&
    ../source/configure -q --disable-shared CC="$CC" CFLAGS='-g -O1' >>"$folder/log" 2>&1 || {
    tail -n 20 "$folder/log"
    exit 1
}

# The suites that reach the operator and the framework, the quick ones first.
suites='tests/test_conv_refused tests/test_conv_methods tests/test_conv_identities tests/test_conv_random
    tests/test_conv_values tests/test_conv_memory tests/test_size tests/test_layers tests/test_ends
    tests/test_batch_norm tests/test_freeze tests/test_pool tests/test_more_layers tests/test_graph
    tests/test_network_goldens tests/test_checkpoint tests/test_augment tests/test_sources
    tests/test_loader tests/test_text tests/test_initialise_model
    tests/test_trainer'

# Builds them.
build() {
    # shellcheck disable=SC2086
    "$MAKE" -j2 $suites >"$folder/log" 2>&1 || { tail -n 20 "$folder/log"; return 1; }
}

# Succeeds where all pass. A mutant may hang: time runs out for it.
suites_pass() {
    for suite in $suites; do
        OMP_NUM_THREADS=2 timeout 300 "$suite" >"$folder/log" 2>&1 || {
            echo "    $suite: $(sed -n 3p "$folder/log" | sed 's/^[^ ]*://' | cut -c 1-160)"
            return 1
        }
    done
}

echo 'without a mutation'
build && suites_pass || { echo 'the suites must pass before anything is mutated'; exit 1; }
killed=0 survivors=
for name in $MUTANTS; do
    file=$folder/source/tests/mutants/$(basename "$name" .patch).patch
    echo "$(basename "$name" .patch): $(head -n 1 "$file")"
    if ! patch -s -d ../source -p1 <"$file"; then
        echo '    DOES NOT APPLY'
        exit 1
    fi
    build || { echo '    DOES NOT COMPILE'; exit 1; }
    if suites_pass; then
        echo '    SURVIVED'
        survivors="$survivors $(basename "$name" .patch)"
    else
        killed=$((killed + 1))
    fi
    patch -s -R -d ../source -p1 <"$file"
done
echo "$killed mutants found;${survivors:- none} survived"
[ -z "$survivors" ]
