/* A hash of 64 bits: the output function of splitmix64 (Steele, Lea and Flood, "Fast splittable
 * pseudorandom number generators", 2014). pleat__mix(key + i PLEAT__GAMMA) for i = 1, 2, ... is
 * that generator's sequence, whose elements can be computed in any order. */
#ifndef PLEAT_BASE_MIX_H
#define PLEAT_BASE_MIX_H

#include <stdint.h>

#define PLEAT__GAMMA UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t pleat__mix(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

#endif
