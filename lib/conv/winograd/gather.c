/* Gathering tiles. The rows of large planes are split by the step; the samples beyond a tile's step
 * are its right neighbour's. The pixels of small planes are looked up in a table. */
#include <string.h>

#include "conv/vector.h"
#include "conv/winograd/segment.h"
#include "conv/winograd/tiles.h"

enum { WHOLE_TILES = 8 }; /* below this many in a row all go through a line */

INLINE void split(const real *restrict line, int64_t step, int64_t samples, int64_t count,
                  int64_t ld, real *restrict streams) {
    for (int64_t t = 0; t < count; t++)
        for (int64_t q = 0; q < samples; q++)
            streams[q * ld + t] = line[t * step + q];
}

/* Splits count tiles, a step apart, into the step's samples. */
static void split_line(const real *line, int64_t step, int64_t count, int64_t ld, real *streams) {
    if (step == 1)
        memcpy(streams, line, (size_t)count * sizeof *streams);
    else if (step == 2)
        split(line, 2, 2, count, ld, streams);
    else if (step == 4)
        split(line, 4, 4, count, ld, streams);
    else
        for (int64_t q = 0; q < step; q++)
            split(line + q, step, 1, count, ld, streams + q * ld);
}

/* Splits row[first + i], or 0 outside row[0..extent): the tiles that are in the row whole from where
 * they are, those at its edges from a line. */
static void split_row(const struct pleat__gather *g, const real *row, int64_t first, int64_t extent,
                      int64_t count, real *streams) {
    const int64_t step = g->axis[1].step;
    int64_t begin = pleat__min(count, first < 0 ? pleat__ceil_divide(-first, step) : 0);
    int64_t end = extent > first ? pleat__min(count, (extent - first) / step) : 0;
    if (end - begin < WHOLE_TILES)
        begin = end = count;
    copy_padded(row, extent, first, begin * step, g->buffer);
    split_line(g->buffer, step, begin, g->ld, streams);
    if (end > begin)
        split_line(row + first + begin * step, step, end - begin, g->ld, streams + begin);
    if (end < count) {
        copy_padded(row, extent, first + end * step, (count - end) * step, g->buffer);
        split_line(g->buffer, step, count - end, g->ld, streams + end);
    }
}

/* The streams of the tiles' row of samples q. */
static void gather_row(const struct pleat__gather *g, const real *channel, int64_t q,
                       real *streams) {
    const struct pleat__tile_window *h = &g->axis[0], *w = &g->axis[1];
    for (struct pleat__segment s = pleat__segment_first(&g->run); s.count > 0;
         pleat__segment_next(&s, &g->run)) {
        const int64_t row = h->base + s.row * h->step + q, first = w->base + s.column * w->step;
        const bool inside = row >= 0 && row < h->extent;
        const int64_t extent = inside ? w->extent : 0;
        const real *from = inside ? channel + s.image * g->image_size + row * w->extent : channel;
        real *to = streams + s.flat;
        split_row(g, from, first, extent, s.count, to);
        for (int64_t i = w->step; i < w->samples; i++) {
            const int64_t last = first + (s.count - 1) * w->step + i;
            memcpy(to + i * g->ld, to + (i - w->step) * g->ld + 1,
                   (size_t)(s.count - 1) * sizeof *to);
            to[i * g->ld + s.count - 1] = last >= 0 && last < extent ? from[last] : 0;
        }
    }
}

/* Where pixel (row, column) of an image lies in the buffer, or the zero behind the planes. */
static int64_t find_pixel(const struct pleat__gather *g, int64_t image, int64_t row, int64_t column,
                          int64_t zero) {
    const int64_t rows = g->axis[0].extent, columns = g->axis[1].extent;
    return row < 0 || row >= rows || column < 0 || column >= columns
               ? zero
               : (image * rows + row) * columns + column;
}

/* Stores the images that the run touches and returns their number. */
static int64_t touched_images(const struct pleat__gather *g, int64_t *first) {
    const int64_t tiles = g->run.rows * g->run.columns;
    *first = g->run.begin / tiles;
    return (g->run.begin + g->run.count - 1) / tiles - *first + 1;
}

void V(pleat__gather_prepare)(const struct pleat__gather *g) {
    if (!g->small)
        return;
    const struct pleat__tile_window *h = &g->axis[0], *w = &g->axis[1];
    int64_t first;
    const int64_t zero = touched_images(g, &first) * h->extent * w->extent;
    for (struct pleat__segment s = pleat__segment_first(&g->run); s.count > 0;
         pleat__segment_next(&s, &g->run))
        for (int64_t i = 0; i < h->samples; i++)
            for (int64_t j = 0; j < w->samples; j++)
                for (int64_t t = 0; t < s.count; t++)
                    g->table[(i * w->samples + j) * g->ld + s.flat + t] =
                        (int32_t)find_pixel(g, s.image - first, h->base + s.row * h->step + i,
                                            w->base + (s.column + t) * w->step + j, zero);
    for (int64_t i = 0; i < h->samples * w->samples; i++)
        for (int64_t t = g->run.count; t < g->ld; t++)
            g->table[i * g->ld + t] = (int32_t)zero;
}

static void look_up(const struct pleat__gather *g, const real *channel) {
    const int64_t pixels = g->axis[0].extent * g->axis[1].extent;
    int64_t first;
    const int64_t images = touched_images(g, &first);
    for (int64_t i = 0; i < images; i++)
        memcpy(g->buffer + i * pixels, channel + (first + i) * g->image_size,
               (size_t)pixels * sizeof *channel);
    g->buffer[images * pixels] = 0;
    const int64_t count = g->axis[0].samples * g->axis[1].samples * g->ld;
    const real *restrict buffer = g->buffer;
    const int32_t *restrict table = g->table;
    real *restrict streams = g->streams;
    for (int64_t i = 0; i < count; i++)
        streams[i] = buffer[table[i]];
}

void V(pleat__gather_channel)(const struct pleat__gather *g, const real *channel) {
    if (g->small) {
        look_up(g, channel);
        return;
    }
    for (int64_t q = 0; q < g->axis[0].samples; q++) {
        real *streams = g->streams + q * g->axis[1].samples * g->ld;
        gather_row(g, channel, q, streams);
        for (int64_t i = 0; g->run.count < g->ld && i < g->axis[1].samples; i++)
            memset(streams + i * g->ld + g->run.count, 0,
                   (size_t)(g->ld - g->run.count) * sizeof *streams);
    }
}

void V(pleat__gather_prefetch)(const struct pleat__gather *g, const real *channel) {
    const struct pleat__tile_window *h = &g->axis[0], *w = &g->axis[1];
    for (struct pleat__segment s = pleat__segment_first(&g->run); s.count > 0;
         pleat__segment_next(&s, &g->run)) {
        const int64_t first = w->base + s.column * w->step;
        for (int64_t q = 0; q < h->step; q++) {
            const int64_t row = h->base + s.row * h->step + q;
            if (row >= 0 && row < h->extent)
                pleat__prefetch_pixels(channel + s.image * g->image_size + row * w->extent, first,
                                       first + s.count * w->step, w->extent);
        }
    }
}
