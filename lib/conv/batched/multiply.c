/* The kernels that multiply: rows x outputs of accumulators, whose lanes are images, stay in registers
 * over all terms; a term loads a vector for each output and broadcasts one weight a row. */
#include "conv/batched/multiply.h"

#include "base/checked.h"
#include "conv/activate.h"
#include "conv/registers.h"

/* A block of rows and outputs. */
struct block {
    const struct pleat__batched_multiply *p;
    const real *weight, *bias;
    const struct pleat__entry *outputs;
    real *out;
    int64_t channel; /* that the first row is to the activation */
};

INLINE void multiply(const int rows, const int outputs, const struct block *block) {
    const struct pleat__batched_multiply p = *block->p;
    vector sum[MAX_ROWS][MAX_VECTORS];
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < outputs; j++) sum[i][j] =
        (vector){0};
    const real *from[MAX_VECTORS], *weight = block->weight;
    UNROLL for (int j = 0; j < outputs; j++) from[j] = p.data + block->outputs[j].place;
    for (int64_t c = 0; c < p.channels; c++, weight += p.taps * rows) {
        for (const struct pleat__entry *t = p.of.terms; t < p.of.terms + p.of.term_count; t++) {
            const real *w = weight + (int64_t)t->index * rows;
            vector images[MAX_VECTORS];
            UNROLL for (int j = 0; j < outputs; j++) images[j] = load(from[j] + t->place);
            UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < outputs; j++)
                sum[i][j] += w[i] * images[j];
        }
        UNROLL for (int j = 0; j < outputs; j++) from[j] += p.plane;
    }
    if (block->bias != NULL)
        UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < outputs; j++) sum[i][j] +=
            block->bias[i];
    UNROLL for (int i = 0; i < rows; i++) {
        real *out = block->out + i * p.out_plane;
        if (p.activation == NULL) {
            UNROLL for (int j = 0; j < outputs; j++)
                store(out + block->outputs[j].index, sum[i][j]);
        } else if (p.activation->function == PLEAT_FUNCTION_RELU) {
            UNROLL for (int j = 0; j < outputs; j++)
                store(out + block->outputs[j].index, cut_below(sum[i][j]));
        } else {
            const real slope = slope_of(p.activation, block->channel + i);
            UNROLL for (int j = 0; j < outputs; j++)
                store(out + block->outputs[j].index, bend(sum[i][j], slope));
        }
    }
}

#define DEFINE(rows, outputs)                                                                      \
    static void multiply_##rows##x##outputs(const struct block *block) {                           \
        multiply(rows, outputs, block);                                                            \
    }
KERNELS(DEFINE)

typedef void kernel(const struct block *);
#define ENTRY(rows, outputs) [rows][outputs] = multiply_##rows##x##outputs,
static kernel *const kernels[MAX_ROWS + 1][MAX_VECTORS + 1] = {KERNELS(ENTRY)};

int64_t V(pleat__batched_row_blocks)(int64_t rows) {
    return blocks_of(rows, MAX_ROWS).count;
}

int64_t V(pleat__batched_first_row)(int64_t rows, int64_t block) {
    return block_rows(blocks_of(rows, MAX_ROWS), block).begin;
}

void V(pleat__batched_pack)(const struct pleat__batched_weights *w, const real *weight,
                            real *packed) {
    const struct blocks blocks = blocks_of(w->rows, MAX_ROWS);
    for (int64_t block = 0; block < blocks.count; block++) {
        const int64_t rows = blocks.size + (block < blocks.larger);
        for (int64_t c = 0; c < w->channels; c++)
            for (int64_t tap = 0; tap < w->taps; tap++)
                for (int64_t row = 0; row < rows; row++)
                    *packed++ = weight[row * w->row_step + c * w->channel_step + tap];
        weight += rows * w->row_step;
    }
}

void V(pleat__batched_multiply)(const struct pleat__batched_multiply *p, int64_t begin,
                                int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        const int64_t row = V(pleat__batched_first_row)(p->rows, i);
        const int64_t rows = V(pleat__batched_first_row)(p->rows, i + 1) - row;
        struct block block = {p,
                              p->weight + row * p->channels * p->taps,
                              p->bias == NULL ? NULL : p->bias + row,
                              p->of.outputs,
                              p->out + row * p->out_plane,
                              p->first_channel + row};
        const int64_t pieces = pleat__ceil_divide(p->of.output_count, widest[rows]);
        for (int64_t piece = 0; piece < pieces; piece++) {
            const struct pleat__range own = pleat__share(p->of.output_count, piece, pieces);
            block.outputs = p->of.outputs + own.begin;
            kernels[rows][own.end - own.begin](&block);
        }
    }
}
