/* The kernels that multiply: rows x vectors of accumulators stay in registers over all terms; a term
 * loads its pixels once and broadcasts one weight a row. */
#include "conv/direct/multiply.h"

#include <string.h>

#include "base/checked.h"
#include "conv/activate.h"
#include "conv/registers.h"

/* A block of vectors, of which the last may begin anywhere, so that it ends with the pixels. */
struct tile {
    struct pleat__multiply p;
    int64_t last;
};

INLINE void multiply(const int rows, const int vectors, const struct tile *tile) {
    const struct pleat__multiply p = tile->p;
    const int64_t last = tile->last;
    vector sum[MAX_ROWS][MAX_VECTORS];
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vectors; j++) sum[i][j] =
        (vector){0};
    const real *weight = p.weight;
    for (int64_t t = 0; t < p.terms; t++, weight += rows) {
        const real *from = p.data + p.offset[t];
        vector pixels[MAX_VECTORS];
        UNROLL for (int j = 0; j < vectors; j++) pixels[j] =
            load(from + (j == vectors - 1 ? last : j * LANES));
        UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vectors; j++) sum[i][j] +=
            weight[i] * pixels[j];
    }
    if (p.add) {
        UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vectors; j++) sum[i][j] +=
            load(p.out + i * p.ld + (j == vectors - 1 ? last : j * LANES));
    } else if (p.bias != NULL) {
        UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vectors; j++) sum[i][j] +=
            p.bias[i];
    }
    UNROLL for (int i = 0; i < rows; i++) {
        real *out = p.out + i * p.ld;
        if (p.activation == NULL) {
            UNROLL for (int j = 0; j < vectors; j++)
                store(out + (j == vectors - 1 ? last : j * LANES), sum[i][j]);
        } else if (p.activation->function == PLEAT_FUNCTION_RELU) {
            UNROLL for (int j = 0; j < vectors; j++)
                store(out + (j == vectors - 1 ? last : j * LANES), cut_below(sum[i][j]));
        } else {
            const real slope = slope_of(p.activation, p.channel + i);
            UNROLL for (int j = 0; j < vectors; j++)
                store(out + (j == vectors - 1 ? last : j * LANES), bend(sum[i][j], slope));
        }
    }
}

#define DEFINE(rows, vectors)                                                                      \
    static void multiply_##rows##x##vectors(const struct tile *tile) {                             \
        multiply(rows, vectors, tile);                                                             \
    }
KERNELS(DEFINE)

typedef void kernel(const struct tile *);
#define ENTRY(rows, vectors) [rows][vectors] = multiply_##rows##x##vectors,
static kernel *const kernels[MAX_ROWS + 1][MAX_VECTORS + 1] = {KERNELS(ENTRY)};

struct pleat__packed_row V(pleat__packed_row)(int64_t rows, int64_t terms, int64_t row) {
    const struct blocks blocks = blocks_of(rows, MAX_ROWS);
    const int64_t in_larger = blocks.larger * (blocks.size + 1);
    const int64_t size = row < in_larger ? blocks.size + 1 : blocks.size;
    const int64_t in_block = (row < in_larger ? row : row - in_larger) % size;
    return (struct pleat__packed_row){(row - in_block) * terms + in_block, size};
}

/* Less than a vector: computed beside, and the part that is wanted copied. */
static void multiply_few(struct tile tile, int64_t rows, int64_t count) {
    real beside[MAX_ROWS * LANES], *out = tile.p.out;
    const int64_t ld = tile.p.ld;
    tile.p.out = beside, tile.p.ld = LANES, tile.last = 0;
    kernels[rows][1](&tile);
    for (int64_t i = 0; i < rows; i++)
        memcpy(out + i * ld, beside + i * LANES, (size_t)count * sizeof(real));
}

/* All rows of one tile of that many vectors. */
static void multiply_blocks(struct tile tile, struct blocks blocks, int64_t vectors,
                            int64_t count) {
    for (int64_t block = 0; block < blocks.count; block++) {
        const int64_t rows = blocks.size + (block < blocks.larger);
        if (count < LANES)
            multiply_few(tile, rows, count);
        else
            kernels[rows][vectors](&tile);
        tile.p.weight += rows * tile.p.terms;
        tile.p.out += rows * tile.p.ld;
        tile.p.channel += rows;
        if (tile.p.bias != NULL)
            tile.p.bias += rows;
    }
}

void V(pleat__multiply)(const struct pleat__multiply *multiply, int64_t count) {
    const struct blocks blocks = blocks_of(multiply->rows, MAX_ROWS);
    const int64_t vectors = pleat__ceil_divide(count, LANES);
    const int64_t most = block_vectors(blocks);
    const int64_t tiles = pleat__ceil_divide(vectors, most);
    int64_t end = 0;
    for (int64_t i = 0; i < tiles; i++) {
        const int64_t begin = end;
        end = begin + (vectors - begin) / (tiles - i);
        struct tile tile = {*multiply, 0};
        tile.p.data += begin * LANES;
        tile.p.out += begin * LANES;
        tile.last = pleat__min(end * LANES, count) - LANES - begin * LANES;
        multiply_blocks(tile, blocks, end - begin, count);
    }
}
