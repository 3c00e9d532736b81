/* How the parameters of a model begin: the recipes, the slopes that follow, and what draws depend
 * on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static struct pleat_model *read_model(const char *text, enum pleat_dtype dtype) {
    struct pleat_model *model;
    OK(pleat_text_read, &model, text, dtype);
    return model;
}

static struct pleat_tensor value_of(const struct pleat_model *model, const char *name) {
    const int index = pleat_model_find_parameter(model, name);
    ck_assert_int_ge(index, 0);
    return pleat_model_parameter(model, index).value;
}

static double root_mean_square(const struct pleat_tensor *tensor) {
    return sqrt(inner_product(tensor, tensor) / (double)pleat_tensor_size(tensor));
}

/* What follows a convolution of 8 channels, 5x5, to 8, and the slope for which it is drawn. */
static const struct {
    const char *after;
    double slope;
} slopes[] = {
    {"", 1},
    {"r = relu w", 0},
    {"r = leaky_relu w slope=0.5", 0.5},
    {"r = leaky_relu w slope=3", 3},
    {"r = prelu w", 0.25},
    {"r = sigmoid w", 1},
    {"r = tanh w\ns = relu r", 1},
    {"r = softmax w\ns = relu r", 1},
    {"r = conv w out=1 kernel=1\ns = relu r", 1},
    {"r = batch_norm w\ns = relu r", 0},
    {"a = max_pool w kernel=2\nb = pad a padding=1\nc = upsample b factor=2\nd = dropout c "
     "probability=0.5\ne = pixel_shuffle d factor=2\nf = sum e\ng = concatenate f f\n"
     "h = reshape g channels=1\nr = leaky_relu h slope=0.5",
     0.5},
    /* The first reader that leads to one decides. */
    {"r = prelu w\ns = relu w", 0.25},
    {"a = batch_norm w\nr = relu w\ns = prelu a", 0.25},
    {"a = conv w out=8 kernel=1\nr = relu w", 0},
    {"a = dropout w probability=0\nb = conv a out=8 kernel=1\nr = prelu w", 0.25},
    {"output w\nr = relu w\noutput r", 0},
};

static const struct {
    const char *layer;
    double fan; /* in */
} drawn[] = {
    {"x = input channels=8\nw = conv x out=8 kernel=5", 8 * 25},
    {"x = input channels=8\nw = conv_transpose x out=8 kernel=6 stride=2", 8 * 9},
    {"x = input channels=8\nw = conv x out=64 kernel=5 groups=4", 2 * 25},
};

static struct pleat_model *drawn_model(const char *layer, const char *init, const char *after) {
    char text[512];
    snprintf(text, sizeof text, "%s%s\n%s\n", layer, init, after);
    struct pleat_model *model = read_model(text, PLEAT_FLOAT32);
    OK(pleat_model_initialise, model, 5);
    return model;
}

/* The weight is drawn as with the slope told, to the bit, and with the deviation of He's formula. */
START_TEST(slopes_that_follow) {
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++) {
        char init[32];
        const double slope = slopes[_i].slope;
        snprintf(init, sizeof init, " init=he:%g", slope);
        struct pleat_model *model = drawn_model(drawn[i].layer, "", slopes[_i].after),
                           *told = drawn_model(drawn[i].layer, init, slopes[_i].after);
        const struct pleat_tensor w = value_of(model, "w.weight"), b = value_of(model, "w.bias"),
                                  same = value_of(told, "w.weight");
        void *expected = tensor_bytes(&same);
        assert_bytes(&w, expected, slopes[_i].after);
        const double deviation = sqrt(2 / ((1 + slope * slope) * drawn[i].fan));
        ck_assert(fabs(root_mean_square(&w) / deviation - 1) < 0.08);
        ck_assert(root_mean_square(&b) == 0);
        free(expected);
        pleat_model_free(model);
        pleat_model_free(told);
    }
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* Recipes of a dense layer of 40 to 50 numbers, and what comes of them. */
static const struct {
    const char *init;
    double mean, deviation, most; /* most: the largest, 0 where unbounded */
} recipes[] = {
    {"he:0", 0, 0.2236068, 0},
    {"he_uniform:1", 0, 0.1581139, 0.2738613},
    {"glorot", 0, 0.1490712, 0},
    {"glorot:2", 0, 0.2981424, 0},
    {"glorot_uniform:2", 0, 0.2981424, 0.5163978},
    {"normal:0.5", 0, 0.5, 0},
    {"normal:3,0.5", 3, 0.5, 0},
    {"uniform:0.6", 0, 0.3464102, 0.6},
    {"uniform:1,3", 2, 0.5773503, 3},
    {"constant:-2", -2, 0, 0},
    {"zeros", 0, 0, 0},
    {"ones", 1, 0, 0},
};

START_TEST(recipes_are_followed) {
    char text[256];
    snprintf(text, sizeof text, "x = input channels=40 rank=0\nw = dense x out=50 init=%s\n",
             recipes[_i].init);
    struct pleat_model *model = read_model(text, PLEAT_FLOAT64);
    OK(pleat_model_initialise, model, 11);
    const struct pleat_tensor w = value_of(model, "w.weight");
    double mean = 0, variance = 0, most = -HUGE_VAL;
    const double size = (double)pleat_tensor_size(&w);
    for (int64_t i = 0; i < pleat_tensor_size(&w); i++) {
        const double value = tensor_get(&w, i), off = value - recipes[_i].mean;
        mean += value / size;
        variance += off * off / size;
        most = fmax(most, value);
    }
    const double error = 4 * recipes[_i].deviation / sqrt(size);
    ck_assert(fabs(mean - recipes[_i].mean) <= error + 1e-12);
    ck_assert(fabs(sqrt(variance) - recipes[_i].deviation) <= error);
    if (recipes[_i].most > 0)
        ck_assert(most <= recipes[_i].most + 1e-6 && most > 0.98 * recipes[_i].most);
    pleat_model_free(model);
}
END_TEST

/* Bilinear, and ICNR, are those of initialise.h. */
START_TEST(up_samplers) {
    struct pleat_model *model =
        read_model("x = input channels=3\nb = conv_transpose x out=3 kernel=4 stride=2 "
                   "init=bilinear\ni = conv_transpose b out=3 kernel=4 stride=2 init=icnr:0.5\n"
                   "u = conv_transpose i out=3 kernel=4 stride=2 init=icnr_uniform\n",
                   PLEAT_FLOAT32);
    const struct pleat_conv_params params = pleat_conv_params_init(2, 3, 3, 4, 2, 0);
    OK(pleat_model_initialise, model, 3);
    struct pleat_tensor expected;
    const struct pleat_tensor b = value_of(model, "b.weight");
    OK(pleat_tensor_allocate, &expected, PLEAT_FLOAT32, b.rank, b.extent);
    OK(pleat_initialise_bilinear, &expected, &params);
    void *bytes = tensor_bytes(&expected);
    assert_bytes(&b, bytes, "bilinear");
    free(bytes);
    pleat_tensor_free(&expected);
    const char *const names[] = {"i.weight", "u.weight"};
    for (int k = 0; k < 2; k++) {
        const struct pleat_tensor w = value_of(model, names[k]);
        ck_assert(tensor_get(&w, 0) == tensor_get(&w, 1) && tensor_get(&w, 0) == tensor_get(&w, 5));
        ck_assert(tensor_get(&w, 0) != tensor_get(&w, 2));
    }
    pleat_model_free(model);
}
END_TEST

/* Draws follow from seed, name and extents: not from the place, the others, the type or what was
 * there before; states begin again. */
START_TEST(draws_follow_from_seed_and_name) {
    struct pleat_model *one = read_model("x = input channels=2\na = conv x out=3 kernel=3\n"
                                         "n = batch_norm a\nr = relu n",
                                         PLEAT_FLOAT64),
                       *two = read_model("x = input channels=2\nb = conv x out=3 kernel=3\n"
                                         "q = relu b\na = conv x out=3 kernel=3\nr = relu a",
                                         PLEAT_FLOAT32);
    OK(pleat_model_initialise, one, 9);
    OK(pleat_model_initialise, two, 9);
    const struct pleat_tensor a = value_of(one, "a.weight"), same = value_of(two, "a.weight"),
                              b = value_of(two, "b.weight");
    for (int64_t i = 0; i < pleat_tensor_size(&a); i++) {
        ck_assert((float)tensor_get(&a, i) == (float)tensor_get(&same, i));
        ck_assert(tensor_get(&same, i) != tensor_get(&b, i));
    }
    void *first = tensor_bytes(&a);
    const double before = tensor_get(&a, 0);
    fill_parameters(one, 1, 3);
    const struct pleat_state mean = pleat_model_state(one, 0), variance = pleat_model_state(one, 1);
    fill_value(&mean.value, 4);
    fill_value(&variance.value, 5);
    OK(pleat_model_initialise, one, 10);
    ck_assert(tensor_get(&a, 0) != before);
    OK(pleat_model_initialise, one, 9);
    assert_bytes(&a, first, "drawn again");
    const struct pleat_tensor w = value_of(one, "n.weight"), bias = value_of(one, "n.bias");
    for (int64_t c = 0; c < 3; c++) {
        ck_assert(tensor_get(&w, c) == 1 && tensor_get(&bias, c) == 0);
        ck_assert(tensor_get(&mean.value, c) == 0 && tensor_get(&variance.value, c) == 1);
    }
    free(first);
    pleat_model_free(one);
    pleat_model_free(two);
}
END_TEST

START_TEST(refusals) {
    const enum pleat_status argument = PLEAT_INVALID_ARGUMENT;
    struct pleat_model *model =
        read_model("x = input channels=2\nw = conv x out=3 kernel=3", PLEAT_FLOAT32);
    struct pleat_initialiser init = {PLEAT_INITIALISER_HE, 1, {0.5}};
    OK(pleat_model_set_initialiser, model, 0, &init);
    REFUSED(argument, "model", pleat_model_set_initialiser, NULL, 0, &init);
    REFUSED(argument, "init", pleat_model_set_initialiser, model, 0, NULL);
    REFUSED(argument, "index must be 0 to 1", pleat_model_set_initialiser, model, 2, &init);
    REFUSED(argument, "index must be 0 to 1", pleat_model_set_initialiser, model, -1, &init);
    init.kind = (enum pleat_initialiser_kind)99;
    REFUSED(argument, "initialiser 99 is none", pleat_model_set_initialiser, model, 0, &init);
    init = (struct pleat_initialiser){PLEAT_INITIALISER_HE, 2, {0}};
    REFUSED(argument, "takes 0 to 1 numbers, got 2", pleat_model_set_initialiser, model, 0, &init);
    init = (struct pleat_initialiser){PLEAT_INITIALISER_HE, -1, {0}};
    REFUSED(argument, "takes 0 to 1 numbers, got -1", pleat_model_set_initialiser, model, 0, &init);
    init = (struct pleat_initialiser){PLEAT_INITIALISER_HE, 1, {NAN}};
    REFUSED(argument, "slope must be finite", pleat_model_set_initialiser, model, 0, &init);
    init = (struct pleat_initialiser){PLEAT_INITIALISER_GLOROT_UNIFORM, 1, {-1}};
    REFUSED(argument, "gain must be finite", pleat_model_set_initialiser, model, 0, &init);
    init = (struct pleat_initialiser){PLEAT_INITIALISER_UNIFORM, 1, {-1}};
    REFUSED(argument, "high", pleat_model_set_initialiser, model, 0, &init);
    init = (struct pleat_initialiser){PLEAT_INITIALISER_CONSTANT, 1, {INFINITY}};
    REFUSED(argument, "value must be finite", pleat_model_set_initialiser, model, 1, &init);
    const struct pleat_initialiser kept = pleat_model_parameter(model, 0).init;
    ck_assert(kept.kind == PLEAT_INITIALISER_HE && kept.count == 1 && kept.number[0] == 0.5);
    REFUSED(argument, "model", pleat_model_initialise, NULL, 0);
    failing_memory_arm(0);
    REFUSED(PLEAT_OUT_OF_MEMORY, "", pleat_model_initialise, model, 0);
    failing_memory_arm(-1);
    pleat_model_free(model);
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    OK(pleat_model_initialise, model, 0);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("initialise_model");
    suite_add_loop(result, "slopes", slopes_that_follow, sizeof slopes / sizeof *slopes);
    suite_add_loop(result, "recipes", recipes_are_followed, sizeof recipes / sizeof *recipes);
    suite_add_loop(result, "up-samplers", up_samplers, 1);
    suite_add_loop(result, "seed and name", draws_follow_from_seed_and_name, 1);
    suite_add_loop(result, "refusals", refusals, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
