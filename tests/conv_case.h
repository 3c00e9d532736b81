/* One case of an operator, and its text. */
#ifndef CONV_CASE_H
#define CONV_CASE_H

#include <stdbool.h>

#include <pleat/conv.h>
#include <pleat/random.h>

/* What a test runs: an operator, its geometry, a batch and a seed. The axes beyond the rank are
 * not used. */
struct conv_case {
    enum pleat_operator op;
    enum pleat_dtype dtype;
    struct pleat_conv_params params;
    int64_t batch;
    int64_t in[PLEAT_MAX_AXES];
    int64_t out[PLEAT_MAX_AXES]; /* what the size formulas say */
    bool bias;
    uint64_t seed;
    enum pleat_method method; /* forced, unless auto, as the instructions are */
    enum pleat_instructions instructions;
};

/* Reads a descriptor such as
 *
 *     conv_transpose f32 n2 ic3 oc6 g1 i5x4 k3x3 s2x1 pb1x1 pe1x0 op1x0 d1x1 bias seed7
 *
 * Only i is needed (it gives the rank); n, ic, oc, g, k, s, d and seed are 1, pb, pe and op 0, the
 * operator conv_transpose and the type f32 unless given. One number stands for all axes; p is both
 * pb and pe. The name of a method or of an instruction set forces it. Fails the test where the text makes no sense; only then does it need to be in one. */
struct conv_case conv_case_parse(const char *text);

#define CONV_CASE_TEXT 256

/* Writes the descriptor into text[CONV_CASE_TEXT] and returns text. */
const char *conv_case_print(const struct conv_case *c, char *text);

/* Returns the convolution whose fine side (its input) is the output of this transposed convolution:
 * channels exchanged, no output padding (where there was some, the convolution's last pixels are
 * reached by fewer windows). */
struct conv_case conv_case_twin(const struct conv_case *c);

/* Returns a random small case, of any rank, of the operator, with every parameter drawn: extents
 * such that the output exists. */
struct conv_case conv_case_random(enum pleat_operator op, enum pleat_dtype dtype,
                                  struct pleat_random *random);

/* Numbers of elements. */
int64_t conv_case_input_size(const struct conv_case *c);
int64_t conv_case_weight_size(const struct conv_case *c);
int64_t conv_case_output_size(const struct conv_case *c);

/* Returns the multiply-adds of one pass. */
double conv_case_cost(const struct conv_case *c);

#endif
