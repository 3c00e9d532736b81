/* Transposing 8 x 8 elements. */
#ifndef PLEAT_CONV_WINOGRAD_TRANSPOSE_H
#define PLEAT_CONV_WINOGRAD_TRANSPOSE_H

#include "conv/winograd/transform.h"

typedef real lanes __attribute__((vector_size(PLEAT__WINOGRAD_ROWS * sizeof(real)), may_alias));

#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

/* Transposes 8 x 8. */
INLINE void pleat__transpose(lanes *v) {
    lanes a[8], b[8];
    for (int i = 0; i < 4; i++) {
        a[2 * i] = SHUFFLE(v[2 * i], v[2 * i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        a[2 * i + 1] = SHUFFLE(v[2 * i], v[2 * i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int i = 0; i < 8; i += 4) {
        for (int j = 0; j < 2; j++) {
            b[i + j] = SHUFFLE(a[i + j], a[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            b[i + j + 2] = SHUFFLE(a[i + j], a[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    }
    for (int i = 0; i < 4; i++) {
        v[i] = SHUFFLE(b[i], b[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        v[i + 4] = SHUFFLE(b[i], b[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

#undef SHUFFLE

#endif
