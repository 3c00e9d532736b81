/* Asking the machine for its instruction set. */
#include "conv/instructions.h"

#include "conv/products.h"

bool pleat__instructions_present(enum pleat_instructions instructions) {
#ifdef PLEAT_X86
    if (instructions == PLEAT_INSTRUCTIONS_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (instructions == PLEAT_INSTRUCTIONS_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return instructions == PLEAT_INSTRUCTIONS_PLAIN;
}

enum pleat_instructions pleat__instructions_best(void) {
    static const enum pleat_instructions sets[] = {PLEAT_INSTRUCTIONS_AVX512,
                                                   PLEAT_INSTRUCTIONS_AVX2};
    for (int i = 0; i < 2; i++)
        if (pleat__instructions_present(sets[i]))
            return sets[i];
    return PLEAT_INSTRUCTIONS_PLAIN;
}

extern const struct pleat__kernels pleat__kernels_f32_plain, pleat__kernels_f64_plain;
#ifdef PLEAT_X86
extern const struct pleat__kernels pleat__kernels_f32_avx2, pleat__kernels_f64_avx2,
    pleat__kernels_f32_avx512, pleat__kernels_f64_avx512;
#endif

const struct pleat__kernels *pleat__kernels(enum pleat_dtype dtype,
                                            enum pleat_instructions instructions) {
    const bool single = dtype == PLEAT_FLOAT32;
#ifdef PLEAT_X86
    if (instructions == PLEAT_INSTRUCTIONS_AVX512)
        return single ? &pleat__kernels_f32_avx512 : &pleat__kernels_f64_avx512;
    if (instructions == PLEAT_INSTRUCTIONS_AVX2)
        return single ? &pleat__kernels_f32_avx2 : &pleat__kernels_f64_avx2;
#endif
    (void)instructions;
    return single ? &pleat__kernels_f32_plain : &pleat__kernels_f64_plain;
}

const char *pleat_instructions_name(enum pleat_instructions instructions) {
    switch (instructions) {
    case PLEAT_INSTRUCTIONS_AUTO:
        return "auto";
    case PLEAT_INSTRUCTIONS_PLAIN:
        return "plain";
    case PLEAT_INSTRUCTIONS_AVX2:
        return "avx2";
    case PLEAT_INSTRUCTIONS_AVX512:
        return "avx512";
    }
    return "unknown";
}
