/* PSNR of interpolations and of the network over many pairs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/image.h>
#include <pleat/metrics.h>

#include "fault.h"
#include "superres/parallel.h"
#include "superres/score.h"

/* The most planes that are enlarged at once. */
#define RUN 256

/* What every round knows. */
struct work {
    const struct pair *pairs;
    enum pleat_resize_method method;
    int64_t border;
    struct pleat_tensor coarse, enlarged; /* [pair][height][width] */
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

/* Plane number `index` of planes[...][height][width]. */
static struct pleat_tensor plane_of(const struct pleat_tensor *planes, size_t index) {
    float *data = planes->data;
    return pleat_tensor_view(data + (int64_t)index * planes->extent[1] * planes->extent[2],
                             PLEAT_FLOAT32, 2, planes->extent + 1);
}

static enum pleat_status copy_pair(void *context, size_t index, struct pleat_error *error) {
    (void)error;
    const struct work *work = context;
    const struct pair *pair = &work->pairs[index];
    const struct pleat_tensor coarse = plane_of(&work->coarse, index),
                              enlarged = plane_of(&work->enlarged, index);
    memcpy(coarse.data, pair->coarse.data, (size_t)pleat_tensor_size(&coarse) * sizeof(float));
    memcpy(enlarged.data, pair->bicubic.data, (size_t)pleat_tensor_size(&enlarged) * sizeof(float));
    return PLEAT_OK;
}

static enum pleat_status compare_refined(void *context, size_t index, struct pleat_error *error) {
    struct work *work = context;
    const struct pleat_tensor enlarged = plane_of(&work->enlarged, index);
    return compare(work, index, &enlarged, error);
}

/* Allocates `count` planes like one. */
static enum pleat_status allocate_planes(struct pleat_tensor *planes, size_t count,
                                         const struct pleat_tensor *like,
                                         struct pleat_error *error) {
    const int64_t extent[3] = {(int64_t)count, like->extent[0], like->extent[1]};
    return pleat_tensor_allocate(planes, PLEAT_FLOAT32, 3, extent, error);
}

/* Of `count` pairs of the same extents. */
static enum pleat_status score_run(const struct upsampler *upsampler, const struct pair *pairs,
                                   size_t count, int64_t border, double *psnr,
                                   struct pleat_error *error) {
    struct work work = {.pairs = pairs, .border = border, .psnr = psnr};
    enum pleat_status status = allocate_planes(&work.coarse, count, &pairs->coarse, error);
    if (status == PLEAT_OK)
        status = allocate_planes(&work.enlarged, count, &pairs->bicubic, error);
    if (status == PLEAT_OK)
        status = parallel_for(count, upsampler->threads, copy_pair, &work, error);
    if (status == PLEAT_OK)
        status = upsampler_run(upsampler, &work.coarse, &work.enlarged, UPSAMPLER_MEMORY, error);
    if (status == PLEAT_OK)
        status = parallel_for(count, upsampler->threads, compare_refined, &work, error);
    pleat_tensor_free(&work.coarse);
    pleat_tensor_free(&work.enlarged);
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
