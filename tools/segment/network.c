/* Printing networks. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "segment/network.h"

enum { NAME_BYTES = 32 };

/* Two convolutions, each with its normalisation and ReLU, from a layer on; the last is NAMEb.relu. */
static void block(FILE *text, const struct segment_network_options *options, const char *name,
                  const char *input, int64_t width) {
    char from[NAME_BYTES];
    snprintf(from, sizeof from, "%s", input);
    for (char half = 'a'; half <= 'b'; half++) {
        fprintf(text, "%s%c = conv %s out=%" PRId64 " kernel=3 padding=1%s\n", name, half, from,
                width, options->batch_norm ? " bias=no" : "");
        if (options->batch_norm)
            fprintf(text, "%s%c.norm = batch_norm %s%c\n", name, half, name, half);
        fprintf(text, "%s%c.relu = relu %s%c%s\n", name, half, name, half,
                options->batch_norm ? ".norm" : "");
        snprintf(from, sizeof from, "%s%c.relu", name, half);
    }
}

/* The way down, which both have: ends with bottomb.relu. */
static void encoder(FILE *text, const struct segment_network_options *options) {
    char name[NAME_BYTES], from[NAME_BYTES] = "image";
    fprintf(text, "image = input channels=%" PRId64 "\n", options->channels);
    for (int64_t level = 1; level <= options->depth; level++) {
        snprintf(name, sizeof name, "down%" PRId64, level);
        block(text, options, name, from, options->width << (level - 1));
        snprintf(from, sizeof from, "pool%" PRId64, level);
        fprintf(text, "%s = max_pool %sb.relu kernel=2\n", from, name);
    }
    block(text, options, "bottom", from, options->width << options->depth);
}

static void unet(FILE *text, const struct segment_network_options *options) {
    char name[NAME_BYTES], from[NAME_BYTES] = "bottomb.relu";
    for (int64_t level = options->depth; level >= 1; level--) {
        const int64_t width = options->width << (level - 1);
        fprintf(text, "up%" PRId64 " = conv_transpose %s out=%" PRId64 " kernel=2 stride=2\n",
                level, from, width);
        fprintf(text, "skip%" PRId64 " = concatenate up%" PRId64 " down%" PRId64 "b.relu\n", level,
                level, level);
        snprintf(from, sizeof from, "skip%" PRId64, level);
        snprintf(name, sizeof name, "merge%" PRId64, level);
        block(text, options, name, from, width);
        snprintf(from, sizeof from, "merge%" PRId64 "b.relu", level);
    }
    fprintf(text, "classes = conv %s out=%" PRId64 " kernel=1\n", from, options->classes);
}

static void fcn(FILE *text, const struct segment_network_options *options) {
    char from[NAME_BYTES] = "score_bottom";
    fprintf(text, "score_bottom = conv bottomb.relu out=%" PRId64 " kernel=1\n", options->classes);
    for (int64_t level = options->depth; level >= 1; level--) {
        fprintf(text,
                "up%" PRId64 " = conv_transpose %s out=%" PRId64
                " kernel=4 stride=2 padding=1 bias=no init=bilinear\n",
                level, from, options->classes);
        fprintf(text, "score%" PRId64 " = conv down%" PRId64 "b.relu out=%" PRId64 " kernel=1\n",
                level, level, options->classes);
        snprintf(from, sizeof from, "fuse%" PRId64, level);
        fprintf(text, "%s = sum up%" PRId64 " score%" PRId64 "\n", from, level, level);
    }
}

char *segment_network_text(const struct segment_network_options *options) {
    char *made = NULL;
    size_t bytes;
    FILE *text = open_memstream(&made, &bytes);
    if (text == NULL)
        return NULL;
    encoder(text, options);
    if (options->kind == SEGMENT_UNET)
        unet(text, options);
    else
        fcn(text, options);
    const int failed = ferror(text);
    if (fclose(text) == 0 && !failed)
        return made;
    free(made);
    return NULL;
}
