/* The unfold product: a sum over the phases of correlations of the phase of the fine plane with the
 * phase's taps. Phases are summed over like channels. */
#include "conv/winograd/products.h"
#include "conv/winograd/stages.h"

static void find_windows(const struct pleat__winograd_job *job,
                         struct pleat__tile_window window[2]) {
    const struct pleat__geometry *g = job->geometry;
    for (int i = 0; i < 2; i++) {
        const struct pleat__winograd_axis *a = &job->tiling->axis[i];
        const int64_t stride = g->stride[i + 1];
        window[i] = (struct pleat__tile_window){-g->padding[i + 1], a->tile * stride,
                                                a->elements * stride, g->fine[i + 1]};
    }
}

/* One phase of a channel's panel. */
static void transform_phase(const struct pleat__winograd_job *job,
                            const struct pleat__winograd_place *place, int64_t ph, int64_t pw,
                            const real *streams, int64_t ld, int64_t panel, real *tiles) {
    const struct pleat__winograd_part *part = &job->part[0];
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    struct pleat__panels_in samples;
    struct pleat__panels_out elements;
    for (int r = 0; r < h->elements; r++) {
        for (int c = 0; c < w->elements; c++) {
            const int64_t product = part->first[r][c] + ph * part->used[1][c] + pw;
            samples.at[r][c] =
                streams +
                ((r * h->phases + ph) * w->elements * w->phases + c * w->phases + pw) * ld;
            elements.at[r][c] =
                ph < part->used[0][r] && pw < part->used[1][c]
                    ? tiles + (product * place->panels + panel) * pleat__panel_stride(job)
                    : NULL;
        }
    }
    V(pleat__winograd_samples)(job->tiling, PANEL, &samples, &elements);
}

/* tiles[product][panel][panel stride] */
static void transform_channel(const struct pleat__winograd_job *job,
                              const struct pleat__winograd_place *place, int64_t k,
                              const real *streams, int64_t ld, real *tiles) {
    for (int64_t panel = 0; panel < place->panels; panel++)
        for (int64_t ph = 0; ph < job->tiling->axis[0].phases; ph++)
            for (int64_t pw = 0; pw < job->tiling->axis[1].phases; pw++)
                transform_phase(job, place, ph, pw, streams + panel * PANEL, ld, panel,
                                tiles + k * PANEL);
}

/* All elements of a panel of tiles, each the sum of its products: sums[element][ROWS][PANEL]. */
static void multiply_panel(const struct pleat__winograd_job *job,
                           const struct pleat__winograd_place *place, int64_t panel,
                           const real *weights, const real *tiles,
                           const struct pleat__prefetch *prefetch, real *sums) {
    const struct pleat__winograd_part *part = &job->part[0];
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    for (int r = 0; r < h->elements; r++) {
        for (int c = 0; c < w->elements; c++) {
            const int64_t first = part->first[r][c];
            const int64_t end = first + part->used[0][r] * part->used[1][c];
            for (int64_t product = first; product < end; product++) {
                V(pleat__prefetch_results)(prefetch, product);
                V(pleat__winograd_multiply)
                (job->depth, weights + product * job->tiling->weight_stride,
                 tiles + (product * place->panels + panel) * pleat__panel_stride(job),
                 product > first, sums + (r * w->elements + c) * ROWS * PANEL);
            }
        }
    }
}

/* results[row][column][PANEL] of a tile, of one channel, from sums[element][ROWS][PANEL]. */
static void transform_back(const struct pleat__winograd_job *job, int64_t lane, const real *sums,
                           real *results) {
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    struct pleat__panels_in elements;
    struct pleat__panels_out pairs;
    for (int r = 0; r < h->elements; r++)
        for (int c = 0; c < w->elements; c++)
            elements.at[r][c] = sums + ((r * w->elements + c) * ROWS + lane) * PANEL;
    for (int r = 0; r < h->tile; r++)
        for (int c = 0; c < w->tile; c++)
            pairs.at[r][c] = results + (r * w->tile + c) * PANEL;
    V(pleat__winograd_results)(job->tiling, &elements, &pairs);
}

/* The coarse pixels. */
static void find_results(const struct pleat__winograd_job *job, struct pleat__tile_place place[2]) {
    for (int i = 0; i < 2; i++)
        place[i] =
            (struct pleat__tile_place){0, job->tiling->axis[i].tile, job->geometry->coarse[i + 1]};
}

static struct pleat__winograd_job make_job(const struct pleat__product *product, const real *fine,
                                           const real *weight, const real *bias, real *coarse) {
    const struct pleat__geometry *g = product->geometry;
    return (struct pleat__winograd_job){.product = product,
                                        .geometry = g,
                                        .tiling = &product->work->tiling.winograd,
                                        .source = &product->work->tiling.winograd.fine,
                                        .from = fine,
                                        .weight = weight,
                                        .bias = bias,
                                        .to = coarse,
                                        .depth = g->fine_channels,
                                        .lanes = g->coarse_channels,
                                        .depth_stride = pleat__taps(g),
                                        .lane_stride = g->fine_channels * pleat__taps(g),
                                        .reversed = false,
                                        .pixels = pleat__fine_pixels(g),
                                        .find_windows = find_windows,
                                        .transform = transform_channel,
                                        .multiply = multiply_panel,
                                        .transform_back = transform_back,
                                        .find_results = find_results,
                                        .to_pixels = pleat__coarse_pixels(g)};
}

void V(pleat__winograd_unfold)(const struct pleat__product *product, const void *fine,
                               const void *weight, const void *bias, void *coarse) {
    struct pleat__winograd_job job = make_job(product, fine, weight, bias, coarse);
    V(pleat__winograd_run)(&job);
}

void V(pleat__winograd_pack_for_unfold)(const struct pleat__product *product, const void *weight,
                                        void *packed) {
    const struct pleat__winograd_job job = make_job(product, NULL, weight, NULL, NULL);
    V(pleat__winograd_pack)(&job, packed);
}
