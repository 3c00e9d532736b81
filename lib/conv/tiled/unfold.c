/* unfold (im2col), a row of the image at a time: the part of a row that a tap shifts into the image
 * is a strided copy, the rest is zero. */
#include "conv/tiled/unfold.h"

#include <string.h>

#include "base/checked.h"

/* to[i] = row[first + i stride], or 0 outside row[0..size). */
static void unfold_row(const real *row, int64_t size, int64_t first, int64_t stride, int64_t count,
                       real *restrict to) {
    const int64_t begin = pleat__min(count, first < 0 ? pleat__ceil_divide(-first, stride) : 0);
    const int64_t end = first >= size
                            ? begin
                            : pleat__max(begin, pleat__min(count, (size - 1 - first) / stride + 1));
    memset(to, 0, (size_t)begin * sizeof *to);
    if (stride == 1) {
        if (end > begin)
            memcpy(to + begin, row + first + begin, (size_t)(end - begin) * sizeof *to);
    } else if (stride == 2) {
        for (int64_t i = begin; i < end; i++)
            to[i] = row[first + i * 2];
    } else {
        for (int64_t i = begin; i < end; i++)
            to[i] = row[first + i * stride];
    }
    memset(to + end, 0, (size_t)(count - end) * sizeof *to);
}

/* One row of the matrix: tap (kd, kh, kw) of channel[FD][FH][FW]. */
static void unfold_tap(const struct pleat__geometry *g, const real *channel, const int64_t tap[3],
                       struct pleat__range pixels, real *to) {
    int64_t offset[3];
    for (int i = 0; i < 3; i++)
        offset[i] = tap[i] * g->dilation[i] - g->padding[i];
    for (int64_t pixel = pixels.begin; pixel < pixels.end;) {
        const int64_t line = pixel / g->coarse[2], cw = pixel % g->coarse[2];
        const int64_t fd = line / g->coarse[1] * g->stride[0] + offset[0];
        const int64_t fh = line % g->coarse[1] * g->stride[1] + offset[1];
        const int64_t count = pleat__min(g->coarse[2] - cw, pixels.end - pixel);
        if (fd < 0 || fd >= g->fine[0] || fh < 0 || fh >= g->fine[1])
            memset(to, 0, (size_t)count * sizeof *to);
        else
            unfold_row(channel + (fd * g->fine[1] + fh) * g->fine[2], g->fine[2],
                       cw * g->stride[2] + offset[2], g->stride[2], count, to);
        pixel += count;
        to += count;
    }
}

void V(pleat__unfold)(const struct pleat__geometry *g, const real *fine, struct pleat__range rows,
                      struct pleat__range pixels, real *columns) {
    const int64_t taps = pleat__taps(g), plane = g->kernel[1] * g->kernel[2];
    for (int64_t row = rows.begin; row < rows.end; row++) {
        const int64_t tap[3] = {row % taps / plane, row % plane / g->kernel[2], row % g->kernel[2]};
        unfold_tap(g, fine + row / taps * pleat__fine_pixels(g), tap, pixels, columns);
        columns += pixels.end - pixels.begin;
    }
}
