/* Receptive fields: what changes where the input is changed, line by line, and the numbers of
 * networks that the literature has. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "failing_memory.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

/* What is added to a line of pixels. So much wins every max pooling over pixels that have none of
 * it, and is told from rounding, of which a result has less than NOISE: Winograd's transforms mix
 * neighbours. */
#define CHANGE 1e9
#define NOISE 1.0

/* Which outputs depend on which inputs along one axis of a model: depends[out][in]. */
struct dependence {
    int64_t in, out;
    unsigned char *depends;
};

/* Marks the output lines of an axis that differ between images 0 and 1 + line. */
static void compare(const struct pleat_tensor *y, int axis, int64_t line,
                    const struct dependence *d) {
    const int64_t image = pleat_tensor_size(y) / y->extent[0];
    int64_t below = 1;
    for (int i = 2 + axis + 1; i < y->rank; i++)
        below *= y->extent[i];
    for (int64_t i = 0; i < image; i++) {
        const double difference = fabs(tensor_get(y, (1 + line) * image + i) - tensor_get(y, i));
        if (!(difference < NOISE || difference > 1000 * NOISE))
            ck_abort_msg("unclear: %g", difference);
        if (difference > NOISE)
            d->depends[i / below % d->out * d->in + line] = 1;
    }
}

/* Finds the dependence along an axis by changing one line of the input in each image of a batch. */
static struct dependence observe(struct pleat_model *model, int axis, int64_t channels,
                                 const int64_t *extent, int rank) {
    const int64_t lines = extent[axis];
    struct pleat_compile_options options =
        compile_options(PLEAT_INFERENCE, 1 + lines, extent[0], extent[1], extent[2]);
    OK(pleat_model_compile, model, &options);
    int64_t shape[PLEAT_MAX_RANK] = {1 + lines, channels}, below = 1;
    memcpy(shape + 2, extent, 3 * sizeof shape[0]);
    for (int i = axis + 1; i < rank; i++)
        below *= extent[i];
    struct pleat_tensor x;
    OK(pleat_tensor_allocate, &x, pleat_model_dtype(model), 2 + rank, shape);
    const int64_t image = pleat_tensor_size(&x) / x.extent[0];
    struct pleat_random random = pleat_random_seed(5);
    for (int64_t i = 0; i < image; i++) {
        const double base = 1 + pleat_random_uniform(&random);
        for (int64_t n = 0; n <= lines; n++)
            tensor_set(&x, n * image + i, base + (i / below % lines == n - 1 ? CHANGE : 0));
    }
    OK(pleat_model_forward, model, &x);
    const struct pleat_tensor *y = pleat_model_output(model);
    struct dependence d = {.in = lines, .out = y->extent[2 + axis]};
    d.depends = calloc((size_t)(d.in * d.out), 1);
    for (int64_t line = 0; line < lines; line++)
        compare(y, axis, line, &d);
    pleat_tensor_free(&x);
    return d;
}

/* Compares the range told for some outputs with what was observed. */
static void check_range(const struct dependence *d, struct pleat_pixel_range outputs,
                        struct pleat_pixel_range told) {
    int64_t first = d->in, last = -1;
    for (int64_t o = outputs.first; o < outputs.first + outputs.count; o++)
        for (int64_t i = 0; i < d->in; i++)
            if (d->depends[o * d->in + i]) {
                first = i < first ? i : first;
                last = i > last ? i : last;
            }
    if (last < 0 ? told.count != 0 : told.first != first || told.count != last - first + 1)
        ck_abort_msg("outputs %lld, %lld of them: %lld from %lld, but told %lld from %lld",
                     (long long)outputs.first, (long long)outputs.count,
                     (long long)(last - first + 1), (long long)first, (long long)told.count,
                     (long long)told.first);
}

/* Compares every output, and runs of some, with what is observed along an axis. */
static void check_axis(struct pleat_model *model, int axis, int64_t channels, const int64_t *extent,
                       int rank) {
    struct dependence d = observe(model, axis, channels, extent, rank);
    const struct pleat_compile_options options =
        compile_options(PLEAT_INFERENCE, 1, extent[0], extent[1], extent[2]);
    for (int64_t count = 1; count < 8; count += 3)
        for (int64_t o = 0; o + count <= d.out; o++) {
            struct pleat_pixel_range told, endless;
            const struct pleat_pixel_range outputs = {o, count};
            OK(pleat_model_receptive_range, model, 0, 0, axis, &options, outputs, &told);
            check_range(&d, outputs, told);
            OK(pleat_model_receptive_range, model, 0, 0, axis, NULL, outputs, &endless);
            if (told.count > 0 && (endless.first > told.first ||
                                   endless.first + endless.count < told.first + told.count))
                ck_abort_msg("more than without end");
        }
    free(d.depends);
}

/* The middle of an image that is large enough sees what it would without end, and period, stride
 * and size are what the ranges say. */
static void check_field(struct pleat_model *model, int axis, int64_t extent) {
    const struct pleat_compile_options options =
        compile_options(PLEAT_INFERENCE, 1, extent, extent, extent);
    struct pleat_receptive_field field;
    OK(pleat_model_receptive_field, model, 0, 0, axis, &field);
    ck_assert_int_eq(field.period * field.stride_in % field.stride_out, 0);
    const int64_t moved = field.period * field.stride_in / field.stride_out,
                  middle = extent / 2 / field.stride_in * field.stride_out;
    int64_t size = 0;
    for (int64_t i = 0; i < 2 * field.period; i++) {
        struct pleat_pixel_range inside, endless, next;
        const struct pleat_pixel_range here = {middle + i, 1},
                                       there = {middle + i + field.period, 1};
        OK(pleat_model_receptive_range, model, 0, 0, axis, &options, here, &inside);
        OK(pleat_model_receptive_range, model, 0, 0, axis, NULL, here, &endless);
        OK(pleat_model_receptive_range, model, 0, 0, axis, NULL, there, &next);
        ck_assert_int_eq(inside.count, endless.count);
        ck_assert_int_eq(next.count, endless.count);
        ck_assert(endless.count == 0 ||
                  (inside.first == endless.first && next.first == endless.first + moved));
        size = endless.count > size ? endless.count : size;
    }
    ck_assert_int_eq(field.size, size);
}

static void check_model(struct pleat_model *model, int64_t channels, int rank,
                        const int64_t *extent) {
    fill_positive(model, 3);
    for (int axis = 0; axis < rank; axis++) {
        check_axis(model, axis, channels, extent, rank);
        check_field(model, axis, 240);
    }
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}

/* Operators: kernel, stride, dilation, padding at both ends, output padding. The axes differ. */
static const struct {
    enum pleat_operator op;
    struct pleat_axis axis[2];
} operators[] = {
    {PLEAT_CONV, {{3, 1, 1, 1, 1, 0}, {1, 1, 1, 0, 0, 0}}},
    {PLEAT_CONV, {{5, 2, 1, 2, 2, 0}, {2, 3, 1, 0, 0, 0}}},
    {PLEAT_CONV, {{3, 2, 3, 4, 1, 0}, {3, 4, 2, -1, 2, 0}}},
    {PLEAT_CONV, {{1, 2, 1, 0, 0, 0}, {4, 1, 2, 3, 3, 0}}},
    {PLEAT_CONV_TRANSPOSE, {{9, 3, 1, 3, 3, 0}, {4, 2, 1, 1, 1, 0}}},
    {PLEAT_CONV_TRANSPOSE, {{2, 3, 1, 0, 0, 2}, {1, 4, 1, 0, 0, 3}}},
    {PLEAT_CONV_TRANSPOSE, {{3, 3, 2, 1, 2, 1}, {3, 2, 3, 2, 0, 0}}},
    {PLEAT_CONV_TRANSPOSE, {{5, 4, 2, -3, 5, 2}, {4, 6, 4, 2, -4, 0}}},
    {PLEAT_CONV_TRANSPOSE, {{5, 1, 2, 4, 4, 0}, {3, 1, 1, 1, 1, 0}}},
};

START_TEST(one_operator) {
    struct chain chain = chain_begin(PLEAT_FLOAT64, 2, 2);
    struct pleat_conv_params params = pleat_conv_params_init(2, 1, 2, 1, 1, 0);
    memcpy(params.axis, operators[_i].axis, sizeof operators[_i].axis);
    chain_operator(&chain, operators[_i].op, params);
    check_model(chain.model, 2, 2, (int64_t[]){13, 11, 0});
}
END_TEST

/* Two strided, dilated transposes: the middle one has gaps and is not monotone. */
START_TEST(gaps_are_followed) {
    struct chain chain = chain_begin(PLEAT_FLOAT64, 1, 2);
    struct pleat_conv_params params = pleat_conv_params_init(2, 1, 1, 3, 3, 0);
    params.axis[0].dilation = 2;
    params.axis[1].kernel = 1;
    chain_operator(&chain, PLEAT_CONV_TRANSPOSE, params);
    params = pleat_conv_params_init(2, 1, 1, 3, 1, 4);
    params.axis[0].dilation = 3;
    params.axis[1].dilation = 5;
    chain_operator(&chain, PLEAT_CONV, params);
    check_model(chain.model, 1, 2, (int64_t[]){9, 8, 0});
}
END_TEST

START_TEST(three_axes) {
    struct chain chain = chain_begin(PLEAT_FLOAT64, 1, 3);
    struct pleat_conv_params params = pleat_conv_params_init(3, 1, 2, 3, 1, 1);
    params.axis[1].stride = 2;
    params.axis[2].dilation = 2;
    chain_operator(&chain, PLEAT_CONV, params);
    chain_pool(&chain, 2, 1, 1);
    chain_upsample(&chain, PLEAT_UPSAMPLE_LINEAR, 2);
    fill_positive(chain.model, 3);
    for (int axis = 0; axis < 3; axis++)
        check_axis(chain.model, axis, 1, (int64_t[]){7, 8, 6}, 3);
    pleat_model_free(chain.model);
}
END_TEST

/* The layers that move pixels, between layers that look at neighbours. */
START_TEST(moving_layers) {
    struct chain chain = chain_begin(PLEAT_FLOAT64, 4, 2);
    switch (_i) {
    case 0:
        chain_pool(&chain, 3, 2, 1);
        chain_pool(&chain, 2, 3, 0);
        break;
    case 1:
        chain_upsample(&chain, PLEAT_UPSAMPLE_NEAREST, 3);
        break;
    case 2:
        chain_upsample(&chain, PLEAT_UPSAMPLE_LINEAR, 2);
        break;
    case 3:
        chain_upsample(&chain, PLEAT_UPSAMPLE_LINEAR, 3);
        break;
    case 4:
        chain_upsample(&chain, PLEAT_UPSAMPLE_LINEAR, 1);
        chain_pad(&chain, 2, -3);
        chain_conv(&chain, 1, 3, 1, 1);
        break;
    case 5:
        chain_pad(&chain, -2, 1);
        chain_conv(&chain, 4, 3, 1, 2);
        chain_shuffle(&chain, 2);
        break;
    case 6:
        OK(pleat_model_add_batch_norm, chain.model, "norm", chain.last, NULL);
        OK(pleat_model_add_relu, chain.model, "relu", "norm");
        OK(pleat_model_add_prelu, chain.model, "prelu", "relu");
        OK(pleat_model_add_dropout, chain.model, "drop", "prelu", NULL, 0.5);
        break;
    default:
        /* A crop between paddings: what it cuts off is seen by nothing. */
        chain_conv(&chain, 1, 3, 1, 1);
        chain_pad(&chain, -1, -1);
        chain_conv(&chain, 1, 3, 1, 2);
        chain_upsample(&chain, PLEAT_UPSAMPLE_LINEAR, 2);
        chain_conv(&chain, 1, 5, 4, 3);
        break;
    }
    check_model(chain.model, 4, 2, (int64_t[]){12, 14, 0});
}
END_TEST

START_TEST(skips_and_sharing) {
    check_model(make_unet(PLEAT_FLOAT64, 2, 1), 1, 2, (int64_t[]){16, 20, 0});
    struct chain chain = chain_begin(PLEAT_FLOAT64, 1, 2);
    chain_conv(&chain, 1, 3, 2, 1);
    OK(pleat_model_add_shared, chain.model, "again", chain.last, chain.last);
    strcpy(chain.last, "again");
    chain_transpose(&chain, 1, 6, 4, 1);
    chain_sum(&chain, "image");
    check_model(chain.model, 1, 2, (int64_t[]){16, 24, 0});
}
END_TEST

static int64_t draw(struct pleat_random *random, int64_t low, int64_t high) {
    return low + (int64_t)pleat_random_below(random, (uint64_t)(high - low + 1));
}

static struct pleat_conv_params draw_params(struct pleat_random *random, enum pleat_operator op) {
    struct pleat_conv_params params = pleat_conv_params_init(2, 1, 1, 1, 1, 0);
    for (int i = 0; i < 2; i++) {
        struct pleat_axis *axis = &params.axis[i];
        axis->kernel = draw(random, 1, 4);
        axis->stride = draw(random, 1, 3);
        axis->dilation = draw(random, 1, 3);
        axis->padding_begin = draw(random, -1, 3);
        axis->padding_end = draw(random, -1, 3);
        if (op == PLEAT_CONV_TRANSPOSE) {
            const int64_t most = axis->stride > axis->dilation ? axis->stride : axis->dilation;
            axis->output_padding = draw(random, 0, most - 1);
        }
    }
    return params;
}

static void draw_layer(struct chain *chain, struct pleat_random *random) {
    const enum pleat_operator op = draw(random, 0, 1) == 0 ? PLEAT_CONV : PLEAT_CONV_TRANSPOSE;
    char skip[CHAIN_NAME];
    strcpy(skip, chain->last);
    switch (draw(random, 0, 6)) {
    case 0:
        chain_pool(chain, draw(random, 2, 3), draw(random, 1, 3), draw(random, 0, 1));
        break;
    case 1:
        chain_upsample(chain, (enum pleat_upsampling)draw(random, 0, 1), draw(random, 1, 3));
        break;
    case 2:
        chain_pad(chain, draw(random, -2, 2), draw(random, -2, 2));
        break;
    case 3: /* a residual, whose sides see different pixels */
        chain_pad(chain, 2, -2);
        chain_conv(chain, 1, 3, 1, 1);
        chain_sum(chain, skip);
        break;
    default:
        chain_operator(chain, op, draw_params(random, op));
    }
}

/* Whether every layer has some pixels, and the output depends on the input on both axes: axes are
 * looked at one by one, so that nothing on one of them is not seen on the other. */
static bool is_lively(const struct pleat_model *model,
                      const struct pleat_compile_options *options) {
    for (int i = 0; i < pleat_model_layer_count(model); i++)
        for (int axis = 0; axis < 2; axis++)
            if (pleat_model_layer(model, i).output.extent[2 + axis] < 5)
                return false;
    for (int axis = 0; axis < 2; axis++) {
        struct pleat_pixel_range range;
        const struct pleat_pixel_range all = {0, pleat_model_output(model)->extent[2 + axis]};
        OK(pleat_model_receptive_range, model, 0, 0, axis, options, all, &range);
        if (range.count == 0)
            return false;
    }
    return true;
}

/* Random chains. Those that leave few pixels at some layer are passed over. */
START_TEST(random_graphs) {
    struct pleat_random random = pleat_random_seed(40 + (uint64_t)_i);
    const int64_t extent[] = {11, 14, 0};
    int checked = 0;
    for (int attempt = 0; attempt < 40; attempt++) {
        struct chain chain = chain_begin(PLEAT_FLOAT64, 1, 2);
        for (int64_t layers = draw(&random, 2, 4); layers > 0; layers--)
            draw_layer(&chain, &random);
        const struct pleat_compile_options options =
            compile_options(PLEAT_INFERENCE, 1, extent[0], extent[1], 0);
        fill_positive(chain.model, 9);
        if (pleat_model_compile(chain.model, &options, NULL) == PLEAT_OK &&
            is_lively(chain.model, &options)) {
            checked++;
            for (int axis = 0; axis < 2; axis++) {
                check_axis(chain.model, axis, 1, extent, 2);
                check_field(chain.model, axis, 200);
            }
        }
        pleat_model_free(chain.model);
    }
    ck_assert_int_ge(checked, 10);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* Araujo et al. (2019), table of networks: the field, the stride and the padding of the last layer
 * of features. */
static void expect(struct pleat_model *model, int64_t size, int64_t stride, int64_t padding) {
    struct pleat_receptive_field field;
    struct pleat_pixel_range range;
    OK(pleat_model_receptive_field, model, 0, 0, 1, &field);
    ck_assert_int_eq(field.size, size);
    ck_assert_int_eq(field.stride_in, stride);
    ck_assert_int_eq(field.stride_out, 1);
    ck_assert_int_eq(field.period, 1);
    OK(pleat_model_receptive_range, model, 0, 0, 1, NULL, (struct pleat_pixel_range){10, 1},
       &range);
    ck_assert_int_eq(range.first, 10 * stride - padding);
    ck_assert_int_eq(range.count, size);
    pleat_model_free(model);
}

START_TEST(literature) {
    struct chain alexnet = chain_begin(PLEAT_FLOAT32, 3, 2);
    chain_conv(&alexnet, 1, 11, 4, 0);
    chain_pool(&alexnet, 3, 2, 0);
    chain_conv(&alexnet, 1, 5, 1, 2);
    chain_pool(&alexnet, 3, 2, 0);
    for (int i = 0; i < 3; i++)
        chain_conv(&alexnet, 1, 3, 1, 1);
    chain_pool(&alexnet, 3, 2, 0);
    expect(alexnet.model, 195, 32, 64);
    struct chain vgg = chain_begin(PLEAT_FLOAT32, 3, 2);
    for (int block = 0; block < 5; block++) {
        for (int i = 0; i < (block < 2 ? 2 : 3); i++)
            chain_conv(&vgg, 1, 3, 1, 1);
        chain_pool(&vgg, 2, 2, 0);
    }
    expect(vgg.model, 212, 32, 90);
    static const int units[] = {3, 4, 6, 3};
    struct chain resnet = chain_begin(PLEAT_FLOAT32, 3, 2);
    chain_conv(&resnet, 1, 7, 2, 3);
    chain_pool(&resnet, 3, 2, 1);
    for (int block = 0; block < 4; block++)
        for (int unit = 0; unit < units[block]; unit++) {
            const int64_t stride = block < 3 && unit == units[block] - 1 ? 2 : 1;
            char before[CHAIN_NAME], shortcut[CHAIN_NAME];
            strcpy(before, resnet.last);
            chain_pool(&resnet, 1, stride, 0);
            strcpy(shortcut, resnet.last);
            strcpy(resnet.last, before);
            chain_conv(&resnet, 1, 1, 1, 0);
            chain_conv(&resnet, 1, 3, stride, 1);
            chain_conv(&resnet, 1, 1, 1, 0);
            chain_sum(&resnet, shortcut);
        }
    expect(resnet.model, 483, 32, 241);
}
END_TEST

/* FSRCNN x3: a third of a pixel an output pixel; and a U-Net's period. */
START_TEST(fractions) {
    struct pleat_receptive_field field;
    struct chain chain = chain_begin(PLEAT_FLOAT32, 1, 2);
    chain_conv(&chain, 1, 5, 1, 2);
    for (int i = 0; i < 4; i++)
        chain_conv(&chain, 1, 3, 1, 1);
    chain_transpose(&chain, 1, 9, 3, 3);
    OK(pleat_model_receptive_field, chain.model, 0, 0, 0, &field);
    ck_assert_int_eq(field.stride_in, 1);
    ck_assert_int_eq(field.stride_out, 3);
    ck_assert_int_eq(field.period, 3);
    ck_assert_int_eq(field.size, 15); /* 3 pixels by the transpose, 2 more to either side of each
                                         layer but the first's 4: 3 + 4 + 4 x 2 */
    pleat_model_free(chain.model);
    struct pleat_model *unet = make_unet(PLEAT_FLOAT32, 3, 1);
    OK(pleat_model_receptive_field, unet, 0, 0, 1, &field);
    ck_assert(field.stride_in == 1 && field.stride_out == 1 && field.period == 8);
    pleat_model_free(unet);
}
END_TEST

/* Several inputs: each its own field, none where there is no way. */
START_TEST(several_inputs) {
    struct pleat_receptive_field field;
    struct pleat_pixel_range range;
    struct chain chain = chain_begin(PLEAT_FLOAT32, 1, 1);
    chain_conv(&chain, 1, 3, 2, 0);
    OK(pleat_model_add_input, chain.model, "half", 1, 1);
    chain_sum(&chain, "half");
    OK(pleat_model_add_input, chain.model, "vector", 4, 0);
    OK(pleat_model_add_reshape, chain.model, "line", "vector", 1, 1, (int64_t[]){4});
    chain_sum(&chain, "line");
    OK(pleat_model_mark_output, chain.model, chain.last);
    OK(pleat_model_mark_output, chain.model, "line");
    OK(pleat_model_receptive_field, chain.model, 0, 0, 0, &field);
    ck_assert(field.size == 3 && field.stride_in == 2 && field.stride_out == 1);
    OK(pleat_model_receptive_field, chain.model, 1, 0, 0, &field);
    ck_assert(field.size == 1 && field.stride_in == 1 && field.stride_out == 1);
    OK(pleat_model_receptive_field, chain.model, 0, 1, 0, &field);
    ck_assert(field.size == 0 && field.period == 0);
    OK(pleat_model_receptive_range, chain.model, 0, 1, 0, NULL, (struct pleat_pixel_range){2, 5},
       &range);
    ck_assert_int_eq(range.count, 0);
    REFUSED(PLEAT_INVALID_ARGUMENT, "axis must be 0 to -1", pleat_model_receptive_field,
            chain.model, 2, 0, 0, &field);
    pleat_model_free(chain.model);
}
END_TEST

START_TEST(refusals) {
    struct pleat_receptive_field field;
    struct pleat_pixel_range range;
    const struct pleat_pixel_range one = {0, 1};
    struct chain chain = chain_begin(PLEAT_FLOAT32, 1, 2);
    chain_conv(&chain, 1, 3, 2, 1);
    const struct pleat_compile_options options = compile_options(PLEAT_INFERENCE, 1, 8, 8, 0);
    REFUSED(PLEAT_INVALID_ARGUMENT, "model", pleat_model_receptive_field, NULL, 0, 0, 0, &field);
    REFUSED(PLEAT_INVALID_ARGUMENT, "field", pleat_model_receptive_field, chain.model, 0, 0, 0,
            NULL);
    REFUSED(PLEAT_INVALID_ARGUMENT, "range", pleat_model_receptive_range, chain.model, 0, 0, 0,
            NULL, one, NULL);
    REFUSED(PLEAT_INVALID_ARGUMENT, "input must", pleat_model_receptive_field, chain.model, 1, 0, 0,
            &field);
    REFUSED(PLEAT_INVALID_ARGUMENT, "output must", pleat_model_receptive_field, chain.model, 0, 1,
            0, &field);
    REFUSED(PLEAT_INVALID_ARGUMENT, "axis must be 0 to 1", pleat_model_receptive_field, chain.model,
            0, 0, 2, &field);
    REFUSED(PLEAT_INVALID_ARGUMENT, "count", pleat_model_receptive_range, chain.model, 0, 0, 0,
            NULL, ((struct pleat_pixel_range){0, 0}), &range);
    REFUSED(PLEAT_INVALID_ARGUMENT, "4 pixels", pleat_model_receptive_range, chain.model, 0, 0, 0,
            &options, ((struct pleat_pixel_range){2, 3}), &range);
    REFUSED(PLEAT_SIZE_OVERFLOW, "2^31", pleat_model_receptive_range, chain.model, 0, 0, 0, NULL,
            ((struct pleat_pixel_range){0, INT64_C(1) << 40}), &range);
    REFUSED(PLEAT_SIZE_OVERFLOW, "l0", pleat_model_receptive_range, chain.model, 0, 0, 0, NULL,
            ((struct pleat_pixel_range){INT64_MAX, 1}), &range);
    for (long allocations = 0; allocations < 3; allocations++) {
        failing_memory_arm(allocations);
        REFUSED(PLEAT_OUT_OF_MEMORY, "memory", pleat_model_receptive_field, chain.model, 0, 0, 0,
                &field);
        failing_memory_arm(-1);
    }
    chain_upsample(&chain, PLEAT_UPSAMPLE_NEAREST, 1);
    const char *const both[] = {"image", chain.last};
    OK(pleat_model_add_concatenate, chain.model, "odd", 2, both);
    REFUSED(PLEAT_UNSUPPORTED, "\"odd\" joins", pleat_model_receptive_field, chain.model, 0, 0, 0,
            &field);
    OK(pleat_model_add_reshape, chain.model, "flat", "odd", 1, 2, ((int64_t[]){4, 4}));
    OK(pleat_model_mark_output, chain.model, "l1");
    OK(pleat_model_mark_output, chain.model, "flat");
    OK(pleat_model_receptive_field, chain.model, 0, 0, 0, &field);
    pleat_model_free(chain.model);
    chain = chain_begin(PLEAT_FLOAT32, 1, 2);
    OK(pleat_model_add_reshape, chain.model, "flat", "image", 16, 0, NULL);
    OK(pleat_model_add_dense, chain.model, "dense", "flat", 3, 1);
    REFUSED(PLEAT_UNSUPPORTED, "\"flat\", a reshape, mixes", pleat_model_receptive_field,
            chain.model, 0, 0, 0, &field);
    pleat_model_free(chain.model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("receptive field");
    suite_add_loop(suite, "one operator", one_operator, sizeof operators / sizeof operators[0]);
    suite_add_loop(suite, "gaps", gaps_are_followed, 1);
    suite_add_loop(suite, "three axes", three_axes, 1);
    suite_add_loop(suite, "moving layers", moving_layers, 8);
    suite_add_loop(suite, "skips", skips_and_sharing, 1);
    suite_add_loop(suite, "random", random_graphs, 6);
    suite_add_loop(suite, "literature", literature, 1);
    suite_add_loop(suite, "fractions", fractions, 1);
    suite_add_loop(suite, "several inputs", several_inputs, 1);
    suite_add_loop(suite, "refusals", refusals, 1);
    return run_suite(suite);
}
