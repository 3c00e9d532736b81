/* Which of the compiled kernels serve an element type and an instruction set. */
#include "nn/kernels/kernels.h"
#include "nn/kernels/layer_kernels.h"

#define DECLARE(instructions)                                                                      \
    extern const struct pleat__kernels pleat__element_kernels_f32_##instructions,                  \
        pleat__element_kernels_f64_##instructions;                                                 \
    extern const struct pleat__layer_kernels pleat__layer_kernels_f32_##instructions,              \
        pleat__layer_kernels_f64_##instructions;

/* Returns from the calling function what the table has for dtype. */
#define RETURN(table, instructions)                                                                \
    return dtype == PLEAT_FLOAT32 ? &table##_f32_##instructions : &table##_f64_##instructions

#ifdef PLEAT_X86
DECLARE(avx2)
DECLARE(avx512)
#endif
DECLARE(plain)

const struct pleat__kernels *pleat__kernels_for(enum pleat_dtype dtype,
                                                enum pleat_instructions instructions) {
#ifdef PLEAT_X86
    if (instructions == PLEAT_INSTRUCTIONS_AVX512)
        RETURN(pleat__element_kernels, avx512);
    if (instructions == PLEAT_INSTRUCTIONS_AVX2)
        RETURN(pleat__element_kernels, avx2);
#endif
    (void)instructions;
    RETURN(pleat__element_kernels, plain);
}

const struct pleat__layer_kernels *pleat__layer_kernels_for(enum pleat_dtype dtype,
                                                            enum pleat_instructions instructions) {
#ifdef PLEAT_X86
    if (instructions == PLEAT_INSTRUCTIONS_AVX512)
        RETURN(pleat__layer_kernels, avx512);
    if (instructions == PLEAT_INSTRUCTIONS_AVX2)
        RETURN(pleat__layer_kernels, avx2);
#endif
    (void)instructions;
    RETURN(pleat__layer_kernels, plain);
}
