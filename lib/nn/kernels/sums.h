/* Sums of elements in the parts of base/parts.h, held in vectors. */
#ifndef PLEAT_NN_KERNELS_SUMS_H
#define PLEAT_NN_KERNELS_SUMS_H

#include <string.h>

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
    double part[PLEAT__LANES];
    memcpy(part, &parts, sizeof part);
    return pleat__total(part);
}

#endif
