/* The verb apply: what was typed, and what it means for the tensors in the files. */
#ifndef PLEAT_TOOLS_APPLY_H
#define PLEAT_TOOLS_APPLY_H

#include <stdbool.h>

#include <pleat/conv.h>
#include <pleat/dialect.h>

#include "options.h"

/* The files: what is read, then what is written. */
enum apply_file {
    APPLY_INPUT,
    APPLY_WEIGHT,
    APPLY_BIAS,
    APPLY_GRAD_OUTPUT,
    APPLY_OUTPUT,
    APPLY_GRAD_INPUT,
    APPLY_GRAD_WEIGHT,
    APPLY_GRAD_BIAS,
    APPLY_FILES
};
#define APPLY_FIRST_WRITTEN APPLY_OUTPUT

struct apply_options {
    enum pleat_operator op;
    const char *path[APPLY_FILES]; /* NULL where the option was not given */
    struct integers stride, padding, output_padding, dilation, output_size;
    int64_t groups;
    bool has_auto_pad;
    enum pleat_padding auto_pad;
    int threads; /* 0: as many as OpenMP offers */
};

/* Reads the command line into *options. Returns false when there is nothing more to do (help was
 * asked for, or an error was found and printed); *status is then the program's exit status. */
bool apply_options_read(int argc, char **argv, struct apply_options *options, int *status);

/* Overwrites *params with the operator that the options mean for this input and weight, whose
 * paddings and output paddings are solved for where the options say so. Returns EXIT_SUCCESS, or
 * the program's exit status after printing the error. */
int apply_parameters(const struct apply_options *options, const struct pleat_tensor *input,
                     const struct pleat_tensor *weight, struct pleat_conv_params *params);

/* The longest text of apply_shape: five extents of 20 characters, and what is between them. */
#define APPLY_SHAPE_BYTES 128

/* Writes extents as NumPy shows a shape, such as "(1, 3, 5, 5)", into text and returns it. */
const char *apply_shape(char text[APPLY_SHAPE_BYTES], int rank, const int64_t *extent);

#endif
