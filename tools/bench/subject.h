/* One layer made ready to be timed: its plan, its tensors, its scratch. */
#ifndef PLEAT_TOOLS_BENCH_SUBJECT_H
#define PLEAT_TOOLS_BENCH_SUBJECT_H

#include "bench/layers.h"

struct subject {
    const struct layer *layer;
    enum pleat_operator op;
    struct pleat_conv_params params; /* of op */
    struct pleat_plan *plan;
    struct pleat_packed_weight *packed; /* NULL: the weight as it is */
    struct pleat_tensor input, weight, output, grad_output, grad_input, grad_weight;
    void *scratch;
    size_t scratch_bytes; /* enough for every pass */
};

/* Makes the layer ready, as conv_transpose or as the convolution whose gradient that is: its input
 * and output exchanged; where asked, with a packed weight for the forward pass. Numbers are random in -1..1. To be closed where it returns PLEAT_OK. */
enum pleat_status subject_open(struct subject *subject, const struct layer *layer,
                               enum pleat_operator op, const struct pleat_plan_options *options,
                               bool packed, struct pleat_error *error);
void subject_close(struct subject *subject);

/* Executes a pass. */
enum pleat_status subject_run(const struct subject *subject, enum pleat_pass pass,
                              struct pleat_error *error);

/* Fills what the pass writes with NaN, or with zeros where it adds. */
void subject_clear(const struct subject *subject, enum pleat_pass pass);

/* Whether a pass computes the gradient of the input, or of the weight. */
bool makes_grad_input(enum pleat_pass pass);
bool makes_grad_weight(enum pleat_pass pass);

#endif
