/* Luma by the network, colours by bicubic, both in bands of rows that threads share. */
#include <string.h>
#include <time.h>

#include <pleat/pleat-io.h>

#include "fault.h"
#include "superres/enlarge.h"
#include "superres/parallel.h"

/* Rows of the input that are worked on at once, and those around them that bicubic looks at. */
#define BAND 32
#define REACH 2

/* What every band knows. */
struct enlarging {
    int64_t scale;
    struct pleat_tensor coarse; /* [planes][height][width] */
    struct pleat_tensor luma;   /* [1][height scale][width scale] */
    struct pleat_image output;
};

/* A band: rows first..last - 1 of the input. */
struct band {
    int64_t first, last;
};

static struct band band_at(const struct enlarging *enlarging, size_t index) {
    const int64_t first = (int64_t)index * BAND, height = enlarging->coarse.extent[1];
    return (struct band){first, height - first < BAND ? height : first + BAND};
}

/* Rows first..last - 1 of plane p of planes[...][height][width]. */
static struct pleat_tensor rows_of(const struct pleat_tensor *planes, int64_t p, int64_t first,
                                   int64_t last) {
    const int64_t width = planes->extent[2], extent[2] = {last - first, width};
    float *data = planes->data;
    return pleat_tensor_view(data + (p * planes->extent[1] + first) * width, PLEAT_FLOAT32, 2,
                             extent);
}

/* Enlarges a band of plane p by bicubic into rows[...][width scale]: with the rows around it, whose own
 * enlargement is dropped, so that the image's borders alone are mirrored. */
static enum pleat_status resize_band(const struct enlarging *enlarging, struct band band, int64_t p,
                                     const struct pleat_tensor *rows, struct pleat_error *error) {
    const int64_t scale = enlarging->scale, height = enlarging->coarse.extent[1];
    const int64_t first = band.first > REACH ? band.first - REACH : 0;
    const int64_t last = height - band.last > REACH ? band.last + REACH : height;
    const struct pleat_tensor coarse = rows_of(&enlarging->coarse, p, first, last);
    const int64_t extent[2] = {(last - first) * scale, rows->extent[1]};
    struct pleat_tensor fine;
    TRY(pleat_tensor_allocate(&fine, PLEAT_FLOAT32, 2, extent, error));
    const enum pleat_status status = pleat_resize(&coarse, &fine, PLEAT_BICUBIC, error);
    memcpy(rows->data, (const float *)fine.data + (band.first - first) * scale * extent[1],
           (size_t)pleat_tensor_size(rows) * sizeof(float));
    pleat_tensor_free(&fine);
    return status;
}

static enum pleat_status resize_luma(void *context, size_t index, struct pleat_error *error) {
    const struct enlarging *enlarging = context;
    const struct band band = band_at(enlarging, index);
    const struct pleat_tensor rows =
        rows_of(&enlarging->luma, 0, band.first * enlarging->scale, band.last * enlarging->scale);
    return resize_band(enlarging, band, 0, &rows, error);
}

/* Makes pixels of planes[...][rows][width], which are a band's. */
static enum pleat_status store_band(const struct enlarging *enlarging, struct band band,
                                    const struct pleat_tensor *planes, struct pleat_error *error) {
    struct pleat_image part;
    const struct pleat_tensor plane = rows_of(planes, 0, 0, planes->extent[1]);
    TRY(planes->extent[0] == 3 ? pleat_image_from_ycbcr(&part, planes, error)
                               : pleat_image_from_plane(&part, &plane, error));
    const int64_t row = part.width * part.channels;
    memcpy(enlarging->output.pixels + band.first * enlarging->scale * row, part.pixels,
           (size_t)(part.height * row));
    pleat_image_free(&part);
    return PLEAT_OK;
}

static enum pleat_status finish_band(void *context, size_t index, struct pleat_error *error) {
    const struct enlarging *enlarging = context;
    const struct band band = band_at(enlarging, index);
    const int64_t scale = enlarging->scale, planes = enlarging->coarse.extent[0];
    const struct pleat_tensor luma =
        rows_of(&enlarging->luma, 0, band.first * scale, band.last * scale);
    const int64_t extent[3] = {planes, luma.extent[0], luma.extent[1]};
    struct pleat_tensor fine;
    TRY(pleat_tensor_allocate(&fine, PLEAT_FLOAT32, 3, extent, error));
    memcpy(fine.data, luma.data, (size_t)pleat_tensor_size(&luma) * sizeof(float));
    enum pleat_status status = PLEAT_OK;
    for (int64_t p = 1; p < planes && status == PLEAT_OK; p++) {
        const struct pleat_tensor rows = rows_of(&fine, p, 0, extent[1]);
        status = resize_band(enlarging, band, p, &rows, error);
    }
    if (status == PLEAT_OK)
        status = store_band(enlarging, band, &fine, error);
    pleat_tensor_free(&fine);
    return status;
}

/* Reads the image into planes and makes room for what comes of them. */
static enum pleat_status begin(struct enlarging *enlarging, const struct pleat_image *input,
                               int64_t scale, struct pleat_error *error) {
    enlarging->scale = scale;
    const int64_t extent[3] = {1, input->height, input->width};
    const int64_t fine[3] = {1, input->height * scale, input->width * scale};
    if (input->channels == 3)
        TRY(pleat_image_to_ycbcr(&enlarging->coarse, input, error));
    else {
        TRY(pleat_tensor_allocate(&enlarging->coarse, PLEAT_FLOAT32, 3, extent, error));
        float *data = enlarging->coarse.data;
        for (int64_t i = 0; i < input->height * input->width; i++)
            data[i] = input->pixels[i];
    }
    TRY(pleat_tensor_allocate(&enlarging->luma, PLEAT_FLOAT32, 3, fine, error));
    return pleat_image_allocate(&enlarging->output, fine[2], fine[1], input->channels, error);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* upsampler NULL: bicubic alone. */
static enum pleat_status enlarge(struct enlarging *enlarging, const struct upsampler *upsampler,
                                 size_t memory, int threads, double *seconds,
                                 struct pleat_error *error) {
    const int64_t height = enlarging->coarse.extent[1];
    const size_t bands = (size_t)((height + BAND - 1) / BAND);
    if (upsampler == NULL || upsampler->residual == RESIDUAL_BICUBIC)
        TRY(parallel_for(bands, threads, resize_luma, enlarging, error));
    if (upsampler != NULL) {
        const struct pleat_tensor coarse = rows_of(&enlarging->coarse, 0, 0, height),
                                  luma = rows_of(&enlarging->luma, 0, 0, height * enlarging->scale);
        const double begun = now();
        TRY(upsampler_run(upsampler, &coarse, &luma, memory, error));
        *seconds = now() - begun;
    }
    return parallel_for(bands, threads, finish_band, enlarging, error);
}

static enum pleat_status run(struct pleat_image *output, const struct pleat_image *input,
                             const struct upsampler *upsampler, int64_t scale, size_t memory,
                             int threads, double *seconds, struct pleat_error *error) {
    struct enlarging enlarging = {.scale = 0};
    enum pleat_status status = begin(&enlarging, input, scale, error);
    if (status == PLEAT_OK)
        status = enlarge(&enlarging, upsampler, memory, threads, seconds, error);
    pleat_tensor_free(&enlarging.coarse);
    pleat_tensor_free(&enlarging.luma);
    if (status == PLEAT_OK)
        *output = enlarging.output;
    else
        pleat_image_free(&enlarging.output);
    return status;
}

enum pleat_status enlarge_image(struct pleat_image *output, const struct pleat_image *input,
                                const struct upsampler *upsampler, size_t memory, double *seconds,
                                struct pleat_error *error) {
    return run(output, input, upsampler, upsampler->scale, memory, upsampler->threads, seconds,
               error);
}

enum pleat_status enlarge_alpha(struct pleat_image *output, const struct pleat_image *input,
                                int64_t scale, int threads, struct pleat_error *error) {
    return run(output, input, NULL, scale, 0, threads, NULL, error);
}
