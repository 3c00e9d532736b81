/* xoshiro256++ and what is drawn from it. */
#include <math.h>

#include <pleat/random.h>

#include "base/mix.h"

static uint64_t rotate_left(uint64_t x, int bits) {
    return (x << bits) | (x >> (64 - bits));
}

struct pleat_random pleat_random_seed(uint64_t seed) {
    struct pleat_random random;
    for (int i = 0; i < 4; i++)
        random.state[i] = pleat__mix(seed += PLEAT__GAMMA);
    return random;
}

uint64_t pleat_random_bits(struct pleat_random *random) {
    uint64_t *s = random->state;
    const uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
    const uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double pleat_random_uniform(struct pleat_random *random) {
    return (double)(pleat_random_bits(random) >> 11) * 0x1p-53;
}

double pleat_random_normal(struct pleat_random *random) {
    const double two_pi = 6.283185307179586476925286766559;
    const double radius = sqrt(-2 * log1p(-pleat_random_uniform(random)));
    return radius * cos(two_pi * pleat_random_uniform(random));
}

/* Returns the high 64 bits of a * b and stores the low ones. */
static uint64_t multiply_wide(uint64_t a, uint64_t b, uint64_t *low) {
    const uint64_t a0 = a & UINT32_MAX, a1 = a >> 32, b0 = b & UINT32_MAX, b1 = b >> 32;
    const uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
    const uint64_t middle2 = a0 * b1 + (middle & UINT32_MAX);
    *low = a * b;
    return a1 * b1 + (middle >> 32) + (middle2 >> 32);
}

uint64_t pleat_random_below(struct pleat_random *random, uint64_t bound) {
    if (bound == 0)
        return 0;
    const uint64_t threshold = (0 - bound) % bound;
    uint64_t low, high;
    do
        high = multiply_wide(pleat_random_bits(random), bound, &low);
    while (low < threshold);
    return high;
}
