/* Up-sampling by a factor, nearest or linear, on three axes. Rows are mixed first, over depth and
 * height; then the row is widened, one phase of the factor at a time. */
#include <math.h>
#include <string.h>

#include <omp.h>

#include "nn/kernels/layer_kernels_real.h"

#include "base/checked.h"

/* The two inputs that output o of an axis lies between, and the share of the second; both are
 * clamped into the image. Linear (PyTorch's align_corners = False): source (o + 1/2) / f - 1/2. */
static double find_sources(const struct pleat__upsampling *u, int axis, int64_t o, int64_t *first,
                           int64_t *second) {
    const double source = u->linear ? ((double)o + 0.5) / (double)u->factor[axis] - 0.5
                                    : (double)(o / u->factor[axis]);
    const double floor_source = floor(source);
    *first = pleat__max((int64_t)floor_source, 0);
    *second = pleat__min((int64_t)floor_source + 1, u->in[axis] - 1);
    return source - floor_source;
}

/* The rows of an input plane that one output row is mixed from. */
struct mix {
    int64_t row[4];
    real weight[4];
};

static struct mix find_rows(const struct pleat__upsampling *u, int64_t output_row) {
    const int64_t height = u->in[1] * u->factor[1];
    int64_t d[2], h[2];
    const double depth = find_sources(u, 0, output_row / height, &d[0], &d[1]),
                 down = find_sources(u, 1, output_row % height, &h[0], &h[1]);
    struct mix mix;
    for (int i = 0; i < 4; i++) {
        mix.row[i] = d[i / 2] * u->in[1] + h[i % 2];
        mix.weight[i] = (real)((i / 2 == 0 ? 1 - depth : depth) * (i % 2 == 0 ? 1 - down : down));
    }
    return mix;
}

/* Where phase p of the width begins in a row that has one pixel more on either side, and the share
 * of the pixel after. */
static real find_phase(const struct pleat__upsampling *u, int64_t p, int64_t *begin) {
    if (!u->linear) {
        *begin = 1;
        return 0;
    }
    const double source = ((double)p + 0.5) / (double)u->factor[2] - 0.5;
    *begin = source < 0 ? 0 : 1;
    return (real)(source - floor(source));
}

static void mix_rows(const struct pleat__upsampling *u, const struct mix *mix, const real *plane,
                     real *row) {
    const int64_t width = u->in[2];
    memset(row, 0, (size_t)width * sizeof *row);
    for (int i = 0; i < 4; i++) {
        const real weight = mix->weight[i], *from = plane + mix->row[i] * width;
        for (int64_t w = 0; weight != 0 && w < width; w++)
            row[w] += weight * from[w];
    }
}

static void widen(const struct pleat__upsampling *u, const real *row, real *y) {
    const int64_t f = u->factor[2];
    for (int64_t p = 0; p < f; p++) {
        int64_t begin;
        const real after = find_phase(u, p, &begin), before = 1 - after;
        if (after == 0)
            for (int64_t w = 0; w < u->in[2]; w++)
                y[w * f + p] = row[begin + w];
        else
            for (int64_t w = 0; w < u->in[2]; w++)
                y[w * f + p] = before * row[begin + w] + after * row[begin + w + 1];
    }
}

/* The adjoint of widen, with that of the clamping. */
static void narrow(const struct pleat__upsampling *u, const real *gy, real *row) {
    const int64_t f = u->factor[2], width = u->in[2];
    memset(row, 0, (size_t)(width + 2) * sizeof *row);
    for (int64_t p = 0; p < f; p++) {
        int64_t begin;
        const real after = find_phase(u, p, &begin), before = 1 - after;
        for (int64_t w = 0; w < width; w++)
            row[begin + w] += before * gy[w * f + p];
        for (int64_t w = 0; after != 0 && w < width; w++)
            row[begin + w + 1] += after * gy[w * f + p];
    }
    row[1] += row[0];
    row[width] += row[width + 1];
}

void V(pleat__upsample)(int64_t planes, const struct pleat__upsampling *u, const void *x, void *y,
                        void *scratch, int threads) {
    const int64_t width = u->in[2], in_pixels = u->in[0] * u->in[1] * width,
                  rows = u->in[0] * u->factor[0] * u->in[1] * u->factor[1],
                  out_width = width * u->factor[2];
#pragma omp parallel for schedule(static)                                                          \
    num_threads(threads) if (planes * rows * out_width >= PLEAT__PARALLEL_COUNT)
    for (int64_t i = 0; i < planes * rows; i++) {
        real *row = (real *)scratch + omp_get_thread_num() * (width + 2);
        const struct mix mix = find_rows(u, i % rows);
        mix_rows(u, &mix, (const real *)x + i / rows * in_pixels, row + 1);
        row[0] = row[1];
        row[width + 1] = row[width];
        widen(u, row, (real *)y + i * out_width);
    }
}

void V(pleat__upsample_gradient)(int64_t planes, const struct pleat__upsampling *u, const void *gy,
                                 void *gx, void *scratch, int threads) {
    const int64_t width = u->in[2], in_pixels = u->in[0] * u->in[1] * width,
                  rows = u->in[0] * u->factor[0] * u->in[1] * u->factor[1],
                  out_width = width * u->factor[2];
#pragma omp parallel for schedule(static)                                                          \
    num_threads(threads) if (planes * rows * out_width >= PLEAT__PARALLEL_COUNT)
    for (int64_t plane = 0; plane < planes; plane++) {
        real *row = (real *)scratch + omp_get_thread_num() * (width + 2);
        real *to = (real *)gx + plane * in_pixels;
        memset(to, 0, (size_t)in_pixels * sizeof *to);
        for (int64_t i = 0; i < rows; i++) {
            const struct mix mix = find_rows(u, i);
            narrow(u, (const real *)gy + (plane * rows + i) * out_width, row);
            for (int k = 0; k < 4; k++)
                for (int64_t w = 0; mix.weight[k] != 0 && w < width; w++)
                    to[mix.row[k] * width + w] += mix.weight[k] * row[1 + w];
        }
    }
}
