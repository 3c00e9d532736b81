/* One source for every instruction set: a file that includes this is compiled once for each element
 * type (base/real.h) and each instruction set, PLEAT_INSTRUCTIONS being plain, avx2 or avx512. The
 * compiler's vectors do the rest. V(name) is the name of the variant, such as
 * pleat__tiled_fold_f32_avx512. */
#ifndef PLEAT_CONV_VARIANT_H
#define PLEAT_CONV_VARIANT_H

#include "base/real.h"

#define PLEAT__JOIN(name, instructions) name##_##instructions
#define PLEAT__EXPAND(name, instructions) PLEAT__JOIN(name, instructions)
#define V(name) PLEAT__EXPAND(R(name), PLEAT_INSTRUCTIONS)

#endif
