/* Scattering tiles: a row of the panel's samples is interleaved into a line, of which each row of
 * tiles is a piece. */
#include "conv/activate.h"
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

static void store_row(const struct pleat__tile_place *w, const real *line,
                      const struct pleat__segment *s, real *row) {
    const int64_t first = w->base + s->column * w->samples, count = s->count * w->samples;
    const int64_t begin = pleat__min(count, pleat__max(0, -first));
    const int64_t end = pleat__min(count, w->extent - first);
    if (end > begin)
        copy_run(line + s->flat * w->samples + begin, end - begin, row + first + begin);
}

void V(pleat__scatter_channel)(const struct pleat__scatter *scatter, real bias, int64_t index,
                               real *channel) {
    const struct pleat__tile_place *h = &scatter->axis[0], *w = &scatter->axis[1];
    for (int64_t q = 0; q < h->samples; q++) {
        interleave_line(scatter->streams + q * w->samples * PANEL, w->samples, bias, scatter->line);
        activate(scatter->activation, index, w->samples * PANEL, scatter->line);
        for (struct pleat__segment s = pleat__segment_first(&scatter->run); s.count > 0;
             pleat__segment_next(&s, &scatter->run)) {
            const int64_t row = h->base + s.row * h->samples + q;
            if (row >= 0 && row < h->extent)
                store_row(w, scatter->line, &s,
                          channel + s.image * scatter->image_size + row * w->extent);
        }
    }
}

void V(pleat__scatter_prefetch)(const struct pleat__scatter *scatter, const real *channel) {
    const struct pleat__tile_place *h = &scatter->axis[0], *w = &scatter->axis[1];
    for (struct pleat__segment s = pleat__segment_first(&scatter->run); s.count > 0;
         pleat__segment_next(&s, &scatter->run)) {
        const int64_t first = w->base + s.column * w->samples;
        for (int64_t q = 0; q < h->samples; q++) {
            const int64_t row = h->base + s.row * h->samples + q;
            if (row >= 0 && row < h->extent)
                pleat__prefetch_pixels(channel + s.image * scatter->image_size + row * w->extent,
                                       first, first + s.count * w->samples, w->extent);
        }
    }
}
