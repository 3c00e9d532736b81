/* Random numbers: one documented generator, seeded, whose whole state is the struct. */
#ifndef PLEAT_RANDOM_H
#define PLEAT_RANDOM_H

#include <stdint.h>

#include <pleat/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* xoshiro256++ 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM
 * TOMS 47, 2021): period 2^256 - 1. The state may be copied, stored and restored freely. One
 * generator must not be used by two threads at once. */
struct pleat_random {
    uint64_t state[4];
};

/* Returns a generator whose state is the first four outputs of splitmix64 from seed (as its
 * authors advise). Every seed, 0 included, is good; the same seed gives the same numbers on every
 * machine. */
PLEAT_API struct pleat_random pleat_random_seed(uint64_t seed);

/* Returns 64 uniform random bits. */
PLEAT_API uint64_t pleat_random_bits(struct pleat_random *random);

/* Returns a number uniform in [0, 1): the upper 53 bits times 2^-53. */
PLEAT_API double pleat_random_uniform(struct pleat_random *random);

/* Returns a standard normal number: sqrt(-2 ln(1 - u1)) cos(2 pi u2) (Box and Muller, 1958), which
 * uses up two uniform ones. */
PLEAT_API double pleat_random_normal(struct pleat_random *random);

/* Returns an integer uniform in 0..bound-1, without bias (Lemire, "Fast random integer generation
 * in an interval", 2019); 0 where bound is 0. */
PLEAT_API uint64_t pleat_random_below(struct pleat_random *random, uint64_t bound);

#ifdef __cplusplus
}
#endif

#endif
