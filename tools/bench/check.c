/* The formula again, slowly: sums of the terms that belong to one element of a result. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include <pleat/random.h>

#include "bench/check.h"

/* The most multiply-adds of a comparison, and the fewest elements. */
enum { MOST_TERMS = 30000000, FEWEST_ELEMENTS = 64 };

/* What both operators come to: coarse pixel c and tap k meet at fine pixel
 * c stride - padding + k dilation. */
struct sides {
    int64_t groups, coarse_channels, fine_channels; /* channels of one group */
    int64_t batch, coarse[2], fine[2];
    const struct pleat_axis *axis;
    const float *coarse_data, *fine_data, *weight;
};

/* The sum of the terms of one element, and of their absolute values. */
struct sum {
    double value, terms;
};

static void add(struct sum *sum, double term) {
    sum->value += term;
    sum->terms += fabs(term);
}

/* The coarse index that meets a fine one through a tap, or -1. */
static int64_t coarse_of(const struct sides *s, int axis, int64_t fine, int64_t tap) {
    const struct pleat_axis *a = &s->axis[axis];
    const int64_t steps = fine + a->padding_begin - tap * a->dilation;
    if (steps < 0 || steps % a->stride != 0 || steps / a->stride >= s->coarse[axis])
        return -1;
    return steps / a->stride;
}

/* The fine index that a coarse one meets through a tap, or -1. */
static int64_t fine_of(const struct sides *s, int axis, int64_t coarse, int64_t tap) {
    const struct pleat_axis *a = &s->axis[axis];
    const int64_t fine = coarse * a->stride - a->padding_begin + tap * a->dilation;
    return fine < s->fine[axis] ? fine : -1;
}

static const float *coarse_plane(const struct sides *s, int64_t image, int64_t channel) {
    return s->coarse_data +
           (image * s->groups * s->coarse_channels + channel) * s->coarse[0] * s->coarse[1];
}

static const float *fine_plane(const struct sides *s, int64_t image, int64_t channel) {
    return s->fine_data +
           (image * s->groups * s->fine_channels + channel) * s->fine[0] * s->fine[1];
}

/* The weight of a coarse channel, a fine channel within the group, and the taps. */
static double weight_of(const struct sides *s, int64_t coarse, int64_t fine, int64_t kh,
                        int64_t kw) {
    return (double)s
        ->weight[((coarse * s->fine_channels + fine) * s->axis[0].kernel + kh) * s->axis[1].kernel +
                 kw];
}

/* An element of the fine side. */
static struct sum sum_fold(const struct sides *s, int64_t element) {
    const int64_t w = element % s->fine[1], h = element / s->fine[1] % s->fine[0];
    const int64_t channel = element / s->fine[1] / s->fine[0];
    const int64_t f = channel % s->fine_channels;
    const int64_t group = channel / s->fine_channels % s->groups;
    const int64_t image = channel / s->fine_channels / s->groups;
    struct sum sum = {0, 0};
    for (int64_t kh = 0; kh < s->axis[0].kernel; kh++) {
        const int64_t row = coarse_of(s, 0, h, kh);
        for (int64_t kw = 0; kw < s->axis[1].kernel && row >= 0; kw++) {
            const int64_t column = coarse_of(s, 1, w, kw);
            if (column < 0)
                continue;
            for (int64_t i = 0; i < s->coarse_channels; i++) {
                const int64_t c = group * s->coarse_channels + i;
                add(&sum, (double)coarse_plane(s, image, c)[row * s->coarse[1] + column] *
                              weight_of(s, c, f, kh, kw));
            }
        }
    }
    return sum;
}

/* An element of the coarse side. */
static struct sum sum_unfold(const struct sides *s, int64_t element) {
    const int64_t w = element % s->coarse[1], h = element / s->coarse[1] % s->coarse[0];
    const int64_t channels = s->groups * s->coarse_channels;
    const int64_t channel = element / s->coarse[1] / s->coarse[0];
    const int64_t c = channel % channels, image = channel / channels;
    struct sum sum = {0, 0};
    for (int64_t f = 0; f < s->fine_channels; f++) {
        const float *plane = fine_plane(s, image, c / s->coarse_channels * s->fine_channels + f);
        for (int64_t kh = 0; kh < s->axis[0].kernel; kh++) {
            const int64_t row = fine_of(s, 0, h, kh);
            for (int64_t kw = 0; kw < s->axis[1].kernel && row >= 0; kw++) {
                const int64_t column = fine_of(s, 1, w, kw);
                if (column >= 0)
                    add(&sum,
                        (double)plane[row * s->fine[1] + column] * weight_of(s, c, f, kh, kw));
            }
        }
    }
    return sum;
}

/* An element of the weight's gradient. */
static struct sum sum_filter(const struct sides *s, int64_t element) {
    const int64_t kw = element % s->axis[1].kernel;
    const int64_t kh = element / s->axis[1].kernel % s->axis[0].kernel;
    const int64_t filter = element / s->axis[1].kernel / s->axis[0].kernel;
    const int64_t c = filter / s->fine_channels;
    const int64_t f = c / s->coarse_channels * s->fine_channels + filter % s->fine_channels;
    struct sum sum = {0, 0};
    for (int64_t image = 0; image < s->batch; image++) {
        const float *coarse = coarse_plane(s, image, c), *fine = fine_plane(s, image, f);
        for (int64_t h = 0; h < s->coarse[0]; h++) {
            const int64_t row = fine_of(s, 0, h, kh);
            for (int64_t w = 0; w < s->coarse[1] && row >= 0; w++) {
                const int64_t column = fine_of(s, 1, w, kw);
                if (column >= 0)
                    add(&sum, (double)coarse[h * s->coarse[1] + w] *
                                  (double)fine[row * s->fine[1] + column]);
            }
        }
    }
    return sum;
}

/* Compares the elements of a result, each the sum of at most `terms` terms. */
static bool compare(const struct sides *s, const struct pleat_tensor *result, double terms,
                    struct sum (*sum_of)(const struct sides *s, int64_t element), const char *name,
                    struct checked *checked, char message[CHECK_MESSAGE]) {
    const int64_t size = pleat_tensor_size(result);
    const double affordable = MOST_TERMS / terms;
    const bool all = (double)size <= affordable || size <= FEWEST_ELEMENTS;
    const int64_t count = all                            ? size
                          : affordable < FEWEST_ELEMENTS ? FEWEST_ELEMENTS
                                                         : (int64_t)affordable;
    struct pleat_random random = pleat_random_seed(2);
    for (int64_t i = 0; i < count; i++) {
        const int64_t element = all ? i : (int64_t)pleat_random_below(&random, (uint64_t)size);
        const struct sum sum = sum_of(s, element);
        const double value = (double)((const float *)result->data)[element];
        if (!(fabs(value - sum.value) <= CHECK_TOLERANCE * sum.terms)) {
            snprintf(message, CHECK_MESSAGE, "element %" PRId64 " of %s is %.9g, not %.9g", element,
                     name, value, sum.value);
            return false;
        }
    }
    checked->elements += count;
    checked->of += size;
    return true;
}

/* The fine side where the result is of the input's or output's kind. */
static bool check_image(const struct sides *s, const struct pleat_tensor *result, bool fine,
                        const char *name, struct checked *checked, char message[CHECK_MESSAGE]) {
    const double taps = (double)(s->axis[0].kernel * s->axis[1].kernel);
    const double channels = (double)(fine ? s->coarse_channels : s->fine_channels);
    return compare(s, result, taps * channels, fine ? sum_fold : sum_unfold, name, checked,
                   message);
}

bool check_pass(const struct subject *subject, enum pleat_pass pass, struct checked *checked,
                char message[CHECK_MESSAGE]) {
    const bool transpose = subject->op == PLEAT_CONV_TRANSPOSE;
    const struct pleat_tensor *in = &subject->input;
    const struct pleat_tensor *out =
        pass == PLEAT_FORWARD ? &subject->output : &subject->grad_output;
    const struct pleat_tensor *coarse = transpose ? in : out, *fine = transpose ? out : in;
    const int64_t groups = subject->params.groups;
    const struct sides s = {
        .groups = groups,
        .coarse_channels = coarse->extent[1] / groups,
        .fine_channels = fine->extent[1] / groups,
        .batch = in->extent[0],
        .coarse = {coarse->extent[2], coarse->extent[3]},
        .fine = {fine->extent[2], fine->extent[3]},
        .axis = subject->params.axis,
        .coarse_data = coarse->data,
        .fine_data = fine->data,
        .weight = subject->weight.data,
    };
    if (pass == PLEAT_FORWARD)
        return check_image(&s, &subject->output, transpose, "output", checked, message);
    if (makes_grad_input(pass) &&
        !check_image(&s, &subject->grad_input, !transpose, "grad_input", checked, message))
        return false;
    const double pixels = (double)(s.batch * s.coarse[0] * s.coarse[1]);
    return !makes_grad_weight(pass) ||
           compare(&s, &subject->grad_weight, pixels, sum_filter, "grad_weight", checked, message);
}
