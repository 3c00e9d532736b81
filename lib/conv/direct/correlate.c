/* The kernels that correlate: rows (channels) x vectors (taps) of accumulators, whose lanes are pixels,
 * stay in registers over all pixels; the lanes are added at the end. */
#include "conv/direct/correlate.h"

#include <string.h>

#include "conv/direct/tiling.h"
#include "conv/direct/split.h"
#include "conv/registers.h"

/* A block of channels and taps. */
struct block {
    int64_t runs, vectors; /* of a run, the last with `last` */
    const real *coarse, *fine;
    int64_t coarse_ld, coarse_step, fine_step;
    const int32_t *offset;
    lane_mask last; /* the lanes that are pixels */
};

/* The block's accumulators are lanes[rows][taps][LANES]. */
INLINE void correlate(const int rows, const int taps, const struct block *block, real *lanes) {
    const struct block p = *block;
    vector sum[MAX_ROWS][MAX_VECTORS], pixels[MAX_VECTORS];
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < taps; j++) sum[i][j] =
        load(lanes + (i * taps + j) * LANES);
    const real *fine[MAX_VECTORS];
    UNROLL for (int j = 0; j < taps; j++) fine[j] = p.fine + p.offset[j];
    for (int64_t run = 0; run < p.runs; run++) {
        const real *coarse = p.coarse + run * p.coarse_step;
        int64_t from = run * p.fine_step;
        for (int64_t v = 0; v < p.vectors; v++, coarse += LANES, from += LANES) {
            UNROLL for (int j = 0; j < taps; j++) pixels[j] = load(fine[j] + from);
            if (v == p.vectors - 1)
                UNROLL for (int j = 0; j < taps; j++) pixels[j] =
                    (vector)((lane_mask)pixels[j] & p.last);
            UNROLL for (int i = 0; i < rows; i++) {
                vector x = load(coarse + i * p.coarse_ld);
                HOLD(x);
                UNROLL for (int j = 0; j < taps; j++) sum[i][j] += x * pixels[j];
            }
        }
    }
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < taps; j++)
        store(lanes + (i * taps + j) * LANES, sum[i][j]);
}

#define DEFINE(rows, taps)                                                                         \
    static void correlate_##rows##x##taps(const struct block *block, real *lanes) {                \
        correlate(rows, taps, block, lanes);                                                       \
    }
KERNELS(DEFINE)

typedef void kernel(const struct block *, real *lanes);
#define ENTRY(rows, taps) [rows][taps] = correlate_##rows##x##taps,
static kernel *const kernels[MAX_ROWS + 1][MAX_VECTORS + 1] = {KERNELS(ENTRY)};

/* to[k][i] = from[k][i] + from[k][width + i] for rows of `width`; from's are twice as wide. */
INLINE void halve(const real *restrict from, int64_t count, const int width, real *restrict to) {
    for (int64_t k = 0; k < count; k++, from += 2 * width, to += width)
        for (int i = 0; i < width; i++)
            to[i] = from[i] + from[width + i];
}

/* Adds the lanes of count accumulators, to sum[count]; lanes is overwritten. */
static void add_lanes(real *lanes, int64_t count, real *sum) {
    real halves[MAX_ROWS * MAX_VECTORS * LANES];
#if VECTOR_BYTES * 8 / PLEAT_REAL_BITS == 16
    halve(lanes, count, 8, halves);
    halve(halves, count, 4, lanes);
    halve(lanes, count, 2, halves);
#elif VECTOR_BYTES * 8 / PLEAT_REAL_BITS == 8
    halve(lanes, count, 4, halves);
    halve(halves, count, 2, lanes);
    memcpy(halves, lanes, (size_t)(2 * count) * sizeof(real));
#elif VECTOR_BYTES * 8 / PLEAT_REAL_BITS == 4
    halve(lanes, count, 2, halves);
#else
    memcpy(halves, lanes, (size_t)(2 * count) * sizeof(real));
#endif
    halve(halves, count, 1, sum);
}

/* Rows of a block: few, so that their pixels, of long runs, stay in the L1 cache. */
enum { ROWS = (int)MAX_ROWS < (int)PLEAT__DIRECT_ROWS ? (int)MAX_ROWS : (int)PLEAT__DIRECT_ROWS };

static int64_t tap_blocks(struct blocks blocks, int64_t taps) {
    return pleat__ceil_divide(taps, block_vectors(blocks));
}

int64_t V(pleat__correlate_share)(int64_t channels, int64_t taps, int64_t i, int64_t shares) {
    const struct blocks blocks = blocks_of(channels, ROWS);
    const int64_t across = tap_blocks(blocks, taps), before = i * taps * blocks.count / shares;
    for (int64_t column = 0; column < across; column++) {
        const int64_t begin = column * taps / across, end = (column + 1) * taps / across;
        if (before < end * blocks.count)
            return column * blocks.count + (before - begin * blocks.count) / (end - begin);
    }
    return across * blocks.count;
}

/* Copies the pixels of some channels, each run padded with zeros. */
static void copy_coarse(const struct pleat__correlate *p, int64_t channel, int64_t channels,
                        int64_t vectors) {
    real *to = p->copy;
    for (int64_t c = channel; c < channel + channels; c++)
        for (int64_t run = 0; run < p->runs; run++, to += vectors * LANES) {
            const real *from = p->coarse + c * p->coarse_ld + run * p->coarse_step;
            int64_t i = 0;
            for (; i + LANES <= p->count; i += LANES)
                store(to + i, load(from + i));
            for (; i < vectors * LANES; i++)
                to[i] = i < p->count ? from[i] : 0;
        }
}

/* Asks for one of some shares of the pixels of channels that are needed soon. */
static void prefetch_coarse(const struct pleat__correlate *p, int64_t channel, int64_t channels,
                            int64_t share, int64_t shares) {
    const int64_t begin = share * p->count / shares, end = (share + 1) * p->count / shares;
    for (int64_t c = channel; c < pleat__min(channel + channels, p->channels); c++)
        for (int64_t run = 0; run < p->runs; run++)
            for (int64_t k = begin; k < end; k += LINE)
                __builtin_prefetch(p->coarse + c * p->coarse_ld + run * p->coarse_step + k);
}

/* A block: its first channel and tap, and how many. */
struct part {
    int64_t channel, channels, tap, taps;
};

/* Blocks of the same taps follow each other, so that a thread has few taps. */
static struct part find_part(const struct pleat__correlate *p, int64_t block) {
    const struct blocks blocks = blocks_of(p->channels, ROWS);
    const int64_t across = tap_blocks(blocks, p->taps);
    const struct pleat__range channels = block_rows(blocks, block % blocks.count);
    const struct pleat__range taps = pleat__share(p->taps, block / blocks.count, across);
    return (struct part){channels.begin, channels.end - channels.begin, taps.begin,
                         taps.end - taps.begin};
}

static real *lanes_of(const struct pleat__correlate *p, const struct part *part) {
    return p->lanes + (part->channel * p->taps + part->channels * part->tap) * LANES;
}

void V(pleat__correlate_clear)(const struct pleat__correlate *correlate, int64_t begin,
                               int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        const struct part part = find_part(correlate, i);
        memset(lanes_of(correlate, &part), 0, (size_t)(part.channels * part.taps) * sizeof(vector));
    }
}

/* The blocks of one row of blocks that are in these columns: they read the same coarse pixels. */
static void correlate_row(const struct pleat__correlate *p, struct block *block, int64_t row,
                          struct pleat__range columns) {
    const int64_t rows = blocks_of(p->channels, ROWS).count;
    for (int64_t i = columns.begin; i < columns.end; i++) {
        const struct part part = find_part(p, i * rows + row);
        if (p->count % LANES == 0)
            block->coarse = p->coarse + part.channel * p->coarse_ld;
        else if (i == columns.begin)
            copy_coarse(p, part.channel, part.channels, block->vectors);
        prefetch_coarse(p, part.channel + part.channels, part.channels, i - columns.begin,
                        columns.end - columns.begin);
        block->offset = p->offset + part.tap;
        kernels[part.channels][part.taps](block, lanes_of(p, &part));
    }
}

void V(pleat__correlate)(const struct pleat__correlate *correlate, int64_t begin, int64_t end) {
    /* whole vectors are taken from where they are, others from a copy that is padded */
    const bool whole = correlate->count % LANES == 0;
    struct block block = {
        .runs = correlate->runs,
        .vectors = pleat__ceil_divide(correlate->count, LANES),
        .coarse = correlate->copy,
        .fine = correlate->fine,
        .fine_step = correlate->fine_step,
    };
    block.coarse_step = whole ? correlate->coarse_step : block.vectors * LANES;
    block.coarse_ld = whole ? correlate->coarse_ld : block.runs * block.coarse_step;
    block.last = mask_lanes(0, correlate->count - (block.vectors - 1) * LANES);
    const int64_t rows = blocks_of(correlate->channels, ROWS).count;
    for (int64_t row = 0; row < rows; row++)
        correlate_row(correlate, &block, row,
                      (struct pleat__range){pleat__ceil_divide(begin - row, rows),
                                            pleat__ceil_divide(end - row, rows)});
}

void V(pleat__correlate_add)(const struct pleat__correlate *correlate, int64_t begin, int64_t end,
                             int64_t height, int64_t width, real *to) {
    real sums[MAX_ROWS * MAX_VECTORS];
    for (int64_t i = begin; i < end; i++) {
        const struct part part = find_part(correlate, i);
        add_lanes(lanes_of(correlate, &part), part.channels * part.taps, sums);
        for (int64_t t = 0; t < part.taps; t++) {
            real *place =
                to + part.channel * correlate->taps + pleat__swap_axes(part.tap + t, width, height);
            for (int64_t c = 0; c < part.channels; c++)
                place[c * correlate->taps] += sums[c * part.taps + t];
        }
    }
}
