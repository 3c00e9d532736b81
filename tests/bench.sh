# pleat bench: the table it prints, what each option changes, what it refuses, its picture. Nothing
# here depends on how fast the machine is.
set -eu

pleat=$builddir/pleat
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
tab=$(printf '\t')

complain() {
    echo "$1"
    failed=1
}

# Runs pleat bench on the table, as shortly as it can; its output is $scratch/out.
bench() {
    "$pleat" bench --layers "$scratch/layers.tsv" --time 0 --alone "$@" >"$scratch/out" ||
        complain "bench $*: exit status $?"
}

# Expects an exit status, nothing on standard output, and that line on standard error.
refuses() {
    status=$1 wanted=$2
    shift 2
    got=0
    "$pleat" bench "$@" >"$scratch/out" 2>"$scratch/err" || got=$?
    [ "$got" = "$status" ] || complain "bench $*: exit status $got, not $status"
    [ ! -s "$scratch/out" ] || complain "bench $*: prints although it fails"
    [ "$(cat "$scratch/err")" = "pleat bench: $wanted" ] ||
        complain "bench $*: says '$(cat "$scratch/err")', not '$wanted'"
}

# A table of the lines behind, each with spaces for tabs.
table() {
    for line; do
        echo "$line" | tr ' ' '\t'
    done >"$scratch/table.tsv"
}

{
    echo '# name, N and so on'
    echo
    printf 'small\t2\t6\t5\t4\t4\t3\t3\t2\t2\t1\t1\t1\t1\t1\t1\t2\ta remark\n'
    printf 'audio\t1\t8\t1\t30\t4\t1\t4\t1\t2\t0\t1\t0\t0\t1\t1\t1\n'
    printf 'large\t1\t32\t40\t40\t64\t4\t4\t2\t2\t1\t1\t0\t0\t1\t1\t1\n'
} >"$scratch/layers.tsv"

# The tab-separated table: header, a line for each layer and pass, and numbers that agree:
# GFLOP/s with 2 N IC IH IW (OC/G) KH KW and the best time, shares of one sgemm.
bench --tsv --threads 2
[ "$(head -n 1 "$scratch/out" | tr '\t' ' ')" = \
    'name pass threads best_ms median_ms gflops share_of_sgemm scratch_bytes method' ] ||
    complain "the header is $(head -n 1 "$scratch/out")"
awk -F '\t' '
    BEGIN {
        flops["small"] = 2 * 2 * 6 * 5 * 4 * 2 * 9
        flops["audio"] = 2 * 8 * 30 * 4 * 4
        flops["large"] = 2 * 32 * 40 * 40 * 64 * 16
        split("forward backward_input backward_filter backward", passes, " ")
        split("small audio large", names, " ")
    }
    function wrong(what) { print "line " NR ": " what ": " $0; bad = 1 }
    function near(a, b, slack) { return a - b <= slack * b && b - a <= slack * b }
    NR > 1 {
        i = NR - 2
        if (NF != 9) wrong("fields")
        if ($1 != names[int(i / 4) + 1] || $2 != passes[i % 4 + 1]) wrong("order")
        if ($3 != 2) wrong("threads")
        if (!($4 > 0 && $5 >= $4)) wrong("times")
        # times and rates are rounded to 1e-4 ms and 1e-2 GFLOP/s
        expected = flops[$1] * ($2 == "backward" ? 2 : 1) / $4 * 1e-6
        if (!near($6, expected, 0.02 + 1e-4 / $4 + 0.01 / expected)) wrong("GFLOP/s")
        if ($1 == "large") {
            sgemm = $6 / $7
            if (!($7 > 0)) wrong("share")
            if (first == "") first = sgemm
            if (!near(sgemm, first, 0.05)) wrong("sgemm")
        }
        if (!($8 > 0) || $9 == "" || $9 ~ /unknown|auto/) wrong("scratch or method")
    }
    END { if (NR != 13) { print NR " lines"; bad = 1 } exit bad }' "$scratch/out" ||
    complain 'the tab-separated table is wrong'

# The table for people.
bench --pass forward --threads 1
for text in 'conv_transpose, float32, threads 1, caches warm' 'sgemm 2048^3: ' \
    'forward, 3 layers: ' 'every result was checked first'; do
    grep -q -F -- "$text" "$scratch/out" || complain "the table does not say '$text'"
done
grep -q '^small .* all$' "$scratch/out" || complain 'the small layer is not checked whole'
grep -q '^large .* [0-9]* samples$' "$scratch/out" || complain 'the samples are not counted'
sgemms=$(sed -n 's/.*best of \([0-9]*\);.*/\1/p' "$scratch/out")
[ "$sgemms" -ge 10 ] || complain "only $sgemms sgemms"

# What the options choose. conv exchanges input and output: the same operations.
bench --tsv --operator conv --layer audio --layer small --pass backward_filter --cold --exact
[ "$(cut -f 1,2 "$scratch/out" | tr '\t\n' '  ')" = \
    'name pass small backward_filter audio backward_filter ' ] || complain 'the wrong layers or passes'
bench --tsv --layer audio --method tiled --instructions plain --pass backward_input
[ "$(cut -f 9 "$scratch/out" | tail -n 1)" = tiled ] || complain 'not the method asked for'
bench --operator conv --pass forward --layer small --cold
grep -q '^conv (input.*caches emptied' "$scratch/out" || complain 'conv, cold: not said'

for op in conv_transpose conv; do
    bench --packed --operator $op --pass forward
    grep -q "^$op.* weights packed before, " "$scratch/out" || complain "$op, packed: not said"
done

# The plan explains itself.
bench --describe --instructions plain --method tiled --threads 3
[ "$(grep -c ' tiled, plain: ..*' "$scratch/out")" = 9 ] || complain 'descriptions are missing'
grep -q 'an image: .* by the formula.*bound by' "$scratch/out" || complain 'no operations'
grep -q 'scratch .* KiB of 3 threads, at least ' "$scratch/out" || complain 'no scratch'

# The picture has bars of all three colours.
bench --tsv --layer large --picture "$scratch/picture.png"
for colour in 336699 ff9933 669966; do
    [ "$(tests/count_colour "$scratch/picture.png" "$colour")" -gt 100 ] ||
        complain "the picture does not show $colour"
done

# The page of figures is remade between its markers.
if [ -n "$PYTHON3" ]; then
    printf 'before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n' >"$scratch/page.md"
    "$PYTHON3" "$srcdir/tools/bench/performance.py" "$pleat" "$scratch/layers.tsv" \
        "$scratch/page.md" --runs 2 --threads 2 --time 0 \
        --scaling "$scratch/layers.tsv" || complain 'the page is not made'
    [ "$(head -n 1 "$scratch/page.md")" = before ] && [ "$(tail -n 1 "$scratch/page.md")" = after ] ||
        complain 'the page is not kept'
    ! grep -q -x old "$scratch/page.md" || complain 'the old figures are kept'
    [ "$(grep -c '^| small | *[0-9.]* | [0-9.]* | [0-9.]* | [0-9.]* |' "$scratch/page.md")" = 5 ] ||
        complain 'not a line for each pass and one of the scaling'
    [ -s "$scratch/performance.png" ] || complain 'no picture beside the page'
fi

# Steps: a network's parameters are counted, its loss is finite.
"$pleat" bench --steps --layer fsrcnn_x3_small --time 0 --threads 2 --tsv >"$scratch/out" ||
    complain "bench --steps: exit status $?"
awk -F '\t' '
    NR == 1 && $0 != "name\tthreads\tparameters\tbest_ms\tmedian_ms" { bad = 1 }
    # d = 56, s = 12, m = 4: 5x5 and 1x1 around four 3x3, 9x9 last; biases and slopes
    NR == 2 && !($1 == "fsrcnn_x3_small" && $2 == 2 && $4 > 0 && $5 >= $4 &&
        $3 == 56 * 27 + 12 * 58 + 4 * 12 * 110 + 56 * 14 + 56 * 81 + 1) { bad = 1 }
    END { exit bad || NR != 2 }' "$scratch/out" || complain "the steps are $(cat "$scratch/out")"
"$pleat" bench --steps --layer fsrcnn_x3_small --time 0 >"$scratch/out" ||
    complain "bench --steps: exit status $?"
grep -q '^fsrcnn_x3_small *[0-9]* *[0-9.]* *[0-9.]*$' "$scratch/out" || complain 'no table of steps'

# What is refused.
refuses 2 '--layers is missing; see pleat bench --help'
refuses 2 '--steps has networks of its own: leave out --layers; see pleat bench --help' --steps \
    --layers "$scratch/layers.tsv"
refuses 1 'there is no such network' --steps --layer nothing
refuses 2 "there is nothing to do with 'x'; see pleat bench --help" --layers "$scratch/layers.tsv" x
refuses 2 "--pass must be one of forward, backward_input, backward_filter, backward, all, got 'up'; \
see pleat bench --help" --pass up
refuses 2 "--operator must be one of conv_transpose, conv, got 'fold'; see pleat bench --help" \
    --operator fold
refuses 2 "--instructions must be one of auto, plain, avx2, avx512, got 'mmx'; see pleat bench --help" \
    --instructions mmx
refuses 2 "--threads must be an integer from 1 to 1024, got '0'; see pleat bench --help" --threads 0
refuses 2 "--time must be a number from 0 to 1e+06, got '-1'; see pleat bench --help" --time -1
refuses 2 "option '--layers' needs a value; see pleat bench --help" --layers
refuses 2 '--packed needs --pass forward; see pleat bench --help' --layers "$scratch/layers.tsv" --packed
refuses 2 '--packed needs --pass forward; see pleat bench --help' --layers "$scratch/layers.tsv" \
    --packed --pass backward_input
refuses 1 "cannot open $scratch/none: No such file or directory" --layers "$scratch/none"
refuses 1 "$scratch/layers.tsv has none of the layers asked for" --layers "$scratch/layers.tsv" \
    --layer nothing
t=$scratch/table.tsv
table '# only remarks'
refuses 1 "$t has no layer" --layers "$t"
table '# name' 'a 1 1 4 4 1 3 3 1 1 0 0 0 0 1 1'
refuses 1 "$t, line 2: groups is no integer: ''" --layers "$t"
table 'a 1 1 4 4.5 1 3 3 1 1 0 0 0 0 1 1 1'
refuses 1 "$t, line 1: W is no integer: '4.5'" --layers "$t"
table 'a 1 1 4 99999999999999999999 1 3 3 1 1 0 0 0 0 1 1 1'
refuses 1 "$t, line 1: W is no integer: '99999999999999999999'" --layers "$t"
table 'a 0 1 4 4 1 3 3 1 1 0 0 0 0 1 1 1'
refuses 1 "$t, line 1: N must be at least 1, got 0" --layers "$t"
table ' 1 1 4 4 1 3 3 1 1 0 0 0 0 1 1 1'
refuses 1 "$t, line 1: a name must have 1 to 63 characters" --layers "$t"
table '' 'a 1 1 4 4 1 0 3 1 1 0 0 0 0 1 1 1'
refuses 1 "$t, line 2: a: kernel_h must be at least 1, got 0" --layers "$t"
table 'a 1 3 4 4 2 3 3 1 1 0 0 0 0 1 1 2'
"$pleat" bench --layers "$t" >"$scratch/out" 2>"$scratch/err" && complain 'groups that do not divide'
grep -q "line 1: a: groups (2) must divide in_channels, got 3" "$scratch/err" || complain "says $(cat "$scratch/err")"
exit $failed
