/* The explanation in words and numbers. */
#include <inttypes.h>
#include <stdio.h>

#include "explain/explanation.h"

/* The most rows of the table and columns of the map that are printed. */
enum { TABLE_ROWS = 40, MAP_COLUMNS = 40 };

static const char *const axis_names[2] = {"height", "width"};

/* Returns "height and width" where both are alike, else the axis's own name. */
static const char *heading(const struct explanation *e, int a) {
    return explanation_is_square(e) ? "height and width" : axis_names[a];
}

/* How many axes there is anything to say of. */
static int axes_to_print(const struct explanation *e) {
    return explanation_is_square(e) ? 1 : 2;
}

static void print_sizes(const struct explanation *e) {
    printf("\nSizes\n  conv_transpose: out = (in - 1) stride - padding_begin - padding_end\n"
           "                        + dilation (filter - 1) + 1 + output_padding\n");
    for (int a = 0; a < axes_to_print(e); a++) {
        const struct pleat_axis *x = &e->params.axis[a];
        printf("    %s: %" PRId64 " = (%" PRId64 " - 1) %" PRId64 " - %" PRId64 " - %" PRId64
               " + %" PRId64 " (%" PRId64 " - 1) + 1 + %" PRId64 "\n",
               heading(e, a), e->out[a], e->in[a], x->stride, x->padding_begin, x->padding_end,
               x->dilation, x->kernel, x->output_padding);
    }
    printf("  conv, the way back: out = floor((in + padding_begin + padding_end\n"
           "                                   - dilation (filter - 1) - 1) / stride) + 1\n");
    for (int a = 0; a < axes_to_print(e); a++) {
        struct pleat_axis x = e->params.axis[a];
        x.output_padding = 0;
        int64_t back, lowest, highest;
        if (pleat_size_conv(e->out[a], &x, &back, NULL) != PLEAT_OK ||
            pleat_size_conv_input(back, &x, &lowest, &highest, NULL) != PLEAT_OK)
            continue;
        printf("    %s: %" PRId64 " = floor((%" PRId64 " + %" PRId64 " + %" PRId64 " - %" PRId64
               " (%" PRId64 " - 1) - 1) / %" PRId64 ") + 1\n",
               heading(e, a), back, e->out[a], x.padding_begin, x.padding_end, x.dilation, x.kernel,
               x.stride);
        printf("    inputs of %" PRId64 " to %" PRId64 " all make %" PRId64
               " (the floor): output_padding says which of them is meant\n",
               lowest, highest, back);
    }
}

static void print_steps(const struct explanation *e) {
    const struct pleat_axis *h = &e->params.axis[0], *w = &e->params.axis[1];
    printf("\nThe five steps\n"
           "  1. Take the input's pixels one by one: %" PRId64 " x %" PRId64 " = %" PRId64 ".\n",
           e->in[0], e->in[1], e->in[0] * e->in[1]);
    printf("  2. Multiply the filter by the pixel: a block of %" PRId64 " x %" PRId64
           " taps in its colour.\n",
           h->kernel, w->kernel);
    printf("  3. Place the block: the block of pixel (i, j) begins at row %" PRId64
           " i, column %" PRId64 " j;\n     its taps lie %" PRId64 " and %" PRId64 " apart.\n",
           h->stride, w->stride, h->dilation, w->dilation);
    printf("  4. Add: where blocks overlap their values add up; where none reaches there is "
           "only the bias, 0.\n");
    printf("  5. Crop the padding (%" PRId64 " and %" PRId64 " rows, %" PRId64 " and %" PRId64
           " columns) and add the output padding\n     (%" PRId64 " rows, %" PRId64
           " columns, at the end): %" PRId64 " x %" PRId64 ".\n",
           h->padding_begin, h->padding_end, w->padding_begin, w->padding_end, h->output_padding,
           w->output_padding, e->out[0], e->out[1]);
}

/* Prints the input pixels and taps that meet at one output pixel of an axis. */
static void print_reach(const struct explanation *e, int a, int64_t o) {
    const struct pleat_axis *x = &e->params.axis[a];
    printf("    %6" PRId64 " <-", o);
    if (e->count[a][o] == 0)
        printf(" no input: only the bias");
    for (int64_t k = x->kernel - 1; k >= 0; k--) {
        const int64_t steps = o + x->padding_begin - k * x->dilation;
        if (steps >= 0 && steps % x->stride == 0 && steps / x->stride < e->in[a])
            printf(" %" PRId64 " (tap %" PRId64 ")", steps / x->stride, k);
    }
    putchar('\n');
}

static void print_table(const struct explanation *e) {
    printf("\nWhich input reaches which output\n"
           "  output = input stride - padding_begin + tap dilation\n");
    for (int a = 0; a < axes_to_print(e); a++) {
        printf("  %s\n", heading(e, a));
        for (int64_t o = 0; o < e->out[a] && o < TABLE_ROWS; o++)
            print_reach(e, a, o);
        if (e->out[a] > TABLE_ROWS)
            printf("    ... and %" PRId64 " more\n", e->out[a] - TABLE_ROWS);
    }
}

/* Prints the counts as one character a pixel: a point for 0, + for 10 and more. */
static void print_map(const struct explanation *e) {
    const double *count = e->map.data;
    if (e->out[0] > MAP_COLUMNS || e->out[1] > MAP_COLUMNS)
        return;
    printf("  on both (. none, + ten or more):\n");
    for (int64_t row = 0; row < e->out[0]; row++) {
        printf("    ");
        for (int64_t column = 0; column < e->out[1]; column++) {
            const int taps = *count > 9 ? 10 : (int)*count;
            printf("%c ", taps == 0 ? '.' : taps == 10 ? '+' : '0' + taps);
            count++;
        }
        putchar('\n');
    }
}

static void print_overlap(const struct explanation *e) {
    printf("\nOverlap: how many taps reach each output pixel\n");
    for (int a = 0; a < axes_to_print(e); a++) {
        printf("  %s:", heading(e, a));
        for (int64_t o = 0; o < e->out[a] && o < TABLE_ROWS; o++)
            printf(" %" PRId64, e->count[a][o]);
        printf(e->out[a] > TABLE_ROWS ? " ...\n" : "\n");
    }
    print_map(e);
    printf("  checkerboard number, (max - min) / mean inside the border: %.4g%s\n", e->checkerboard,
           e->checkerboard > 0 ? "" : " (even)");
    const double largest = explanation_largest_sum(e);
    printf("  largest sum of colour values: %g%s\n", largest,
           largest > 255 ? ", shown as 255 (clipped)" : "");
}

static void print_article_notes(int article_case) {
    printf("\nThe article, corrected\n");
    if (article_case == 2)
        printf(
            "  - A 4x4 filter with stride 4 has no overlap: every output pixel is reached by one "
            "tap, so no yellow\n    (red + green) can appear. Case 3, 6x6 with stride 4, "
            "overlaps.\n");
    printf(
        "  - \"Any colour added to black gives black\" is wrong, and contradicts its own \"cells "
        "that overlap\n    with black expand\": black is 0, and adding it changes nothing.\n"
        "  - \"44x64\" is 4x4x64.\n");
}

void explanation_print(const struct explanation *explanation, int article_case) {
    const struct explanation *e = explanation;
    const struct pleat_axis *h = &e->params.axis[0], *w = &e->params.axis[1];
    if (article_case > 0)
        printf("Case %d%s\n", article_case, article_case < 3 ? " of the article" : "");
    printf("Transposed convolution of %" PRId64 "x%" PRId64 " pixels by a %" PRId64 "x%" PRId64
           " filter, stride %" PRId64 "x%" PRId64 ", makes %" PRId64 "x%" PRId64 ".\n",
           e->in[0], e->in[1], h->kernel, w->kernel, h->stride, w->stride, e->out[0], e->out[1]);
    print_sizes(e);
    print_steps(e);
    print_table(e);
    print_overlap(e);
    if (article_case > 0)
        print_article_notes(article_case);
}
