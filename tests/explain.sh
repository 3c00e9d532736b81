# pleat explain: the numbers it prints, what it refuses, and the colours of its pictures.
set -eu

pleat=$builddir/pleat
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

complain() {
    echo "$1"
    failed=1
}

# Runs pleat explain with the arguments behind the first; its output must hold that text.
says() {
    wanted=$1
    shift
    "$pleat" explain "$@" >"$scratch/out" || complain "explain $*: exit status $?"
    grep -q -F -- "$wanted" "$scratch/out" || complain "explain $*: does not say '$wanted'"
}

# The same, of what must not be said.
keeps_from() {
    wanted=$1
    shift
    "$pleat" explain "$@" >"$scratch/out" || complain "explain $*: exit status $?"
    ! grep -q -F -- "$wanted" "$scratch/out" || complain "explain $*: says '$wanted'"
}

# Expects an exit status, nothing on standard output, and one line on standard error.
refuses() {
    status=$1 wanted=$2
    shift 2
    got=0
    "$pleat" explain "$@" >"$scratch/out" 2>"$scratch/err" || got=$?
    [ "$got" = "$status" ] || complain "explain $*: exit status $got, not $status"
    [ ! -s "$scratch/out" ] || complain "explain $*: prints although it fails"
    [ "$(cat "$scratch/err")" = "pleat explain: $wanted" ] ||
        complain "explain $*: says '$(cat "$scratch/err")'"
}

# The article's two cases, and the one that overlaps.
says 'height and width: 16 = (4 - 1) 4 - 0 - 0 + 1 (3 - 1) + 1 + 1'
says 'height and width: 16 = (4 - 1) 4 - 0 - 0 + 1 (3 - 1) + 1 + 1' --case 1
says 'height and width: 4 = floor((16 + 0 + 0 - 1 (3 - 1) - 1) / 4) + 1' --case 1
says 'inputs of 15 to 18 all make 4' --case 1
says 'height and width: 1 1 1 0 1 1 1 0 1 1 1 0 1 1 1 0' --case 1
says ' 3 <- no input: only the bias' --case 1
says 'inside the border: 1.778' --case 1
says 'height and width: 16 = (4 - 1) 4 - 0 - 0 + 1 (4 - 1) + 1 + 0' --case 2
says 'height and width: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1' --case 2
says 'inside the border: 0 (even)' --case 2
says 'no overlap' --case 2
says 'largest sum of colour values: 255' --case 2
keeps_from 'clipped' --case 2
says 'height and width: 18 = (4 - 1) 4 - 0 - 0 + 1 (6 - 1) + 1 + 0' --case 3
says 'height and width: 1 1 1 1 2 2 1 1 2 2 1 1 2 2 1 1 1 1' --case 3
says ' 5 <- 0 (tap 5) 1 (tap 1)' --case 3
says '    1 1 1 1 2 2 1 1 2 2 1 1 2 2 1 1 1 1' --case 3
says '    2 2 2 2 4 4 2 2 4 4 2 2 4 4 2 2 2 2' --case 3
says 'largest sum of colour values: 765, shown as 255 (clipped)' --case 3
for n in 1 2 3; do
    says 'black is 0, and adding it changes nothing' --case $n
    says '"44x64" is 4x4x64' --case $n
done

# Axes of their own, dilation, crops at one side, negative padding.
says 'height: 10 = (3 - 1) 3 - 1 - 0 + 1 (4 - 1) + 1 + 1' --input-size 3,5 --filter 4,3 \
    --stride 3,2 --padding 1,-1,0,2 --output-padding 1,0 --dilation 1,2
says 'width: 12 = (5 - 1) 2 - -1 - 2 + 2 (3 - 1) + 1 + 0' --input-size 3,5 --filter 4,3 \
    --stride 3,2 --padding 1,-1,0,2 --output-padding 1,0 --dilation 1,2
says 'inside the border: 4' --filter 4 --stride 2 --dilation 2
says 'height and width: 8 = (4 - 1) 2 - 1 - 1 + 1 (4 - 1) + 1 + 0' --filter 4 --stride 2 --padding 1
keeps_from 'The article, corrected' --filter 4 --stride 2 --padding 1
says 'makes 16x16' --case 3 --padding 1

refuses 1 'output_padding_h must be below the larger of stride and dilation, 2, got 2' \
    --stride 2 --output-padding 2
refuses 1 'stride_h must be at least 1, got 0' --stride 0
refuses 1 'dilation_w must be at least 1, got -1' --dilation 1,-1
refuses 1 'padding_h 3 + 3 crops the output to 0 pixels; at least 1 must remain: crop less' \
    --padding 3
refuses 1 'input size_h must be at least 1, got 0' --input-size 0
refuses 1 'input, filter and output have room for 4096 pixels on each axis here: choose smaller sizes' \
    --input-size 5000
refuses 2 "--case must be an integer from 1 to 3, got '4'; see pleat explain --help" --case 4
refuses 2 "--stride must be one to 6 integers such as 2 or 2,2, got '2,x'; see pleat explain --help" \
    --stride 2,x
refuses 2 '--filter takes one integer, or one for each of the 2 axes, got 3; see pleat explain --help' \
    --filter 1,2,3
refuses 2 "option '--stride' needs a value; see pleat explain --help" --stride
refuses 2 "option '--colour' is unknown, ambiguous or takes no value; see pleat explain --help" --colour
refuses 2 "there is nothing to do with 'case'; see pleat explain --help" case
refuses 1 "$scratch/a.gif: the name of a picture must end in .png or .svg" --picture "$scratch/a.gif"
refuses 1 "$scratch/a.png: a picture has room for 100 pixels on each axis: choose smaller sizes" \
    --input-size 200 --picture "$scratch/a.png"
[ ! -e "$scratch/a.png" ] || complain 'a picture that was refused was written'
for ending in png svg; do
    if "$pleat" explain --picture "$scratch/none/a.$ending" >/dev/null 2>"$scratch/err"; then
        complain "a picture in a folder that is not there"
    fi
done

# How many pixels of a picture have a colour.
count() {
    "$builddir/tests/count_colour" "$scratch/$1.png" "$2"
}

for n in 1 2 3; do
    says 'The five steps' --case $n --picture "$scratch/$n.png"
    for colour in ff0000 00ff00 0000ff ffffff 000000; do
        [ "$(count $n $colour)" -gt 4000 ] || complain "case $n: too little of $colour"
    done
done
# What overlap alone makes is a swatch of the legend in cases 1 and 2, and large in case 3.
for colour in ffff00 00ffff ff00ff; do
    [ "$(count 1 $colour)" -le 400 ] || complain "case 1 shows $colour"
    [ "$(count 2 $colour)" -le 400 ] || complain "case 2 shows $colour"
    [ "$(count 3 $colour)" -gt 4000 ] || complain "case 3 does not show $colour"
done
says 'makes 6x9' --input-size 3,4 --filter 3,5 --stride 2,3 --padding 1,3,0,2 --picture "$scratch/4.svg"
grep -q '<svg' "$scratch/4.svg" || complain 'no SVG'
[ "$(wc -c <"$scratch/4.svg")" -gt 20000 ] || complain 'an empty SVG'

# A picture that does not fit leaves the old one, and nothing else.
for ending in png svg; do
    mkdir "$scratch/full"
    echo old >"$scratch/full/picture.$ending"
    got=0
    (ulimit -f 8 && exec "$pleat" explain --case 3 --picture "$scratch/full/picture.$ending") \
        >"$scratch/out" 2>"$scratch/err" || got=$?
    [ "$got" = 1 ] || complain "a picture that does not fit: exit status $got, not 1"
    [ "$(cat "$scratch/full/picture.$ending")" = old ] || complain "the old $ending is lost"
    [ "$(ls "$scratch/full")" = "picture.$ending" ] || complain "left behind: $(ls "$scratch/full")"
    rm -r "$scratch/full"
done

# The program itself.
got=0
"$pleat" 2>"$scratch/err" || got=$?
[ "$got" = 2 ] || complain "pleat: exit status $got, not 2"
[ "$(cat "$scratch/err")" = 'pleat: a verb is missing; see pleat --help' ] || complain 'no verb'
got=0
"$pleat" paint 2>"$scratch/err" || got=$?
[ "$got" = 2 ] || complain "pleat paint: exit status $got, not 2"
"$pleat" --help | grep -q '  explain ' || complain 'the help does not name explain'
"$pleat" --version | grep -q '^pleat [0-9]' || complain 'no version'
if [ -w /dev/full ]; then
    got=0
    "$pleat" explain >/dev/full 2>"$scratch/err" || got=$?
    [ "$got" = 1 ] || complain "a full standard output: exit status $got, not 1"
fi
exit $failed
