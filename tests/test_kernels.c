/* The loops over elements have the same bits for every instruction set that the machine has, for
 * lengths that are no whole vectors. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/kernels/kernels.h"
#include "nn/kernels/layer_kernels.h"
#include "suites.h"
#include "support.h"

enum { BATCH = 3, CHANNELS = 5, PIXELS = 1237, COUNT = BATCH * CHANNELS * PIXELS, ARRAYS = 9 };

/* Arrays that kernels read, and write. */
struct arrays {
    enum pleat_dtype dtype;
    struct pleat_tensor array[ARRAYS];
    double sums[8];
    double saved[2 * CHANNELS];
};

static void *data(const struct arrays *a, int i) {
    return a->array[i].data;
}

static void fill(struct arrays *a) {
    struct pleat_random random = pleat_random_seed(3);
    for (int i = 0; i < ARRAYS; i++)
        fill_reals(&a->array[i], &random);
    for (int64_t i = 0; i < COUNT; i++) {
        tensor_set(&a->array[0], i, 8 * tensor_get(&a->array[0], i));
        tensor_set(&a->array[8], i, 1 + tensor_get(&a->array[8], i)); /* not negative */
    }
}

static void run_losses(const struct pleat__kernels *k, struct arrays *a) {
    const struct pleat__comparison *const losses[] = {&k->squared, &k->absolute, &k->charbonnier,
                                                      &k->binary_cross_entropy};
    for (int i = 0; i < 4; i++) {
        a->sums[i] = losses[i]->sum(COUNT, 1e-3, data(a, 0), data(a, 1));
        losses[i]->gradient(COUNT, 1e-3, 0.5, data(a, 0), data(a, 1), data(a, 2 + i));
    }
    static int32_t label[BATCH * PIXELS];
    for (int i = 0; i < BATCH * PIXELS; i++)
        label[i] = i % CHANNELS;
    const struct pleat__scores scores = {BATCH, CHANNELS, PIXELS, data(a, 0), label};
    a->sums[4] = k->cross_entropy(&scores, NULL, -1, 0.5, data(a, 6), 2);
    a->sums[5] = k->squared_norm(COUNT, data(a, 0));
}

static void run_activations(const struct pleat__kernels *k, struct arrays *a) {
    for (enum pleat__function f = PLEAT__RELU; f <= PLEAT__TANH; f++)
        k->activation(f, 0.1, COUNT, data(a, 0), data(a, 2 + (int)f), 2);
    k->prelu_gradient(BATCH, CHANNELS, PIXELS, data(a, 1), data(a, 0), data(a, 6), data(a, 7),
                      data(a, 1), 2);
}

static void run_norm(const struct pleat__layer_kernels *k, struct arrays *a) {
    const struct pleat__norm norm = {{BATCH, CHANNELS, PIXELS}, 1e-5, 0.1};
    k->norm_train(&norm, data(a, 0), data(a, 1), data(a, 2), data(a, 3), data(a, 8), a->saved,
                  data(a, 4), 2);
    k->norm_gradient(&norm, data(a, 0), data(a, 1), a->saved, data(a, 5), data(a, 6), data(a, 7),
                     data(a, 2), 2);
    k->softmax(&norm.planes, data(a, 0), data(a, 5), 2);
}

static void run_optimizers(const struct pleat__kernels *k, struct arrays *a) {
    const struct pleat_adam_options adam = pleat_adam_options_init(1e-3);
    const struct pleat_sgd_options sgd = pleat_sgd_options_init(1e-3, 0.9);
    k->adam(&adam, 1, 3, COUNT, data(a, 0), data(a, 1), data(a, 2), data(a, 8), 2);
    k->sgd(&sgd, 1, COUNT, data(a, 3), data(a, 1), data(a, 4), 2);
}

static void run(int which, enum pleat_instructions instructions, struct arrays *a) {
    const struct pleat__kernels *k = pleat__kernels_for(a->dtype, instructions);
    fill(a);
    memset(a->sums, 0, sizeof a->sums);
    memset(a->saved, 0, sizeof a->saved);
    if (which == 0)
        run_losses(k, a);
    else if (which == 1)
        run_activations(k, a);
    else if (which == 2)
        run_norm(pleat__layer_kernels_for(a->dtype, instructions), a);
    else
        run_optimizers(k, a);
}

START_TEST(same_bits) {
    const int64_t extent = COUNT;
    struct arrays a = {.dtype = _i % 2 == 0 ? PLEAT_FLOAT32 : PLEAT_FLOAT64};
    void *plain[ARRAYS];
    for (int i = 0; i < ARRAYS; i++)
        ck_assert_int_eq(pleat_tensor_allocate(&a.array[i], a.dtype, 1, &extent, NULL), PLEAT_OK);
    run(_i / 2, PLEAT_INSTRUCTIONS_PLAIN, &a);
    const struct arrays before = a;
    for (int i = 0; i < ARRAYS; i++)
        plain[i] = tensor_bytes(&a.array[i]);
    for (enum pleat_instructions set = PLEAT_INSTRUCTIONS_AVX2; set <= PLEAT_INSTRUCTIONS_AVX512;
         set++) {
        if (!pleat__instructions_present(set))
            continue;
        run(_i / 2, set, &a);
        for (int i = 0; i < ARRAYS; i++)
            assert_bytes(&a.array[i], plain[i], pleat_instructions_name(set));
        ck_assert_mem_eq(a.sums, before.sums, sizeof a.sums);
        ck_assert_mem_eq(a.saved, before.saved, sizeof a.saved);
    }
    for (int i = 0; i < ARRAYS; i++) {
        free(plain[i]);
        pleat_tensor_free(&a.array[i]);
    }
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("kernels");
    suite_add_loop(result, "same bits", same_bits, 8);
    return result;
}

int main(void) {
    if (!pleat__instructions_present(PLEAT_INSTRUCTIONS_AVX2)) {
        puts("skipped: this build or this machine has no other instruction set than plain");
        return EXIT_SKIP;
    }
    return run_suite(suite());
}
