/* The oracle. Every function below asks for one element of its result: which taps reach it, from
 * where. The four reaches of an axis are written out, two for each operator:
 *
 *     conv_transpose   output from input: i = (o + begin - k dilation) / stride where that is whole
 *                      input from output: o = i stride - begin + k dilation
 *     conv             output from input: i = o stride - begin + k dilation
 *                      input from output: o = (i + begin - k dilation) / stride where that is whole
 */
#include <math.h>

#include "reference.h"

/* A case on three axes; missing ones come first, with one pixel and one tap. */
struct space {
    bool transposed;
    int64_t batch, ic, oc;
    int64_t group_in, group_out; /* channels in a group */
    struct pleat_axis axis[3];
    int64_t in[3], out[3];
};

struct pixel {
    int64_t at[3];
};

static struct space space_of(const struct conv_case *c) {
    struct space s = {.transposed = c->op == PLEAT_CONV_TRANSPOSE,
                      .batch = c->batch,
                      .ic = c->params.in_channels,
                      .oc = c->params.out_channels,
                      .group_in = c->params.in_channels / c->params.groups,
                      .group_out = c->params.out_channels / c->params.groups};
    const int missing = 3 - c->params.rank;
    for (int a = 0; a < 3; a++) {
        s.axis[a] = a < missing ? pleat_axis_init(1, 1) : c->params.axis[a - missing];
        s.in[a] = a < missing ? 1 : c->in[a - missing];
        s.out[a] = a < missing ? 1 : c->out[a - missing];
    }
    return s;
}

static int64_t pixels(const int64_t extent[3]) {
    return extent[0] * extent[1] * extent[2];
}

static struct pixel pixel_of(int64_t index, const int64_t extent[3]) {
    return (struct pixel){
        {index / (extent[1] * extent[2]), index / extent[2] % extent[1], index % extent[2]}};
}

static int64_t index_of(struct pixel p, const int64_t extent[3]) {
    return (p.at[0] * extent[1] + p.at[1]) * extent[2] + p.at[2];
}

/* Where tap k of this axis connects pixel p with on the other side, if anywhere. */
static bool by_division(const struct pleat_axis *axis, int64_t p, int64_t k, int64_t extent,
                        int64_t *other) {
    const int64_t distance = p + axis->padding_begin - k * axis->dilation;
    *other = distance / axis->stride;
    return distance >= 0 && distance % axis->stride == 0 && *other < extent;
}

static bool by_product(const struct pleat_axis *axis, int64_t p, int64_t k, int64_t extent,
                       int64_t *other) {
    *other = p * axis->stride - axis->padding_begin + k * axis->dilation;
    return *other >= 0 && *other < extent;
}

/* Which input pixel tap k brings to output pixel o. */
static bool input_of_output(const struct space *s, struct pixel o, struct pixel k,
                            struct pixel *i) {
    for (int a = 0; a < 3; a++)
        if (!(s->transposed ? by_division : by_product)(&s->axis[a], o.at[a], k.at[a], s->in[a],
                                                        &i->at[a]))
            return false;
    return true;
}

/* Which output pixel tap k brings input pixel i to. */
static bool output_of_input(const struct space *s, struct pixel i, struct pixel k,
                            struct pixel *o) {
    for (int a = 0; a < 3; a++)
        if (!(s->transposed ? by_product : by_division)(&s->axis[a], i.at[a], k.at[a], s->out[a],
                                                        &o->at[a]))
            return false;
    return true;
}

static void kernel_extent(const struct space *s, int64_t extent[3]) {
    for (int a = 0; a < 3; a++)
        extent[a] = s->axis[a].kernel;
}

/* The index of w[ic][oc of the group][k], or for conv w[oc][ic of the group][k]. */
static int64_t weight_index(const struct space *s, int64_t ic, int64_t oc, int64_t k,
                            int64_t taps) {
    return s->transposed ? (ic * s->group_out + oc % s->group_out) * taps + k
                         : (oc * s->group_in + ic % s->group_in) * taps + k;
}

/* Adds a term to a sum and its absolute value to another. */
struct sum {
    double value, terms;
};

static void add(struct sum *sum, double term) {
    sum->value += term;
    sum->terms += fabs(term);
}

static struct sum output_at(const struct space *s, const double *x, const double *w,
                            const double *b, int64_t index) {
    const int64_t area = pixels(s->out), oc = index / area % s->oc, n = index / area / s->oc;
    const struct pixel o = pixel_of(index % area, s->out);
    const int64_t first = oc / s->group_out * s->group_in;
    int64_t kernel[3];
    kernel_extent(s, kernel);
    struct sum sum = {0};
    if (b != NULL)
        add(&sum, b[oc]);
    for (int64_t k = 0; k < pixels(kernel); k++) {
        struct pixel i;
        if (!input_of_output(s, o, pixel_of(k, kernel), &i))
            continue;
        for (int64_t ic = first; ic < first + s->group_in; ic++)
            add(&sum, x[(n * s->ic + ic) * pixels(s->in) + index_of(i, s->in)] *
                          w[weight_index(s, ic, oc, k, pixels(kernel))]);
    }
    return sum;
}

static struct sum grad_input_at(const struct space *s, const double *w, const double *gy,
                                int64_t index) {
    const int64_t area = pixels(s->in), ic = index / area % s->ic, n = index / area / s->ic;
    const struct pixel i = pixel_of(index % area, s->in);
    const int64_t first = ic / s->group_in * s->group_out;
    int64_t kernel[3];
    kernel_extent(s, kernel);
    struct sum sum = {0};
    for (int64_t k = 0; k < pixels(kernel); k++) {
        struct pixel o;
        if (!output_of_input(s, i, pixel_of(k, kernel), &o))
            continue;
        for (int64_t oc = first; oc < first + s->group_out; oc++)
            add(&sum, gy[(n * s->oc + oc) * pixels(s->out) + index_of(o, s->out)] *
                          w[weight_index(s, ic, oc, k, pixels(kernel))]);
    }
    return sum;
}

static struct sum grad_weight_at(const struct space *s, const double *x, const double *gy,
                                 int64_t index) {
    int64_t kernel[3];
    kernel_extent(s, kernel);
    const int64_t taps = pixels(kernel), pair = index / taps;
    const struct pixel k = pixel_of(index % taps, kernel);
    /* The layout gives one channel whole and the other within its group. */
    const int64_t ic = s->transposed
                           ? pair / s->group_out
                           : pair / s->group_in / s->group_out * s->group_in + pair % s->group_in;
    const int64_t oc =
        s->transposed ? ic / s->group_in * s->group_out + pair % s->group_out : pair / s->group_in;
    struct sum sum = {0};
    for (int64_t p = 0; p < pixels(s->in); p++) {
        struct pixel o;
        if (!output_of_input(s, pixel_of(p, s->in), k, &o))
            continue;
        for (int64_t n = 0; n < s->batch; n++)
            add(&sum, x[(n * s->ic + ic) * pixels(s->in) + p] *
                          gy[(n * s->oc + oc) * pixels(s->out) + index_of(o, s->out)]);
    }
    return sum;
}

static struct sum grad_bias_at(const struct space *s, const double *gy, int64_t oc) {
    const int64_t area = pixels(s->out);
    struct sum sum = {0};
    for (int64_t n = 0; n < s->batch; n++)
        for (int64_t o = 0; o < area; o++)
            add(&sum, gy[(n * s->oc + oc) * area + o]);
    return sum;
}

/* Stores a sum, and its terms where they are wanted. */
static void store(struct sum sum, int64_t index, double *values, double *terms) {
    values[index] = sum.value;
    if (terms != NULL)
        terms[index] = sum.terms;
}

static double store_at(struct sum sum, double *terms) {
    *terms = sum.terms;
    return sum.value;
}

void reference_forward(const struct conv_case *c, const double *input, const double *weight,
                       const double *bias, double *output, double *terms) {
    const struct space s = space_of(c);
    for (int64_t i = 0; i < conv_case_output_size(c); i++)
        store(output_at(&s, input, weight, bias, i), i, output, terms);
}

void reference_grad_input(const struct conv_case *c, const double *weight,
                          const double *grad_output, double *grad_input, double *terms) {
    const struct space s = space_of(c);
    for (int64_t i = 0; i < conv_case_input_size(c); i++)
        store(grad_input_at(&s, weight, grad_output, i), i, grad_input, terms);
}

void reference_grad_weight(const struct conv_case *c, const double *input,
                           const double *grad_output, double *grad_weight, double *terms) {
    const struct space s = space_of(c);
    for (int64_t i = 0; i < conv_case_weight_size(c); i++)
        store(grad_weight_at(&s, input, grad_output, i), i, grad_weight, terms);
}

void reference_grad_bias(const struct conv_case *c, const double *grad_output, double *grad_bias,
                         double *terms) {
    const struct space s = space_of(c);
    for (int64_t i = 0; i < s.oc; i++)
        store(grad_bias_at(&s, grad_output, i), i, grad_bias, terms);
}

double reference_output_at(const struct conv_case *c, const double *input, const double *weight,
                           const double *bias, int64_t index, double *terms) {
    const struct space s = space_of(c);
    return store_at(output_at(&s, input, weight, bias, index), terms);
}

double reference_grad_input_at(const struct conv_case *c, const double *weight,
                               const double *grad_output, int64_t index, double *terms) {
    const struct space s = space_of(c);
    return store_at(grad_input_at(&s, weight, grad_output, index), terms);
}

double reference_grad_weight_at(const struct conv_case *c, const double *input,
                                const double *grad_output, int64_t index, double *terms) {
    const struct space s = space_of(c);
    return store_at(grad_weight_at(&s, input, grad_output, index), terms);
}

double reference_grad_bias_at(const struct conv_case *c, const double *grad_output, int64_t index,
                              double *terms) {
    const struct space s = space_of(c);
    return store_at(grad_bias_at(&s, grad_output, index), terms);
}
