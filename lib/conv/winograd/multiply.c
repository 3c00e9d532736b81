/* The products of a panel of tiles: a block of sums in registers, whose every sum runs over the
 * depth in order, so that it does not depend on what is multiplied beside it. */
#include "conv/winograd/transform.h"

enum {
    BLOCK_ROWS = VECTOR_BYTES == 64 ? 8 : 4, /* what the registers hold: 32, or 16 of them */
    BLOCK_VECTORS = 2
};

void V(pleat__winograd_multiply)(int64_t depth, const real *weights, const real *tiles, bool add,
                                 real *sums) {
    for (int row = 0; row < ROWS; row += BLOCK_ROWS) {
        for (int column = 0; column < PANEL; column += BLOCK_VECTORS * LANES) {
            real *to = sums + row * PANEL + column;
            vector block[BLOCK_ROWS][BLOCK_VECTORS];
#pragma GCC unroll 8
            for (int r = 0; r < BLOCK_ROWS; r++)
#pragma GCC unroll 2
                for (int v = 0; v < BLOCK_VECTORS; v++)
                    block[r][v] = add ? ((const vector *)(void *)(to + r * PANEL))[v] : (vector){0};
            const real *w = weights + row, *t = tiles + column;
            for (int64_t k = 0; k < depth; k++, w += ROWS, t += PANEL) {
                const vector first = ((const vector *)(const void *)t)[0];
                const vector second = ((const vector *)(const void *)t)[1];
#pragma GCC unroll 8
                for (int r = 0; r < BLOCK_ROWS; r++) {
                    block[r][0] += w[r] * first;
                    block[r][1] += w[r] * second;
                }
            }
#pragma GCC unroll 8
            for (int r = 0; r < BLOCK_ROWS; r++)
#pragma GCC unroll 2
                for (int v = 0; v < BLOCK_VECTORS; v++)
                    ((vector *)(void *)(to + r * PANEL))[v] = block[r][v];
        }
    }
}
