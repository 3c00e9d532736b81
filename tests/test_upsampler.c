/* The program's up-sampling network: its name, its size, and that tiles show no seams. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat.h>

#include "superres/network.h"
#include "superres/upsampler.h"
#include "suites.h"
#include "support.h"

static const struct {
    const char *name, *normal; /* normal: NULL where the name means nothing */
} names[] = {
    {"fsrcnn", "56,12,4"}, {"fsrcnn-s", "32,5,1"},
    {"1,1,0", "1,1,0"},    {"512,512,32", "512,512,32"},
    {"007,2,3", "7,2,3"},  {"", NULL},
    {"513,1,1", NULL},     {"1,513,1", NULL},
    {"1,1,33", NULL},      {"0,1,1", NULL},
    {"1,0,1", NULL},       {"1,1,-1", NULL},
    {"+1,1,1", NULL},      {" 1,1,1", NULL},
    {"1,1", NULL},         {"1,1,", NULL},
    {"1,1,1,", NULL},      {"1,1,1x", NULL},
    {"1.0,1,1", NULL},     {"18446744073709551617,1,1", NULL},
    {"fsrcnn-m", NULL},
};

START_TEST(name_round_trip) {
    const struct network before = {2, 9, 9, 9};
    struct network network = before;
    char text[NETWORK_NAME_BYTES];
    const bool good = network_from_name(names[_i].name, &network);
    ck_assert_int_eq(good, names[_i].normal != NULL);
    if (good)
        ck_assert_str_eq(network_name(&network, text), names[_i].normal);
    else
        ck_assert(memcmp(&network, &before, sizeof before) == 0);
    ck_assert_int_eq(network.scale, 2);
}
END_TEST

/* Builds a network with large random parameters, so that every layer counts. */
static struct upsampler random_upsampler(int64_t scale, int64_t layers) {
    const struct network network = {scale, 5, 3, layers};
    struct upsampler upsampler = {.scale = scale, .residual = RESIDUAL_BICUBIC, .threads = 1};
    struct pleat_random random = pleat_random_seed(7);
    struct pleat_error error;
    ck_assert_int_eq(network_build(&upsampler.model, &network, PLEAT_FLOAT32, &error), PLEAT_OK);
    ck_assert_int_eq(pleat_model_initialise(upsampler.model, 3, &error), PLEAT_OK);
    const int last = pleat_model_find_parameter(upsampler.model, "up.weight");
    const struct pleat_parameter parameter = pleat_model_parameter(upsampler.model, last);
    ck_assert_int_eq(pleat_initialise_normal(&parameter.value, 0, 0.1, &random, &error), PLEAT_OK);
    return upsampler;
}

static struct pleat_tensor random_plane(int64_t height, int64_t width, double deviation) {
    struct pleat_tensor plane;
    struct pleat_error error;
    struct pleat_random random = pleat_random_seed(11);
    const int64_t extent[2] = {height, width};
    ck_assert_int_eq(pleat_tensor_allocate(&plane, PLEAT_FLOAT32, 2, extent, &error), PLEAT_OK);
    ck_assert_int_eq(pleat_initialise_normal(&plane, 128, deviation, &random, &error), PLEAT_OK);
    return plane;
}

/* Extents, scale and layers. Tiles are those that 128 KiB leave room for. */
static const struct {
    int64_t height, width, scale, layers;
} planes[] = {
    {140, 133, 3, 1}, {140, 133, 2, 1}, {123, 161, 4, 2}, {250, 39, 5, 0},
    {39, 150, 6, 0},  {131, 131, 7, 1}, {137, 129, 8, 0}, {117, 117, 3, 4},
};

/* Keeps how many passes a run took. */
static enum pleat_status note_passes(void *context, int64_t done, int64_t total) {
    (void)done;
    *(int64_t *)context = total;
    return PLEAT_OK;
}

#define TILE_MEMORY ((size_t)128 << 10)

START_TEST(tiles_equal_the_whole) {
    const int64_t height = planes[_i].height, width = planes[_i].width, scale = planes[_i].scale;
    struct upsampler upsampler = random_upsampler(scale, planes[_i].layers);
    struct pleat_tensor coarse = random_plane(height, width, 60);
    struct pleat_tensor whole = random_plane(height * scale, width * scale, 0);
    struct pleat_tensor tiled = random_plane(height * scale, width * scale, 0);
    struct pleat_error error;
    int64_t passes = 0;
    upsampler.progress = note_passes;
    upsampler.context = &passes;
    ck_assert_int_eq(upsampler_run(&upsampler, &coarse, &whole, 0, &error), PLEAT_OK);
    ck_assert_int_eq(passes, 1);
    ck_assert_int_eq(upsampler_run(&upsampler, &coarse, &tiled, TILE_MEMORY, &error), PLEAT_OK);
    ck_assert_int_ge(passes, 2);
    const float *a = whole.data, *b = tiled.data;
    double size = 0, difference = 0, touched = 0;
    for (int64_t i = 0; i < pleat_tensor_size(&whole); i++) {
        ck_assert(isfinite(a[i]) && isfinite(b[i]));
        size = fmax(size, fabs((double)a[i]));
        difference = fmax(difference, fabs((double)a[i] - (double)b[i]));
        touched += a[i] != 128.0F;
    }
    ck_assert_msg(difference <= 1e-5 * size, "largest difference %g of %g", difference, size);
    ck_assert(touched > 0.9 * (double)pleat_tensor_size(&whole));
    pleat_tensor_free(&coarse);
    pleat_tensor_free(&whole);
    pleat_tensor_free(&tiled);
    pleat_model_free(upsampler.model);
}
END_TEST

/* Several planes at once are what each is alone. */
START_TEST(batches_equal_singles) {
    enum { COUNT = 5 };
    struct upsampler upsampler = random_upsampler(2, 1);
    /* Planes below each other, taken for one and for several. */
    struct pleat_tensor coarse = random_plane(COUNT * 8, 10, 10),
                        together = random_plane(COUNT * 16, 20, 0);
    const struct pleat_tensor planes_coarse =
        pleat_tensor_view(coarse.data, PLEAT_FLOAT32, 3, (int64_t[]){COUNT, 8, 10});
    const struct pleat_tensor planes_fine =
        pleat_tensor_view(together.data, PLEAT_FLOAT32, 3, (int64_t[]){COUNT, 16, 20});
    struct pleat_error error;
    ck_assert_int_eq(upsampler_run(&upsampler, &planes_coarse, &planes_fine, TILE_MEMORY, &error),
                     PLEAT_OK);
    for (int i = 0; i < COUNT; i++) {
        struct pleat_tensor alone = random_plane(16, 20, 0);
        const struct pleat_tensor plane =
            pleat_tensor_view((float *)coarse.data + i * 80, PLEAT_FLOAT32, 2, (int64_t[]){8, 10});
        ck_assert_int_eq(upsampler_run(&upsampler, &plane, &alone, 0, &error), PLEAT_OK);
        ck_assert(memcmp(alone.data, (float *)together.data + i * 320, 320 * sizeof(float)) == 0);
        pleat_tensor_free(&alone);
    }
    pleat_tensor_free(&coarse);
    pleat_tensor_free(&together);
    pleat_model_free(upsampler.model);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("upsampler");
    TCase *cases = tcase_create("upsampler");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, name_round_trip, 0, sizeof names / sizeof names[0]);
    tcase_add_loop_test(cases, tiles_equal_the_whole, 0, sizeof planes / sizeof planes[0]);
    tcase_add_test(cases, batches_equal_singles);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
