# The manual knows what the program can do: pleat(1) has a subsection for every verb, and for every
# task of a verb that has tasks, in alphabetical order, and each names exactly the long options that
# its --help prints.
set -eu

# The long options in a text, one a line; the manual writes --scale as "Fl -scale".
options() {
    grep -o -e '\(^\|[^-a-z]\)--[a-z][a-z-]*' | sed 's/^[^-]//' | sort -u
}

# The subsection of a command in the manual.
subsection() {
    awk -v title=".Ss pleat $1" '/^\.S[hs]/ { inside = $0 == title } inside' "$srcdir/tools/pleat.1"
}

# The words that a help lists.
listed() {
    sed -n 's/^  \([a-z][a-z]*\)  *.*/\1/p'
}

pleat=$builddir/pleat
commands=
for verb in $("$pleat" --help | listed); do
    tasks=
    "$pleat" "$verb" --help | grep -q "^Usage: pleat $verb TASK" &&
        tasks=$("$pleat" "$verb" --help | listed)
    [ -n "$tasks" ] || commands="$commands$verb
"
    for task in $tasks; do
        commands="$commands$verb $task
"
    done
done
echo "$commands" | sed '/^$/d' >tests/manual.commands
failed=0
while read -r command; do
    # shellcheck disable=SC2086
    "$pleat" $command --help | options >tests/manual.help
    subsection "$command" | sed 's/Fl -/--/g' | options >tests/manual.page
    diff tests/manual.help tests/manual.page || {
        echo "pleat $command: what its help (<) and its manual (>) name differs"
        failed=1
    }
done <tests/manual.commands
sed -n 's/^\.Ss pleat //p' "$srcdir/tools/pleat.1" >tests/manual.page
LC_ALL=C sort tests/manual.commands | diff - tests/manual.page || {
    echo 'the commands of the program (<) and of the manual (>) differ'
    failed=1
}
rm -f tests/manual.help tests/manual.page tests/manual.commands
exit $failed
