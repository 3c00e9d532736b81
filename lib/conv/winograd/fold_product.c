/* The fold product: on each phase a correlation of the coarse plane with the phase's taps in reverse
 * order. The tiles of one coarse plane serve all phases. */
#include "conv/winograd/products.h"
#include "conv/winograd/stages.h"

/* One window for the tiles of all parts. */
static void find_windows(const struct pleat__winograd_job *job,
                         struct pleat__tile_window window[2]) {
    for (int i = 0; i < 2; i++) {
        const struct pleat__winograd_axis *a = &job->tiling->axis[i];
        window[i] =
            (struct pleat__tile_window){a->part[0].first - a->taps + 1, a->tile,
                                        a->elements + a->parts - 1, job->geometry->coarse[i + 1]};
    }
}

/* The tiles of one panel of part (i, j), which lies that many pixels later, but for the elements
 * that an earlier part has as its last. */
static void transform_part(const struct pleat__winograd_job *job,
                           const struct pleat__winograd_place *place, int i, int j, int64_t panel,
                           const real *streams, int64_t ld, real *tiles) {
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    const int across = w->elements + w->parts - 1;
    struct pleat__panels_in samples;
    struct pleat__panels_out elements;
    for (int r = 0; r < h->elements; r++) {
        for (int c = 0; c < w->elements; c++) {
            const int row = i * (h->elements - 1) + r, column = j * (w->elements - 1) + c;
            const int64_t at = (row * w->held + column) * place->panels + panel;
            samples.at[r][c] = streams + ((i + r) * across + j + c) * ld + panel * PANEL;
            elements.at[r][c] = (i > 0 && r == 0) || (j > 0 && c == 0)
                                    ? NULL
                                    : tiles + at * pleat__panel_stride(job);
        }
    }
    V(pleat__winograd_samples)(job->tiling, PANEL, &samples, &elements);
}

/* tiles[held rows][held columns][panel][panel stride] */
static void transform_channel(const struct pleat__winograd_job *job,
                              const struct pleat__winograd_place *place, int64_t k,
                              const real *streams, int64_t ld, real *tiles) {
    for (int i = 0; i < job->tiling->axis[0].parts; i++)
        for (int j = 0; j < job->tiling->axis[1].parts; j++)
            for (int64_t panel = 0; panel < place->panels; panel++)
                transform_part(job, place, i, j, panel, streams, ld, tiles + k * PANEL);
}

/* The products of one element of a part. */
static void multiply_element(const struct pleat__winograd_job *job,
                             const struct pleat__winograd_part *part, int r, int c,
                             const real *weights, const real *tiles,
                             const struct pleat__prefetch *prefetch, real *sums) {
    const int64_t first = part->first[r][c];
    const int64_t end = first + part->used[0][r] * part->used[1][c];
    for (int64_t product = first; product < end; product++) {
        V(pleat__prefetch_results)(prefetch, product);
        V(pleat__winograd_multiply)
        (job->depth, weights + product * job->tiling->weight_stride, tiles, false,
         sums + product * ROWS * PANEL);
    }
}

/* All products of a panel of tiles: sums[product][ROWS][PANEL]. Parts that share an element multiply
 * it one after the other. */
static void multiply_panel(const struct pleat__winograd_job *job,
                           const struct pleat__winograd_place *place, int64_t panel,
                           const real *weights, const real *tiles,
                           const struct pleat__prefetch *prefetch, real *sums) {
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    for (int64_t held = 0; held < h->held * w->held; held++) {
        const real *at = tiles + (held * place->panels + panel) * pleat__panel_stride(job);
        for (int index = 0; index < h->parts * w->parts; index++) {
            const int64_t r = held / w->held - index / w->parts * (h->elements - 1);
            const int64_t c = held % w->held - index % w->parts * (w->elements - 1);
            if (r >= 0 && r < h->elements && c >= 0 && c < w->elements)
                multiply_element(job, &job->part[index], (int)r, (int)c, weights, at, prefetch,
                                 sums);
        }
    }
}

/* Transforms the sums of a phase, the part's number (ph, pw), back. */
static void transform_phase(const struct pleat__winograd_job *job,
                            const struct pleat__winograd_part *part, int64_t ph, int64_t pw,
                            const real *sums, real *results) {
    static const real zeros[PANEL] __attribute__((aligned(VECTOR_BYTES)));
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    struct pleat__panels_in elements;
    struct pleat__panels_out pairs;
    for (int r = 0; r < h->elements; r++) {
        for (int c = 0; c < w->elements; c++) {
            const int64_t product = part->first[r][c] + ph * part->used[1][c] + pw;
            elements.at[r][c] = ph < part->used[0][r] && pw < part->used[1][c]
                                    ? sums + product * ROWS * PANEL
                                    : zeros;
        }
    }
    for (int r = 0; r < h->tile; r++)
        for (int c = 0; c < w->tile; c++)
            pairs.at[r][c] =
                results + (r * h->phases * w->tile * w->phases + c * w->phases) * PANEL;
    V(pleat__winograd_results)(job->tiling, &elements, &pairs);
}

/* Transforms one channel's sums back: results[row][phase row][column][phase column][PANEL], rows and
 * columns of a tile. The first part's phases come first: their pixels do. */
static void transform_back(const struct pleat__winograd_job *job, int64_t lane, const real *sums,
                           real *results) {
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    for (int index = 0; index < h->parts * w->parts; index++) {
        const struct pleat__winograd_part *part = &job->part[index];
        const struct pleat__winograd_phases *rows = &part->phases[0], *columns = &part->phases[1];
        const int64_t row = index / w->parts * (h->phases - rows->end);
        const int64_t column = index % w->parts * (w->phases - columns->end);
        for (int64_t ph = 0; ph < rows->end - rows->begin; ph++)
            for (int64_t pw = 0; pw < columns->end - columns->begin; pw++)
                transform_phase(job, part, ph, pw, sums + lane * PANEL,
                                results + ((row + ph) * w->tile * w->phases + column + pw) * PANEL);
    }
}

/* The fine pixels of all phases, from the first pixel of the first part's. */
static void find_results(const struct pleat__winograd_job *job, struct pleat__tile_place place[2]) {
    const struct pleat__geometry *g = job->geometry;
    for (int i = 0; i < 2; i++) {
        const struct pleat__winograd_axis *a = &job->tiling->axis[i];
        place[i] = (struct pleat__tile_place){a->phases * a->part[0].first + a->part[0].begin -
                                                  g->padding[i + 1],
                                              a->tile * a->phases, g->fine[i + 1]};
    }
}

static struct pleat__winograd_job make_job(const struct pleat__product *product, const real *coarse,
                                           const real *weight, const real *bias, real *fine) {
    const struct pleat__geometry *g = product->geometry;
    return (struct pleat__winograd_job){.product = product,
                                        .geometry = g,
                                        .tiling = &product->work->tiling.winograd,
                                        .source = &product->work->tiling.winograd.coarse,
                                        .from = coarse,
                                        .weight = weight,
                                        .bias = bias,
                                        .to = fine,
                                        .depth = g->coarse_channels,
                                        .lanes = g->fine_channels,
                                        .depth_stride = g->fine_channels * pleat__taps(g),
                                        .lane_stride = pleat__taps(g),
                                        .reversed = true,
                                        .pixels = pleat__coarse_pixels(g),
                                        .find_windows = find_windows,
                                        .transform = transform_channel,
                                        .multiply = multiply_panel,
                                        .transform_back = transform_back,
                                        .find_results = find_results,
                                        .to_pixels = pleat__fine_pixels(g)};
}

void V(pleat__winograd_fold)(const struct pleat__product *product, const void *coarse,
                             const void *weight, const void *bias, void *fine) {
    struct pleat__winograd_job job = make_job(product, coarse, weight, bias, fine);
    V(pleat__winograd_run)(&job);
}

void V(pleat__winograd_pack_for_fold)(const struct pleat__product *product, const void *weight,
                                      void *packed) {
    const struct pleat__winograd_job job = make_job(product, NULL, weight, NULL, NULL);
    V(pleat__winograd_pack)(&job, packed);
}
