/* The kernels that correlate: rows (coarse channels) x vectors (fine channels and taps) of
 * accumulators, whose lanes are images, stay in registers over all pixels; the lanes are added at the
 * end. */
#include "conv/batched/correlate.h"

#include "base/checked.h"
#include "conv/batched/transpose.h"

/* Rows of a block: few, so that their pixels stay in the L1 cache for all taps. */
enum { ROWS = (int)MAX_ROWS < 4 ? (int)MAX_ROWS : 4 };
enum { SUM_VECTORS = (ROWS * MAX_VECTORS + LANES - 1) / LANES };

/* A block of sums, and a piece of its terms. */
struct block {
    const struct pleat__batched_correlate *p;
    const struct pleat__entry *begin, *end;
    const real *coarse;
    const real *fine[MAX_VECTORS];
    vector lanes[SUM_VECTORS * LANES]; /* the accumulators */
};

/* block->lanes[rows][taps] becomes the sums. */
INLINE void correlate(const int rows, const int taps, struct block *block) {
    const struct pleat__batched_correlate p = *block->p;
    vector sum[MAX_ROWS][MAX_VECTORS], pixels[MAX_VECTORS];
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < taps; j++) sum[i][j] =
        (vector){0};
    const real *fine[MAX_VECTORS], *coarse = block->coarse;
    UNROLL for (int j = 0; j < taps; j++) fine[j] = block->fine[j];
    for (int64_t b = 0; b < p.blocks; b++, coarse += p.coarse_step) {
        for (const struct pleat__entry *t = block->begin; t < block->end; t++) {
            UNROLL for (int j = 0; j < taps; j++) pixels[j] = load(fine[j] + t->place);
            UNROLL for (int i = 0; i < rows; i++) {
                vector x = load(coarse + t->index + i * p.coarse_plane);
                HOLD(x);
                UNROLL for (int j = 0; j < taps; j++) sum[i][j] += x * pixels[j];
            }
        }
        UNROLL for (int j = 0; j < taps; j++) fine[j] += p.fine_step;
    }
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < taps; j++)
        block->lanes[i * taps + j] = sum[i][j];
}

#define DEFINE(rows, taps)                                                                         \
    static void correlate_##rows##x##taps(struct block *block) {                                   \
        correlate(rows, taps, block);                                                              \
    }
KERNELS(DEFINE)

typedef void kernel(struct block *);
#define ENTRY(rows, taps) [rows][taps] = correlate_##rows##x##taps,
static kernel *const kernels[MAX_ROWS + 1][MAX_VECTORS + 1] = {KERNELS(ENTRY)};

/* Adds a block of sums: rows from channel on, and taps from column on of [fine channel][output]. */
static void add_block(struct block *block, const struct pleat__class *of, int64_t channel,
                      int64_t rows, int64_t column, int64_t taps) {
    const struct pleat__batched_correlate *p = block->p;
    real *to[MAX_VECTORS];
    for (int64_t j = 0; j < taps; j++) {
        const int64_t f = (column + j) / of->output_count;
        const struct pleat__entry *output = &of->outputs[(column + j) % of->output_count];
        block->fine[j] = p->fine + f * p->fine_plane + output->place;
        to[j] = p->sum + channel * p->coarse_sums + f * p->fine_sums + output->index;
    }
    real sums[SUM_VECTORS * LANES];
    kernels[rows][taps](block);
    for (int64_t i = 0; i < rows * taps; i += LANES)
        store(sums + i, add_lanes(block->lanes + i));
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < taps; j++)
            to[j][i * p->coarse_sums] += sums[i * taps + j];
}

/* Adds a piece of a class's terms to the sums of some rows. */
static void add_piece(struct block *block, const struct pleat__class *of, int64_t piece,
                      int64_t channel, int64_t rows) {
    const struct pleat__batched_correlate *p = block->p;
    const struct pleat__range terms = pleat__share(of->term_count, piece, p->pieces);
    block->begin = of->terms + terms.begin;
    block->end = of->terms + terms.end;
    block->coarse = p->coarse + channel * p->coarse_plane;
    const int64_t columns = p->fine_channels * of->output_count;
    const int64_t across = pleat__ceil_divide(columns, widest[rows]);
    for (int64_t i = 0; i < across; i++) {
        const struct pleat__range own = pleat__share(columns, i, across);
        add_block(block, of, channel, rows, own.begin, own.end - own.begin);
    }
}

void V(pleat__batched_correlate)(const struct pleat__batched_correlate *p) {
    const int64_t blocks = pleat__ceil_divide(p->coarse_channels, ROWS);
    struct block block = {.p = p};
    for (int64_t i = 0; i < blocks; i++) {
        const struct pleat__range own = pleat__share(p->coarse_channels, i, blocks);
        for (int64_t piece = 0; piece < p->pieces; piece++)
            for (int64_t c = 0; c < p->class_count; c++)
                add_piece(&block, &p->classes[c], piece, own.begin, own.end - own.begin);
    }
}
