/* Every second, third or fourth element of a row, in whole vectors. */
#ifndef PLEAT_CONV_DIRECT_STRIDED_H
#define PLEAT_CONV_DIRECT_STRIDED_H

#include "conv/vector.h"

/* Lane k takes element k stride. Vector n of the row is merged into the lanes taken of those before,
 * the first two with each other: lanes up to LANES - 1 keep what they have. */
#define MERGED(stride, n, k)                                                                       \
    ((k) * (stride) < (n)*LANES           ? (k) * ((n) == 1 ? (stride) : 1)                        \
     : (k) * (stride) < ((n) + 1) * LANES ? (k) * (stride) - (n)*LANES + LANES                     \
                                          : (k))
#define MERGED_2(n, k) MERGED(2, n, k)
#define MERGED_3(n, k) MERGED(3, n, k)
#define MERGED_4(n, k) MERGED(4, n, k)
#define MERGE(stride, n)                                                                           \
    taken = __builtin_shufflevector(taken, load(from + (n)*LANES), EACH_LANE(MERGED_##stride, n))

enum { MOST_STRIDED = 4 };

/* The elements 0, stride, .. of from[stride LANES]. */
INLINE vector load_strided(const real *from, const int stride) {
    vector taken = load(from);
    if (stride == 2) {
        MERGE(2, 1);
    } else if (stride == 3) {
        MERGE(3, 1);
        MERGE(3, 2);
    } else if (stride == 4) {
        MERGE(4, 1);
        MERGE(4, 2);
        MERGE(4, 3);
    }
    return taken;
}

/* to[i] = from[i stride] for begin <= i < end and 0 otherwise, i < count, where count is a vector at
 * least: from[count stride] is read, the last vector may overlap the one before. */
INLINE void take_strided(const real *from, const int stride, struct pleat__range valid,
                         int64_t count, real *to) {
    for (int64_t i = 0; i < count; i += LANES) {
        const int64_t at = pleat__min(i, count - LANES);
        vector taken = load_strided(from + at * stride, stride);
        if (at < valid.begin || at + LANES > valid.end)
            taken = (vector)((lane_mask)taken & mask_lanes(valid.begin - at, valid.end - at));
        store(to + at, taken);
    }
}

#endif
