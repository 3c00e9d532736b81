# The manual knows what the program can do: pleat(1) has a subsection for every verb, and each
# names exactly the long options that `pleat VERB --help` prints.
set -eu

# The long options in a text, one a line; the manual writes --scale as "Fl -scale".
options() {
    grep -o -e '\(^\|[^-a-z]\)--[a-z][a-z-]*' | sed 's/^[^-]//' | sort -u
}

# The subsection of a verb in the manual.
subsection() {
    awk -v verb="$1" '/^\.S[hs]/ { inside = $1 == ".Ss" && $NF == verb } inside' \
        "$srcdir/tools/pleat.1"
}

pleat=$builddir/pleat
verbs=$("$pleat" --help | sed -n 's/^  \([a-z][a-z]*\)  *.*/\1/p')
failed=0
for verb in $verbs; do
    "$pleat" "$verb" --help | options >tests/manual.help
    subsection "$verb" | sed 's/Fl -/--/g' | options >tests/manual.page
    diff tests/manual.help tests/manual.page || {
        echo "pleat $verb: what its help (<) and its manual (>) name differs"
        failed=1
    }
done
for verb in $(sed -n 's/^\.Ss pleat //p' "$srcdir/tools/pleat.1"); do
    echo "$verbs" | grep -q -x "$verb" || {
        echo "the manual has a verb that the program has not: $verb"
        failed=1
    }
done
rm -f tests/manual.help tests/manual.page
exit $failed
