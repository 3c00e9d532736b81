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

# Every file and folder that the README and CONTRIBUTING.md link to exists.
for page in README.md CONTRIBUTING.md; do
    grep -o '](\([^)#]*\)' "$srcdir/$page" | sed 's/^](//' | while read -r target; do
        case $target in
        http*) ;;
        *)
            [ -e "$srcdir/$target" ] || {
                echo "$page: there is no $target"
                exit 1
            }
            ;;
        esac
    done
done
