/* Ranges of indices, and how they are cut. */
#ifndef PLEAT_CONV_RANGE_H
#define PLEAT_CONV_RANGE_H

#include "base/checked.h"

/* Indices begin..end - 1. */
struct pleat__range {
    int64_t begin, end;
};

/* Piece number i of a range that is cut into pieces of that size; the last may be smaller. */
static inline struct pleat__range pleat__piece(struct pleat__range whole, int64_t size, int64_t i) {
    const int64_t begin = whole.begin + i * size;
    return (struct pleat__range){begin, pleat__min(whole.end, begin + size)};
}

/* Share number i of 0..total - 1, which is cut into so many as even as can be; total times shares must
 * fit. */
static inline struct pleat__range pleat__share(int64_t total, int64_t i, int64_t shares) {
    return (struct pleat__range){total * i / shares, total * (i + 1) / shares};
}

#endif
