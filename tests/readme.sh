# The C program in the README is examples/layer.c to the letter; tests/install.sh compiles it and
# compares what it prints with the text block behind it.
set -eu

# The README's first block of a language.
block() {
    awk -v language="$1" '
        /^```/ { if (inside) exit; inside = $0 == "```" language; next }
        inside' "$srcdir/README.md"
}

block c | diff "$srcdir/examples/layer.c" -

# The networks in docs/models.md are those of examples/networks.
sed -n 's/^    //p' "$srcdir/docs/models.md" >tests/readme.networks
for name in fsrcnn_x3 unet vae_decoder; do
    head -n 1 "$srcdir/examples/networks/$name.txt" | grep -q -x -F -f - tests/readme.networks &&
        awk -v lines="$(wc -l <"$srcdir/examples/networks/$name.txt")" -v \
            first="$(head -n 1 "$srcdir/examples/networks/$name.txt")" '
            $0 == first { left = lines }
            left-- > 0' tests/readme.networks | diff "$srcdir/examples/networks/$name.txt" - || {
        echo "docs/models.md: its $name is not that of examples/networks"
        exit 1
    }
done
rm -f tests/readme.networks

# Every file and folder that a page links to, or names from the top of the tree, exists; a test is
# also named without its .c.
failed=0
cd "$srcdir"
for page in README.md CONTRIBUTING.md docs/*.md share/models/README.md; do
    for target in $(grep -o '](\([^)#]*\)' "$page" | sed 's/^](//' | grep -v '^http'); do
        [ -e "$(dirname "$page")/$target" ] || { echo "$page: there is no $target"; failed=1; }
    done
    for path in $(grep -o '`\(docs\|examples\|include\|lib\|share\|tests\|tools\)/[^ `*<]*`' "$page" | tr -d '`'); do
        [ -e "$path" ] || [ -e "$path.c" ] || { echo "$page: there is no $path"; failed=1; }
    done
done
exit $failed
