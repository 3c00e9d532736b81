/* Scattering tiles: a row of the panel's samples is interleaved into a line, of which each row of
 * tiles is a piece. */
#include <string.h>

#include "conv/vector.h"
#include "conv/winograd/segment.h"
#include "conv/winograd/tiles.h"
#include "conv/winograd/transform.h"

INLINE void interleave(const real *restrict streams, int64_t samples, real bias,
                       real *restrict line) {
    for (int64_t t = 0; t < PANEL; t++)
        for (int64_t q = 0; q < samples; q++)
            line[t * samples + q] = streams[q * PANEL + t] + bias;
}

static void interleave_line(const real *streams, int64_t samples, real bias, real *line) {
    if (samples == 1)
        interleave(streams, 1, bias, line);
    else if (samples == 2)
        interleave(streams, 2, bias, line);
    else if (samples == 4)
        interleave(streams, 4, bias, line);
    else
        interleave(streams, samples, bias, line);
}

/* row[first + i stride + p] = line[i][p], for pixels i of all phases p that are in the row. */
static void store_pixels(const struct pleat__tile_lattice *w, const real *line, int64_t first,
                         int64_t count, real *row) {
    for (int64_t p = 0; p < w->phases; p++, first++) {
        const int64_t begin =
            first < 0 ? pleat__min(count, pleat__ceil_divide(-first, w->stride)) : 0;
        const int64_t end =
            first >= w->extent ? 0 : pleat__min(count, (w->extent - 1 - first) / w->stride + 1);
        for (int64_t i = begin; i < end; i++)
            row[first + i * w->stride] = line[i * w->phases + p];
    }
}

static void store_row(const struct pleat__tile_lattice *w, const real *line,
                      const struct pleat__segment *s, real *row) {
    const int64_t first = w->base + s->column * w->samples * w->stride;
    line += s->flat * w->samples * w->phases;
    if (w->phases < w->stride) {
        store_pixels(w, line, first, s->count * w->samples, row);
        return;
    }
    const int64_t count = s->count * w->samples * w->stride;
    const int64_t begin = pleat__min(count, pleat__max(0, -first));
    const int64_t end = pleat__min(count, w->extent - first);
    if (end > begin)
        memcpy(row + first + begin, line + begin, (size_t)(end - begin) * sizeof *row);
}

void V(pleat__scatter_channel)(const struct pleat__scatter *scatter, real bias, real *channel) {
    const struct pleat__tile_lattice *h = &scatter->axis[0], *w = &scatter->axis[1];
    const int64_t samples = w->samples * w->phases;
    for (int64_t q = 0; q < h->samples * h->phases; q++) {
        interleave_line(scatter->streams + q * samples * PANEL, samples, bias, scatter->line);
        for (struct pleat__segment s = pleat__segment_first(&scatter->run); s.count > 0;
             pleat__segment_next(&s, &scatter->run)) {
            const int64_t row = h->base + s.row * h->samples * h->stride +
                                q / h->phases * h->stride + q % h->phases;
            if (row >= 0 && row < h->extent)
                store_row(w, scatter->line, &s,
                          channel + s.image * scatter->image_size + row * w->extent);
        }
    }
}

void V(pleat__scatter_prefetch)(const struct pleat__scatter *scatter, const real *channel) {
    const struct pleat__tile_lattice *h = &scatter->axis[0], *w = &scatter->axis[1];
    for (struct pleat__segment s = pleat__segment_first(&scatter->run); s.count > 0;
         pleat__segment_next(&s, &scatter->run)) {
        const int64_t first = w->base + s.column * w->samples * w->stride;
        for (int64_t q = 0; q < h->samples * h->phases; q++) {
            const int64_t row = h->base + s.row * h->samples * h->stride +
                                q / h->phases * h->stride + q % h->phases;
            if (row >= 0 && row < h->extent)
                pleat__prefetch_pixels(channel + s.image * scatter->image_size + row * w->extent,
                                       first, first + s.count * w->samples * w->stride, w->extent);
        }
    }
}
