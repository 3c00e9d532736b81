/* PSNR of interpolations and of the network over many pairs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/image.h>
#include <pleat/metrics.h>

#include "fault.h"
#include "upsample/parallel.h"
#include "upsample/score.h"

/* The most planes that are enlarged at once. */
#define RUN 256

/* What every round knows. */
struct work {
    const struct pair *pairs;
    enum pleat_resize_method method;
    int64_t border;
    struct pleat_tensor *enlarged; /* one a pair */
    double *psnr;
};

/* Rounds and compares. */
static enum pleat_status compare(struct work *work, size_t index,
                                 const struct pleat_tensor *enlarged, struct pleat_error *error) {
    TRY(pleat_round_to_8_bits(enlarged, error));
    return pleat_psnr(enlarged, &work->pairs[index].fine, 255, work->border, &work->psnr[index],
                      error);
}

static enum pleat_status interpolate(void *context, size_t index, struct pleat_error *error) {
    struct work *work = context;
    const struct pair *pair = &work->pairs[index];
    struct pleat_tensor enlarged;
    TRY(pleat_tensor_allocate(&enlarged, PLEAT_FLOAT32, 2, pair->fine.extent, error));
    enum pleat_status status = pleat_resize(&pair->coarse, &enlarged, work->method, error);
    if (status == PLEAT_OK)
        status = compare(work, index, &enlarged, error);
    pleat_tensor_free(&enlarged);
    return status;
}

enum pleat_status score_interpolation(const struct pair *pairs, size_t count,
                                      enum pleat_resize_method method, int64_t border, int threads,
                                      double *psnr, struct pleat_error *error) {
    struct work work = {.pairs = pairs, .method = method, .border = border, .psnr = psnr};
    return parallel_for(count, threads, interpolate, &work, error);
}

static enum pleat_status copy_bicubic(void *context, size_t index, struct pleat_error *error) {
    struct work *work = context;
    const struct pleat_tensor *bicubic = &work->pairs[index].bicubic;
    TRY(pleat_tensor_allocate(&work->enlarged[index], PLEAT_FLOAT32, 2, bicubic->extent, error));
    memcpy(work->enlarged[index].data, bicubic->data,
           (size_t)pleat_tensor_size(bicubic) * sizeof(float));
    return PLEAT_OK;
}

static enum pleat_status compare_refined(void *context, size_t index, struct pleat_error *error) {
    struct work *work = context;
    return compare(work, index, &work->enlarged[index], error);
}

/* Of `count` pairs of the same extents. */
static enum pleat_status score_run(const struct upsampler *upsampler, const struct pair *pairs,
                                   size_t count, int64_t border, double *psnr,
                                   struct pleat_error *error) {
    struct pleat_tensor coarse[RUN], enlarged[RUN] = {{.data = NULL}};
    struct work work = {.pairs = pairs, .border = border, .enlarged = enlarged, .psnr = psnr};
    for (size_t i = 0; i < count; i++)
        coarse[i] = pairs[i].coarse;
    enum pleat_status status = parallel_for(count, upsampler->threads, copy_bicubic, &work, error);
    if (status == PLEAT_OK)
        status = upsampler_refine(upsampler, coarse, enlarged, count, UPSAMPLER_TILE, error);
    if (status == PLEAT_OK)
        status = parallel_for(count, upsampler->threads, compare_refined, &work, error);
    for (size_t i = 0; i < count; i++)
        pleat_tensor_free(&enlarged[i]);
    return status;
}

/* The length of the run of equal extents that begins at pairs, at most RUN. */
static size_t run_length(const struct pair *pairs, size_t count) {
    size_t run = 1;
    while (run < count && run < RUN &&
           memcmp(pairs[run].coarse.extent, pairs[0].coarse.extent, 2 * sizeof(int64_t)) == 0)
        run++;
    return run;
}

enum pleat_status score_network(const struct upsampler *upsampler, const struct pair *pairs,
                                size_t count, int64_t border, double *psnr,
                                struct pleat_error *error) {
    for (size_t done = 0, run; done < count; done += run) {
        run = run_length(pairs + done, count - done);
        TRY(score_run(upsampler, pairs + done, run, border, psnr + done, error));
    }
    return PLEAT_OK;
}

double score_mean(const double *psnr, size_t count) {
    double sum = 0;
    size_t finite = 0;
    for (size_t i = 0; i < count; i++)
        if (!isinf(psnr[i])) {
            sum += psnr[i];
            finite++;
        }
    return finite > 0 ? sum / (double)finite : INFINITY;
}
