/* The fold product: on each phase a correlation of the coarse plane with the phase's taps in reverse
 * order. The tiles of one coarse plane serve all phases of a part. */
#include "conv/winograd/products.h"
#include "conv/winograd/stages.h"

static void find_windows(const struct pleat__winograd_job *job,
                         const struct pleat__winograd_place *place,
                         struct pleat__tile_window window[2]) {
    for (int i = 0; i < 2; i++) {
        const struct pleat__winograd_axis *a = &job->tiling->axis[i];
        window[i] = (struct pleat__tile_window){place->part.phases[i].first - a->taps + 1, a->tile,
                                                a->elements, job->geometry->coarse[i + 1]};
    }
}

/* tiles[element][panel][panel stride] */
static void transform_channel(const struct pleat__winograd_job *job,
                              const struct pleat__winograd_place *place, int64_t k,
                              const real *streams, int64_t ld, real *tiles) {
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    for (int64_t panel = 0; panel < place->panels; panel++) {
        struct pleat__panels_in samples;
        struct pleat__panels_out elements;
        for (int r = 0; r < h->elements; r++) {
            for (int c = 0; c < w->elements; c++) {
                const int64_t element = r * w->elements + c;
                samples.at[r][c] = streams + element * ld + panel * PANEL;
                elements.at[r][c] = tiles +
                                    (element * place->panels + panel) * pleat__panel_stride(job) +
                                    k * PANEL;
            }
        }
        V(pleat__winograd_samples)(job->tiling, PANEL, &samples, &elements);
    }
}

/* All products of a panel of tiles: sums[product][ROWS][PANEL]. */
static void multiply_panel(const struct pleat__winograd_job *job,
                           const struct pleat__winograd_place *place, int64_t panel,
                           const real *weights, const real *tiles,
                           const struct pleat__prefetch *prefetch, real *sums) {
    const struct pleat__winograd_part *part = &place->part;
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    for (int r = 0; r < h->elements; r++) {
        for (int c = 0; c < w->elements; c++) {
            const int64_t element = r * w->elements + c, first = part->first[r][c];
            const int64_t end = first + part->used[0][r] * part->used[1][c];
            for (int64_t product = first; product < end; product++) {
                V(pleat__prefetch_results)(prefetch, product);
                V(pleat__winograd_multiply)
                (job->depth, weights + product * job->tiling->weight_stride,
                 tiles + (element * place->panels + panel) * pleat__panel_stride(job), false,
                 sums + product * ROWS * PANEL);
            }
        }
    }
}

/* Transforms one channel's sums back: results[row][phase row][column][phase column][PANEL], rows and
 * columns of a tile. */
static void transform_back(const struct pleat__winograd_job *job,
                           const struct pleat__winograd_place *place, int64_t lane,
                           const real *sums, real *results) {
    static const real zeros[PANEL] __attribute__((aligned(VECTOR_BYTES)));
    const struct pleat__winograd_part *part = &place->part;
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    const int64_t phase_rows = part->phases[0].end - part->phases[0].begin;
    const int64_t phase_columns = part->phases[1].end - part->phases[1].begin;
    for (int64_t ph = 0; ph < phase_rows; ph++) {
        for (int64_t pw = 0; pw < phase_columns; pw++) {
            struct pleat__panels_in elements;
            struct pleat__panels_out pairs;
            for (int r = 0; r < h->elements; r++)
                for (int c = 0; c < w->elements; c++)
                    elements.at[r][c] =
                        ph < part->used[0][r] && pw < part->used[1][c]
                            ? sums +
                                  ((part->first[r][c] + ph * part->used[1][c] + pw) * ROWS + lane) *
                                      PANEL
                            : zeros;
            for (int r = 0; r < h->tile; r++)
                for (int c = 0; c < w->tile; c++)
                    pairs.at[r][c] =
                        results +
                        (((r * phase_rows + ph) * w->tile + c) * phase_columns + pw) * PANEL;
            V(pleat__winograd_results)(job->tiling, &elements, &pairs);
        }
    }
}

/* The fine pixels of the phases of the part. */
static void find_lattice(const struct pleat__winograd_job *job,
                         const struct pleat__winograd_place *place,
                         struct pleat__tile_lattice lattice[2]) {
    const struct pleat__geometry *g = job->geometry;
    for (int i = 0; i < 2; i++) {
        const struct pleat__winograd_axis *a = &job->tiling->axis[i];
        const struct pleat__winograd_phases *p = &place->part.phases[i];
        lattice[i] = (struct pleat__tile_lattice){
            g->stride[i + 1] * p->first + p->begin - g->padding[i + 1], g->stride[i + 1], a->tile,
            p->end - p->begin, g->fine[i + 1]};
    }
}

void V(pleat__winograd_fold)(const struct pleat__product *product, const void *coarse,
                             const void *weight, const void *bias, void *fine) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__winograd_job job = {.product = product,
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
                                            .find_lattice = find_lattice,
                                            .to_pixels = pleat__fine_pixels(g)};
    V(pleat__winograd_run)(&job);
}
