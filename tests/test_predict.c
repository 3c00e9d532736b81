/* Prediction: tiles against the whole, for every kind of layer that can be cut; the bound of
 * memory; images that are extended; sizes that are kept. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "failing_memory.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

/* The largest difference between two runs, over the largest number: float sums in another order. */
#define TOLERANCE 1e-5

static struct pleat_predict_options bound(size_t memory) {
    struct pleat_predict_options options = pleat_predict_options_init();
    options.memory = memory;
    options.threads = 1;
    return options;
}

static struct pleat_predictor *make(struct pleat_model *model,
                                    const struct pleat_predict_options *options) {
    struct pleat_predictor *predictor;
    OK(pleat_predictor_create, &predictor, model, options);
    return predictor;
}

static struct pleat_prediction plan(struct pleat_predictor *predictor, int64_t images,
                                    const int64_t *extent) {
    struct pleat_prediction prediction;
    OK(pleat_predictor_plan, predictor, images, extent, &prediction);
    return prediction;
}

static struct pleat_tensor random_images(const struct pleat_model *model, int64_t images,
                                         int64_t channels, int rank, const int64_t *extent) {
    int64_t shape[PLEAT_MAX_RANK] = {images, channels};
    for (int i = 0; i < rank; i++)
        shape[2 + i] = extent[i];
    struct pleat_tensor x;
    OK(pleat_tensor_allocate, &x, pleat_model_dtype(model), 2 + rank, shape);
    struct pleat_random random = pleat_random_seed(17);
    fill_reals(&x, &random);
    return x;
}

/* Allocates the outputs of a prediction, filled with that value. */
static void make_outputs(const struct pleat_prediction *prediction, double value,
                         struct pleat_tensor *y) {
    for (int k = 0; k < prediction->output_count; k++) {
        const struct pleat_tensor *like = &prediction->output[k];
        OK(pleat_tensor_allocate, &y[k], like->dtype, like->rank, like->extent);
        fill_value(&y[k], value);
    }
}

static void free_outputs(struct pleat_tensor *y, int count) {
    for (int k = 0; k < count; k++)
        pleat_tensor_free(&y[k]);
}

/* Runs a predictor on x into new outputs. */
static void run(struct pleat_predictor *predictor, const struct pleat_tensor *x,
                struct pleat_tensor *y) {
    const struct pleat_prediction p = plan(predictor, x->extent[0], x->extent + 2);
    make_outputs(&p, NAN, y);
    OK(pleat_predictor_run, predictor, x, p.output_count, y);
}

static void assert_alike(const struct pleat_tensor *a, const struct pleat_tensor *b) {
    double size = 0, difference = 0;
    ck_assert_int_eq(pleat_tensor_size(a), pleat_tensor_size(b));
    for (int64_t i = 0; i < pleat_tensor_size(a); i++) {
        if (!isfinite(tensor_get(a, i)) || !isfinite(tensor_get(b, i)))
            ck_abort_msg("element %lld is not finite", (long long)i);
        size = fmax(size, fabs(tensor_get(a, i)));
        difference = fmax(difference, fabs(tensor_get(a, i) - tensor_get(b, i)));
    }
    ck_assert(size > 0);
    ck_assert_msg(difference <= TOLERANCE * size, "largest difference %g of %g", difference, size);
}

/* The number of tiles of an image. */
static int64_t tile_count(const struct pleat_prediction *p) {
    int64_t count = 1;
    for (int i = 0; i < p->rank; i++)
        count *= p->tiles[i];
    return count;
}

/* Runs under bounds that shrink, from that of the whole down to where it is refused or tiles are
 * many, and compares each run with the whole. Returns the most tiles that there were. */
static int64_t compare_bounds(struct pleat_model *model, const struct pleat_tensor *x,
                              enum pleat_extension extension) {
    struct pleat_tensor whole[PLEAT_MAX_OUTPUTS], tiled[PLEAT_MAX_OUTPUTS];
    struct pleat_predict_options options = bound(0);
    options.extension = extension;
    struct pleat_predictor *predictor = make(model, &options);
    run(predictor, x, whole);
    const struct pleat_prediction p = plan(predictor, x->extent[0], x->extent + 2);
    ck_assert_int_eq(tile_count(&p), 1);
    size_t memory = p.memory;
    int64_t most = 1;
    pleat_predictor_free(predictor);
    for (enum pleat_status status = PLEAT_OK; status == PLEAT_OK && most < 200;
         memory = memory * 2 / 3) {
        struct pleat_prediction cut;
        struct pleat_error error;
        options.memory = memory;
        predictor = make(model, &options);
        status = pleat_predictor_plan(predictor, x->extent[0], x->extent + 2, &cut, &error);
        if (status == PLEAT_OK) {
            ck_assert_uint_le(cut.memory, memory);
            run(predictor, x, tiled);
            for (int k = 0; k < p.output_count; k++)
                assert_alike(&tiled[k], &whole[k]);
            free_outputs(tiled, p.output_count);
            most = tile_count(&cut) > most ? tile_count(&cut) : most;
        } else
            ck_assert_int_eq(status, PLEAT_OUT_OF_MEMORY);
        pleat_predictor_free(predictor);
    }
    free_outputs(whole, p.output_count);
    return most;
}

static void check_tiles(struct pleat_model *model, int64_t channels, int rank,
                        const int64_t *extent, int64_t least_tiles) {
    fill_parameters(model, 0.4, 8);
    struct pleat_tensor x = random_images(model, 2, channels, rank, extent);
    const int64_t tiles = compare_bounds(model, &x, PLEAT_EXTEND_NONE);
    ck_assert_msg(tiles >= least_tiles, "no more than %lld tiles", (long long)tiles);
    pleat_tensor_free(&x);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}

START_TEST(unet) {
    check_tiles(make_unet(PLEAT_FLOAT32, 2, 3), 1, 2, (int64_t[]){100, 132}, 6);
    check_tiles(make_unet(PLEAT_FLOAT64, 1, 2), 1, 2, (int64_t[]){18, 150}, 6);
}
END_TEST

/* Each model twice: the second time for extents that fall otherwise on its strides. */
START_TEST(layers) {
    struct chain chain = chain_begin(PLEAT_FLOAT32, 4, 2);
    switch (_i / 2) {
    case 0: /* an encoder, and back by uneven factors */
        chain_conv(&chain, 3, 5, 2, 1);
        chain_pool(&chain, 3, 3, 1);
        chain_upsample(&chain, PLEAT_UPSAMPLE_LINEAR, 4);
        chain_conv(&chain, 3, 3, 1, 1);
        break;
    case 1: /* enlarging: gaps, crops, output padding */
        chain_transpose(&chain, 8, 2, 3, -1);
        chain_leaky(&chain);
        chain_shuffle(&chain, 2);
        chain_pad(&chain, -3, 2);
        chain_conv(&chain, 1, 3, 1, 0);
        break;
    case 2: /* no padding at all: the output is smaller */
        chain_conv(&chain, 4, 5, 1, 0);
        chain_pool(&chain, 2, 2, 0);
        chain_conv(&chain, 4, 3, 1, 0);
        chain_transpose(&chain, 2, 4, 2, 0);
        break;
    case 3: /* padding far beyond the kernel, nearest up-sampling, normalisation */
        chain_conv(&chain, 2, 3, 1, 4);
        OK(pleat_model_add_batch_norm, chain.model, "norm", chain.last, NULL);
        strcpy(chain.last, "norm");
        chain_upsample(&chain, PLEAT_UPSAMPLE_NEAREST, 3);
        chain_conv(&chain, 2, 7, 5, 2);
        break;
    case 4: { /* uneven sides, dilations and shifts, joined */
        struct pleat_conv_params params = pleat_conv_params_init(2, 1, 4, 3, 1, 2);
        params.axis[0] = (struct pleat_axis){3, 1, 3, 6, 0, 0};
        params.axis[1] = (struct pleat_axis){2, 1, 1, 0, 1, 0};
        chain_operator(&chain, PLEAT_CONV, params);
        chain_sum(&chain, "image");
        OK(pleat_model_add_softmax, chain.model, "soft", chain.last);
        strcpy(chain.last, "soft");
        break;
    }
    default: /* one pixel at a time */
        chain_conv(&chain, 2, 1, 1, 0);
    }
    check_tiles(chain.model, 4, 2, _i % 2 == 0 ? (int64_t[]){132, 120} : (int64_t[]){127, 149}, 2);
}
END_TEST

START_TEST(other_ranks) {
    struct chain line = chain_begin(PLEAT_FLOAT32, 1, 1);
    chain_conv(&line, 4, 9, 4, 4);
    chain_leaky(&line);
    chain_transpose(&line, 1, 8, 4, 2);
    check_tiles(line.model, 1, 1, (int64_t[]){1000}, 10);
    struct chain volume = chain_begin(PLEAT_FLOAT32, 1, 3);
    chain_conv(&volume, 3, 3, 1, 1);
    chain_pool(&volume, 2, 2, 0);
    chain_transpose(&volume, 1, 2, 2, 0);
    check_tiles(volume.model, 1, 3, (int64_t[]){20, 16, 24}, 8);
}
END_TEST

/* Outputs of different strides, one of them within the graph. */
START_TEST(several_outputs) {
    struct chain chain = chain_begin(PLEAT_FLOAT32, 1, 2);
    chain_conv(&chain, 2, 5, 1, 2);
    chain_pool(&chain, 2, 2, 0);
    OK(pleat_model_mark_output, chain.model, chain.last);
    chain_conv(&chain, 3, 3, 2, 1);
    OK(pleat_model_mark_output, chain.model, chain.last);
    chain_transpose(&chain, 1, 12, 8, 2);
    OK(pleat_model_mark_output, chain.model, chain.last);
    check_tiles(chain.model, 1, 2, (int64_t[]){64, 96}, 6);
}
END_TEST

/* Pixel i of an axis extended by hand. */
static int64_t extended_pixel(int64_t i, int64_t extent, enum pleat_extension extension) {
    while (i >= extent)
        i = extension == PLEAT_EXTEND_EDGE || extent == 1 ? extent - 1
                                                          : llabs(2 * (extent - 1) - i);
    return i;
}

/* An image that is extended gives what one extended by hand gives, cut; whole and by tiles. */
START_TEST(extensions) {
    static const int64_t sizes[][2] = {{250, 237}, {3, 41}, {1, 8}, {104, 401}};
    const enum pleat_extension extension = _i % 2 == 0 ? PLEAT_EXTEND_REFLECT : PLEAT_EXTEND_EDGE;
    const int64_t height = sizes[_i / 2][0], width = sizes[_i / 2][1], rows = (height + 7) / 8 * 8,
                  columns = (width + 7) / 8 * 8;
    struct pleat_model *model = make_unet(PLEAT_FLOAT32, 3, 2);
    fill_parameters(model, 0.4, 8);
    struct pleat_tensor x = random_images(model, 2, 1, 2, (int64_t[]){height, width});
    struct pleat_tensor big = random_images(model, 2, 1, 2, (int64_t[]){rows, columns});
    for (int64_t i = 0; i < pleat_tensor_size(&big); i++) {
        const int64_t row = extended_pixel(i / columns % rows, height, extension),
                      column = extended_pixel(i % columns, width, extension);
        tensor_set(&big, i, tensor_get(&x, (i / columns / rows * height + row) * width + column));
    }
    struct pleat_predict_options options = bound(0);
    struct pleat_predictor *plain = make(model, &options);
    options.extension = extension;
    struct pleat_predictor *extending = make(model, &options);
    struct pleat_tensor expected, y;
    run(plain, &big, &expected);
    run(extending, &x, &y);
    const struct pleat_prediction p = plan(extending, 2, (int64_t[]){height, width});
    ck_assert(p.extended[0] == rows && p.extended[1] == columns);
    ck_assert(y.extent[2] == height && y.extent[3] == width);
    for (int64_t i = 0; i < pleat_tensor_size(&y); i++) {
        const int64_t at = (i / width / height * rows + i / width % height) * columns + i % width;
        if (tensor_get(&y, i) != tensor_get(&expected, at))
            ck_abort_msg("pixel %lld", (long long)i);
    }
    if (rows > 100)
        ck_assert_int_gt(compare_bounds(model, &x, extension), 1);
    pleat_tensor_free(&expected);
    pleat_tensor_free(&y);
    pleat_tensor_free(&x);
    pleat_tensor_free(&big);
    pleat_predictor_free(plain);
    pleat_predictor_free(extending);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* An encoder's output covers what is left over, and a decoder's is as much larger as it says. */
START_TEST(extended_outputs) {
    struct pleat_predict_options options = bound(0);
    options.extension = PLEAT_EXTEND_EDGE;
    struct chain chain = chain_begin(PLEAT_FLOAT32, 1, 2);
    chain_conv(&chain, 1, 4, 4, 0);
    OK(pleat_model_mark_output, chain.model, chain.last);
    chain_upsample(&chain, PLEAT_UPSAMPLE_NEAREST, 12);
    OK(pleat_model_mark_output, chain.model, chain.last);
    struct pleat_predictor *predictor = make(chain.model, &options);
    const struct pleat_prediction p = plan(predictor, 3, (int64_t[]){9, 16});
    ck_assert(p.extended[0] == 12 && p.extended[1] == 16);
    ck_assert(p.output[0].extent[2] == 3 && p.output[0].extent[3] == 4);
    ck_assert(p.output[1].extent[2] == 27 && p.output[1].extent[3] == 48);
    ck_assert(p.output[1].extent[0] == 3);
    pleat_predictor_free(predictor);
    pleat_model_free(chain.model);
}
END_TEST

/* Several images at once are what each is alone; memory lets fewer through; sums are added. */
START_TEST(batches) {
    struct pleat_model *model = make_unet(PLEAT_FLOAT32, 1, 2);
    fill_parameters(model, 0.4, 8);
    struct pleat_tensor x = random_images(model, 7, 1, 2, (int64_t[]){16, 20}), single, y, half;
    struct pleat_predict_options options = bound(0);
    struct pleat_predictor *ones = make(model, &options);
    options.batch = 5;
    struct pleat_predictor *fives = make(model, &options);
    run(ones, &x, &single);
    run(fives, &x, &y);
    const struct pleat_prediction p = plan(fives, 7, x.extent + 2);
    ck_assert_int_eq(p.batch, 5);
    assert_alike(&y, &single);
    options.memory = p.memory / 5 * 4;
    options.add = true;
    struct pleat_predictor *bounded = make(model, &options);
    const struct pleat_prediction fewer = plan(bounded, 7, x.extent + 2);
    ck_assert(fewer.batch > 1 && fewer.batch < 5 && tile_count(&fewer) == 1);
    make_outputs(&fewer, 1, &half);
    OK(pleat_predictor_run, bounded, &x, 1, &half);
    for (int64_t i = 0; i < pleat_tensor_size(&half); i++)
        if (!(fabs(tensor_get(&half, i) - 1 - tensor_get(&single, i)) < 1e-5))
            ck_abort_msg("element %lld", (long long)i);
    x.extent[0] = half.extent[0] = 0;
    OK(pleat_predictor_run, bounded, &x, 1, &half);
    pleat_tensor_free(&x);
    pleat_tensor_free(&y);
    pleat_tensor_free(&half);
    pleat_tensor_free(&single);
    pleat_predictor_free(ones);
    pleat_predictor_free(fives);
    pleat_predictor_free(bounded);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* A size that was met is ready: a run allocates nothing. The bound holds for all that is kept. */
START_TEST(sizes_are_kept) {
    struct pleat_model *model = make_unet(PLEAT_FLOAT32, 1, 2);
    fill_parameters(model, 0.4, 8);
    struct pleat_tensor small = random_images(model, 1, 1, 2, (int64_t[]){16, 20}), y[2],
                        large = random_images(model, 1, 1, 2, (int64_t[]){64, 60});
    struct pleat_predict_options options = bound(0);
    struct pleat_predictor *predictor = make(model, &options);
    run(predictor, &small, &y[0]);
    run(predictor, &large, &y[1]);
    const size_t memory = plan(predictor, 1, large.extent + 2).memory;
    failing_memory_arm(0);
    OK(pleat_predictor_run, predictor, &small, 1, &y[0]);
    OK(pleat_predictor_run, predictor, &large, 1, &y[1]);
    failing_memory_arm(-1);
    pleat_predictor_free(predictor);
    options.memory = memory;
    predictor = make(model, &options);
    OK(pleat_predictor_run, predictor, &small, 1, &y[0]);
    OK(pleat_predictor_run, predictor, &large, 1, &y[1]);
    failing_memory_arm(0);
    OK(pleat_predictor_run, predictor, &large, 1, &y[1]);
    REFUSED(PLEAT_OUT_OF_MEMORY, "memory", pleat_predictor_run, predictor, &small, 1, &y[0]);
    failing_memory_arm(-1);
    for (int64_t i = 1; i < 9; i++)
        plan(predictor, 1, (int64_t[]){2 * i, 4});
    pleat_predictor_free(predictor);
    free_outputs(y, 2);
    pleat_tensor_free(&small);
    pleat_tensor_free(&large);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* A training goes on as if no prediction had come between its forward and its backward. */
START_TEST(the_model_is_left_alone) {
    struct pleat_model *model = make_unet(PLEAT_FLOAT64, 1, 2);
    fill_parameters(model, 0.4, 8);
    struct pleat_tensor x = random_images(model, 1, 1, 2, (int64_t[]){8, 8}), y,
                        other = random_images(model, 1, 1, 2, (int64_t[]){12, 6});
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 8, 8, 0);
    OK(pleat_model_compile, model, &options);
    const int last = pleat_model_parameter_count(model) - 1;
    const struct pleat_tensor grad = pleat_model_parameter(model, 0).grad;
    void *expected = NULL;
    ck_assert_int_gt(last, 0);
    for (int between = 0; between < 2; between++) {
        pleat_model_zero_grad(model);
        OK(pleat_model_forward, model, &x);
        struct pleat_tensor gy = *pleat_model_output(model);
        gy.data = tensor_bytes(&gy);
        if (between) {
            struct pleat_predictor *predictor = make(model, NULL);
            run(predictor, &other, &y);
            pleat_tensor_free(&y);
            pleat_predictor_free(predictor);
        }
        OK(pleat_model_backward, model, &gy);
        free(gy.data);
        if (between)
            assert_bytes(&grad, expected, "gradient");
        else
            expected = tensor_bytes(&grad);
    }
    free(expected);
    pleat_tensor_free(&x);
    pleat_tensor_free(&other);
    pleat_model_free(model);
}
END_TEST

/* Counts the passes, and stops after `stop` of them. */
struct progress {
    int64_t calls, total, stop;
};

static enum pleat_status on_progress(void *context, int64_t done, int64_t total) {
    struct progress *progress = context;
    progress->calls++;
    ck_assert_int_eq(done, progress->calls);
    progress->total = total;
    return done == progress->stop ? PLEAT_CANCELLED : PLEAT_OK;
}

START_TEST(progress_and_stop) {
    struct pleat_model *model = make_unet(PLEAT_FLOAT32, 1, 2);
    fill_parameters(model, 0.4, 8);
    struct pleat_tensor x = random_images(model, 3, 1, 2, (int64_t[]){40, 60}), y;
    struct progress progress = {0, 0, 0};
    struct pleat_predict_options options = bound(60000);
    options.progress = on_progress;
    options.context = &progress;
    struct pleat_predictor *predictor = make(model, &options);
    run(predictor, &x, &y);
    const struct pleat_prediction p = plan(predictor, 3, x.extent + 2);
    ck_assert_int_gt(tile_count(&p), 1);
    ck_assert_int_eq(progress.calls, 3 * tile_count(&p));
    ck_assert_int_eq(progress.total, progress.calls);
    progress = (struct progress){0, 0, 2};
    REFUSED(PLEAT_CANCELLED, "after 2 of", pleat_predictor_run, predictor, &x, 1, &y);
    ck_assert_int_eq(progress.calls, 2);
    pleat_tensor_free(&x);
    pleat_tensor_free(&y);
    pleat_predictor_free(predictor);
    pleat_model_free(model);
}
END_TEST

/* Threads change no bits. */
START_TEST(threads) {
    struct pleat_model *model = make_unet(PLEAT_FLOAT32, 2, 8);
    fill_parameters(model, 0.2, 8);
    struct pleat_tensor x = random_images(model, 1, 1, 2, (int64_t[]){160, 140}), y[2];
    void *expected = NULL;
    for (int n = 1; n <= 3; n += 2) {
        struct pleat_predict_options options = bound(0);
        options.threads = n;
        struct pleat_predictor *predictor = make(model, &options);
        run(predictor, &x, &y[n / 2]);
        if (n == 1)
            expected = tensor_bytes(&y[0]);
        assert_bytes(&y[n / 2], expected, "output");
        pleat_predictor_free(predictor);
    }
    free(expected);
    free_outputs(y, 2);
    pleat_tensor_free(&x);
    pleat_model_free(model);
}
END_TEST

/* The smallest tile is refused with what it takes, and that is then enough. */
START_TEST(smallest) {
    struct pleat_model *model = make_unet(PLEAT_FLOAT32, 1, 2);
    struct pleat_prediction p;
    struct pleat_error error;
    struct pleat_predict_options options = bound(1);
    struct pleat_predictor *predictor = make(model, &options);
    ck_assert_int_eq(pleat_predictor_plan(predictor, 1, (int64_t[]){200, 301 * 2}, &p, &error),
                     PLEAT_OUT_OF_MEMORY);
    pleat_predictor_free(predictor);
    const char *number = strrchr(error.message, ' ');
    options.memory = strtoul(number, NULL, 10);
    ck_assert_uint_gt(options.memory, 1000);
    ck_assert_ptr_nonnull(strstr(error.message, "18 x 18 pixels"));
    predictor = make(model, &options);
    p = plan(predictor, 1, (int64_t[]){200, 301 * 2});
    ck_assert(p.tile[0] == 18 && p.tile[1] == 18 && p.memory == options.memory);
    ck_assert(p.tiles[0] == 1 + 182 / 2 && p.tiles[1] == 1 + 584 / 2);
    pleat_predictor_free(predictor);
    pleat_model_free(model);
}
END_TEST

/* A model that cannot be cut runs whole; where that does not fit, the layer is named. */
START_TEST(what_cannot_be_cut) {
    struct chain chain = chain_begin(PLEAT_FLOAT32, 1, 2);
    chain_conv(&chain, 2, 3, 1, 1);
    OK(pleat_model_add_reshape, chain.model, "flat", chain.last, 2 * 64, 0, NULL);
    OK(pleat_model_add_dense, chain.model, "dense", "flat", 5, 1);
    fill_parameters(chain.model, 0.4, 8);
    struct pleat_predict_options options = bound(0);
    options.extension = PLEAT_EXTEND_EDGE;
    options.batch = 4;
    struct pleat_tensor x = random_images(chain.model, 5, 1, 2, (int64_t[]){8, 8}), y;
    struct pleat_predictor *predictor = make(chain.model, &options);
    const struct pleat_compile_options compile = compile_options(PLEAT_INFERENCE, 4, 8, 8, 0);
    run(predictor, &x, &y);
    OK(pleat_model_compile, chain.model, &compile);
    x.extent[0] = 4;
    OK(pleat_model_forward, chain.model, &x);
    x.extent[0] = 5;
    ck_assert(memcmp(y.data, pleat_model_output(chain.model)->data, 20 * sizeof(float)) == 0);
    ck_assert(y.rank == 2 && y.extent[0] == 5 && y.extent[1] == 5);
    pleat_predictor_free(predictor);
    options.memory = 1000;
    predictor = make(chain.model, &options);
    REFUSED(PLEAT_UNSUPPORTED, "\"flat\", a reshape", pleat_predictor_run, predictor, &x, 1, &y);
    pleat_predictor_free(predictor);
    pleat_tensor_free(&x);
    pleat_tensor_free(&y);
    pleat_model_free(chain.model);
}
END_TEST

START_TEST(vectors) {
    struct chain chain = chain_begin(PLEAT_FLOAT32, 3, 0);
    OK(pleat_model_add_dense, chain.model, "dense", "image", 2, 1);
    fill_parameters(chain.model, 0.4, 8);
    struct pleat_tensor x = random_images(chain.model, 3, 3, 0, NULL), y;
    struct pleat_predict_options options = bound(0);
    options.batch = 2;
    struct pleat_predictor *predictor = make(chain.model, &options);
    run(predictor, &x, &y);
    ck_assert(isfinite(tensor_get(&y, 5)));
    pleat_predictor_free(predictor);
    options.memory = 1;
    predictor = make(chain.model, &options);
    REFUSED(PLEAT_UNSUPPORTED, "vectors have none", pleat_predictor_run, predictor, &x, 1, &y);
    pleat_predictor_free(predictor);
    pleat_tensor_free(&x);
    pleat_tensor_free(&y);
    pleat_model_free(chain.model);
}
END_TEST

static void refuse_options(struct pleat_model *model) {
    struct pleat_predictor *predictor;
    struct pleat_predict_options options = bound(0);
    REFUSED(PLEAT_INVALID_ARGUMENT, "predictor", pleat_predictor_create, NULL, model, NULL);
    REFUSED(PLEAT_INVALID_ARGUMENT, "model", pleat_predictor_create, &predictor, NULL, NULL);
    options.batch = 0;
    REFUSED(PLEAT_INVALID_ARGUMENT, "batch", pleat_predictor_create, &predictor, model, &options);
    options = bound(0);
    options.threads = PLEAT_MAX_THREADS + 1;
    REFUSED(PLEAT_INVALID_ARGUMENT, "threads", pleat_predictor_create, &predictor, model, &options);
    options = bound(0);
    options.extension = (enum pleat_extension)3;
    REFUSED(PLEAT_INVALID_ARGUMENT, "extension", pleat_predictor_create, &predictor, model,
            &options);
    struct chain chain = chain_begin(PLEAT_FLOAT32, 1, 2);
    REFUSED(PLEAT_INVALID_ARGUMENT, "layer", pleat_predictor_create, &predictor, chain.model, NULL);
    OK(pleat_model_add_input, chain.model, "second", 1, 2);
    chain_sum(&chain, "second");
    REFUSED(PLEAT_UNSUPPORTED, "has 2", pleat_predictor_create, &predictor, chain.model, NULL);
    pleat_model_free(chain.model);
}

START_TEST(refusals) {
    struct pleat_model *model = make_unet(PLEAT_FLOAT32, 2, 1);
    refuse_options(model);
    struct pleat_predictor *predictor = make(model, NULL);
    struct pleat_prediction p;
    struct pleat_tensor x = random_images(model, 1, 1, 2, (int64_t[]){8, 8}), y;
    run(predictor, &x, &y);
    void *bytes = tensor_bytes(&y);
    REFUSED(PLEAT_INVALID_ARGUMENT, "prediction", pleat_predictor_plan, predictor, 1, x.extent + 2,
            NULL);
    REFUSED(PLEAT_INVALID_ARGUMENT, "extent", pleat_predictor_plan, predictor, 1, NULL, &p);
    REFUSED(PLEAT_INVALID_ARGUMENT, "images", pleat_predictor_plan, predictor, -1, x.extent + 2,
            &p);
    REFUSED(PLEAT_INVALID_ARGUMENT, "extent[1]", pleat_predictor_plan, predictor, 1,
            ((int64_t[]){8, 0}), &p);
    REFUSED(PLEAT_INVALID_SHAPE, "of the first", pleat_predictor_plan, predictor, 1,
            ((int64_t[]){8, 9}), &p);
    REFUSED(PLEAT_INVALID_ARGUMENT, "1 outputs", pleat_predictor_run, predictor, &x, 2, &y);
    struct pleat_tensor bad = x;
    bad.dtype = PLEAT_FLOAT64;
    REFUSED(PLEAT_TYPE_MISMATCH, "input 0", pleat_predictor_run, predictor, &bad, 1, &y);
    bad = x;
    bad.extent[1] = 2;
    REFUSED(PLEAT_INVALID_SHAPE, "extent 1 of input 0 is 2", pleat_predictor_run, predictor, &bad,
            1, &y);
    bad = x;
    bad.rank = 3;
    REFUSED(PLEAT_INVALID_SHAPE, "input 0 has 3 extents", pleat_predictor_run, predictor, &bad, 1,
            &y);
    bad = x;
    bad.data = NULL;
    REFUSED(PLEAT_INVALID_ARGUMENT, "data", pleat_predictor_run, predictor, &bad, 1, &y);
    bad = x;
    bad.extent[0] = -1;
    REFUSED(PLEAT_INVALID_SHAPE, "images", pleat_predictor_run, predictor, &bad, 1, &y);
    bad = y;
    bad.extent[3] = 7;
    REFUSED(PLEAT_INVALID_SHAPE, "extent 3 of output 0 is 7", pleat_predictor_run, predictor, &x, 1,
            &bad);
    assert_bytes(&y, bytes, "output");
    OK(pleat_model_add_relu, model, "late", "l0");
    REFUSED(PLEAT_WRONG_STATE, "since", pleat_predictor_run, predictor, &x, 1, &y);
    free(bytes);
    pleat_predictor_free(predictor);
    pleat_predictor_free(NULL);
    pleat_tensor_free(&x);
    pleat_tensor_free(&y);
    pleat_model_free(model);
}
END_TEST

/* Every allocation may fail: nothing leaks, and the next call works. */
START_TEST(out_of_memory) {
    struct pleat_model *model = make_unet(PLEAT_FLOAT32, 1, 1);
    fill_parameters(model, 0.4, 8);
    struct pleat_tensor x = random_images(model, 1, 1, 2, (int64_t[]){80, 80}), y;
    const struct pleat_predict_options options = bound(100000);
    struct pleat_predictor *predictor = make(model, &options);
    run(predictor, &x, &y);
    const struct pleat_prediction p = plan(predictor, 1, x.extent + 2);
    ck_assert_int_gt(tile_count(&p), 1);
    pleat_predictor_free(predictor);
    const long before = failing_memory_outstanding();
    enum pleat_status status = PLEAT_OUT_OF_MEMORY;
    for (long successes = 0; status == PLEAT_OUT_OF_MEMORY; successes++) {
        predictor = NULL;
        failing_memory_arm(successes);
        status = pleat_predictor_create(&predictor, model, &options, NULL);
        if (status == PLEAT_OK)
            status = pleat_predictor_run(predictor, &x, 1, &y, NULL);
        failing_memory_arm(-1);
        ck_assert_int_lt(successes, 10000);
        pleat_predictor_free(predictor);
        ck_assert_int_eq(failing_memory_outstanding(), before);
    }
    ck_assert_int_eq(status, PLEAT_OK);
    pleat_tensor_free(&x);
    pleat_tensor_free(&y);
    pleat_model_free(model);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("predict");
    suite_add_loop(suite, "unet", unet, 1);
    suite_add_loop(suite, "layers", layers, 12);
    suite_add_loop(suite, "other ranks", other_ranks, 1);
    suite_add_loop(suite, "several outputs", several_outputs, 1);
    suite_add_loop(suite, "extensions", extensions, 8);
    suite_add_loop(suite, "extended outputs", extended_outputs, 1);
    suite_add_loop(suite, "batches", batches, 1);
    suite_add_loop(suite, "kept", sizes_are_kept, 1);
    suite_add_loop(suite, "left alone", the_model_is_left_alone, 1);
    suite_add_loop(suite, "progress", progress_and_stop, 1);
    suite_add_loop(suite, "threads", threads, 1);
    suite_add_loop(suite, "smallest", smallest, 1);
    suite_add_loop(suite, "global", what_cannot_be_cut, 1);
    suite_add_loop(suite, "vectors", vectors, 1);
    suite_add_loop(suite, "refusals", refusals, 1);
    suite_add_loop(suite, "out of memory", out_of_memory, 1);
    return run_suite(suite);
}
