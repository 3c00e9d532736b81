/* How long a plan takes to make: less than 1 ms for every layer that `pleat bench` comes with, and
 * less than 10 ms for any shape, by every method; the best of several, since others use the machine
 * too. No plan is executed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/layers.h"
#include "conv_case.h"
#include "suites.h"

enum { REPEATS = 7 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* What is to be planned. */
struct shape {
    enum pleat_operator op;
    struct pleat_conv_params params;
    int64_t in[PLEAT_MAX_AXES];
};

/* The best time of making a plan, or of refusing it, in milliseconds. A method need not compute
 * every shape; the plan's own choice does. */
static double time_plan(const struct shape *s, const struct pleat_plan_options *options,
                        const char *name) {
    double best = INFINITY;
    for (int i = 0; i < REPEATS; i++) {
        struct pleat_plan *plan = NULL;
        struct pleat_error error = {0};
        const double begin = now();
        const enum pleat_status status =
            pleat_plan_create(&plan, s->op, &s->params, s->in, options, &error);
        best = fmin(best, now() - begin);
        ck_assert_msg(status == PLEAT_OK || (options->method != PLEAT_METHOD_AUTO &&
                                             status == PLEAT_INVALID_ARGUMENT),
                      "%s: %s", name, error.message);
        pleat_plan_free(plan);
    }
    return best;
}

/* By every method, exactly and not, in both types. */
static void check_time(const struct shape *s, const char *name, double limit) {
    for (enum pleat_method m = PLEAT_METHOD_AUTO; m <= PLEAT_METHOD_LAST; m++)
        for (int i = 0; i < 4; i++) {
            struct pleat_plan_options options = pleat_plan_options_init();
            options.method = m;
            options.exact = i % 2 == 1;
            options.dtype = i / 2 == 0 ? PLEAT_FLOAT32 : PLEAT_FLOAT64;
            const double best = time_plan(s, &options, name);
            ck_assert_msg(best < limit, "%s, %s: %.3f ms, more than %g", name,
                          pleat_method_name(options.method), best, limit);
        }
}

/* Each layer of the list, and the convolution that it is the gradient of. */
START_TEST(list) {
    const char *folder = getenv("srcdir");
    char file[4096];
    snprintf(file, sizeof file, "%s/tools/bench/layers.tsv", folder != NULL ? folder : ".");
    struct layers layers;
    struct pleat_error error = {0};
    ck_assert_msg(layers_read(&layers, file, &error) == PLEAT_OK, "%s", error.message);
    ck_assert_int_ge(layers.count, 20);
    for (int i = 0; i < layers.count; i++) {
        const struct layer *layer = &layers.layer[i];
        struct shape shape = {PLEAT_CONV_TRANSPOSE, layer->params, {layer->in[0], layer->in[1]}};
        check_time(&shape, layer->name, 1);
        shape.op = PLEAT_CONV;
        shape.params.in_channels = layer->params.out_channels;
        shape.params.out_channels = layer->params.in_channels;
        for (int axis = 0; axis < 2; axis++) {
            ck_assert_int_eq(pleat_size_conv_transpose(layer->in[axis], &layer->params.axis[axis],
                                                       &shape.in[axis], NULL),
                             PLEAT_OK);
            shape.params.axis[axis].output_padding = 0;
        }
        check_time(&shape, layer->name, 1);
    }
    layers_free(&layers);
}
END_TEST

/* Large and odd ones, up to the ends of the integers. [10] [11] */
static const char *const texts[] = {
    "ic1 oc1 i2147483647 k1",
    "ic1 oc1 i1000000000 k3 s1000000000 op999999999",
    "ic1 oc1 i46340x46340 k3 s2",
    "ic1 oc1 i2 k1 s1152921504606846",
    "ic2 oc2 i1 k1000000 p499999",
    "ic65536 oc65536 i4x4 k1",
    "ic512 oc512 i3000 k1024 s256",
    "ic64 oc64 i9x9x2 k1024x1024x1 s256x256x1",
    "conv ic512 oc512 i1000000 k1024 s256",
    "conv ic1 oc1 i9000000000 k5 s5",
    "ic513 oc1 i100000 k1024 s256",
    "ic64 oc64 i200x200x200 k4 s2 p1",
    "ic32 oc32 i1000x1000x1000 k3 p1",
    "conv ic64 oc64 i500x500x500 k7 s2 p3",
    "ic8 oc8 i4096x4096 k4 s2 p1",
    "ic8 oc8 i40960x40960 k4 s2 p1",
    "ic65536 oc65536 g65536 i1000x1000 k4 s2 p1",
    "ic3 oc3 i1000003x1 k31x1 s30x1",
    "ic3 oc3 i1x1000003 k31x31 s1x30",
    "ic5 oc1 i1 k2000000000",
    "ic1 oc64 i100x100 k3000x3000 s1000x1000",
    "ic64 oc64 i999x999 k3 d500 p500",
    "ic1000 oc1000 g1000 i30000x30000 k64 s32",
    "ic64 oc64 i1x1x1000000 k1x1x9 s1x1x3",
    "ic8 oc2 i1 k16384 s262144",
    "ic64 oc2 i16 k1024 s256",
    "ic2 oc2 i1x1 k1x16 s262144x1",
    "conv ic32 oc430 i128 k16 s262144 p8",
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

START_TEST(large) {
    const struct conv_case c = conv_case_parse(texts[_i]);
    struct shape shape = {c.op, c.params, {c.in[0], c.in[1], c.in[2]}};
    check_time(&shape, texts[_i], 10);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("plan: time");
    suite_add_loop(result, "list", list, 1);
    suite_add_loop(result, "large", large, TEXTS);
    return result;
}

int main(void) {
    return run_suite(suite());
}
