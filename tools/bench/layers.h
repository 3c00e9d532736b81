/* A table of layers to be timed: one transposed convolution of two axes a line. */
#ifndef PLEAT_TOOLS_BENCH_LAYERS_H
#define PLEAT_TOOLS_BENCH_LAYERS_H

#include <pleat/conv.h>

struct layer {
    char name[64];
    int line; /* of the file, for messages */
    int64_t batch;
    int64_t in[2];
    struct pleat_conv_params params;
};

struct layers {
    struct layer *layer;
    int count;
};

/* Reads the table and overwrites *layers, to be freed by layers_free. A line is a name and the
 * integers N Cin H W Cout kh kw sh sw ph pw oph opw dh dw groups, divided by tabs; what is behind
 * them is a remark. Lines that are empty or begin with # are skipped. PLEAT_BAD_FORMAT where a line is
 * none of these (the message has its number) or where the file has no layer, PLEAT_IO,
 * PLEAT_OUT_OF_MEMORY. */
enum pleat_status layers_read(struct layers *layers, const char *file, struct pleat_error *error);

void layers_free(struct layers *layers);

#endif
