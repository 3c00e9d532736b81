/* Sums of elements in double. They run in PLEAT__LANES interleaved parts, element i into part
 * i % PLEAT__LANES: an order that vectors follow, whatever their width, so that the bits of a sum
 * do not depend on the instruction set. */
#ifndef PLEAT_NN_SUMS_H
#define PLEAT_NN_SUMS_H

#include "nn/kernels/kernels_real.h"

/* Eight parts of a sum; eight elements. */
typedef double pleat__parts __attribute__((vector_size(PLEAT__LANES * sizeof(double))));
typedef real pleat__elements
    __attribute__((vector_size(PLEAT__LANES * sizeof(real)), may_alias, aligned(sizeof(real))));

/* Eight times yes (-1) or no (0), as comparisons of parts are. */
typedef int64_t pleat__wanted __attribute__((vector_size(PLEAT__LANES * sizeof(int64_t))));

/* The eight elements from x on, in double. */
static inline pleat__parts pleat__load(const real *x) {
    return __builtin_convertvector(*(const pleat__elements *)(const void *)x, pleat__parts);
}

/* The same of the first count < 8; the others are 0. */
static inline pleat__parts pleat__load_first(const real *x, int64_t count) {
    pleat__parts parts = {0};
    for (int64_t i = 0; i < count; i++)
        parts[i] = (double)x[i];
    return parts;
}

/* parts, or 0 where not wanted. */
static inline pleat__parts pleat__only(pleat__wanted wanted, pleat__parts parts) {
    return (pleat__parts)((pleat__wanted)parts & wanted);
}

static inline double pleat__sum_parts(pleat__parts parts) {
    return ((parts[0] + parts[1]) + (parts[2] + parts[3])) +
           ((parts[4] + parts[5]) + (parts[6] + parts[7]));
}

#endif
