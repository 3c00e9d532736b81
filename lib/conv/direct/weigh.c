/* Where a run's split rows, weights and coarse pixels lie. */
#include "conv/direct/weigh.h"

#include "conv/direct/multiply.h"
#include "conv/direct/split.h"

static int64_t count_terms(const struct pleat__geometry *g) {
    return g->fine_channels * pleat__taps(g);
}

void V(pleat__weigh_pack)(const struct pleat__geometry *g, const real *weight, real *packed) {
    const int64_t terms = count_terms(g);
#pragma omp for schedule(static)
    for (int64_t c = 0; c < g->groups * g->coarse_channels; c++) {
        const int64_t channel = c % g->coarse_channels, group = (c - channel) * terms;
        const struct pleat__packed_row to =
            V(pleat__packed_row)(g->coarse_channels, terms, channel);
        for (int64_t t = 0; t < terms; t++)
            packed[group + to.first + pleat__swap_axes(t, g->kernel[1], g->kernel[2]) * to.step] =
                weight[c * terms + t];
    }
}

void V(pleat__weigh)(const struct pleat__weigh *w, int64_t image, struct pleat__tile tile,
                     const real *split, int64_t run, struct pleat__range pixels) {
    const struct pleat__geometry *g = w->geometry;
    const int64_t group = image % g->groups, channels = g->coarse_channels;
    const int64_t terms = count_terms(g), ld = pleat__coarse_pixels(g);
    const int64_t first = (tile.row + run) * g->coarse[2] + tile.column + pixels.begin;
    const struct pleat__multiply multiply = {
        .rows = channels,
        .terms = terms,
        .offset = w->offset,
        .weight = w->packed + group * channels * terms,
        .data = split + run * w->tiling->columns + pixels.begin,
        .bias = w->bias == NULL ? NULL : w->bias + group * channels,
        .activation = w->activation,
        .channel = group * channels,
        .out = w->coarse + image * channels * ld + first,
        .ld = ld,
    };
    V(pleat__multiply)(&multiply, pixels.end - pixels.begin);
}
