/* One source for both element types: a file that includes this is compiled twice, with
 * PLEAT_REAL_BITS 32 and 64. `real` is the element type, R(name) the name of its variant, such as
 * pleat__fold_f32. */
#ifndef PLEAT_BASE_REAL_H
#define PLEAT_BASE_REAL_H

#if PLEAT_REAL_BITS == 32
typedef float real;
#define R(name) name##_f32
#elif PLEAT_REAL_BITS == 64
typedef double real;
#define R(name) name##_f64
#else
#error "PLEAT_REAL_BITS must be 32 or 64"
#endif

#endif
