/* Random numbers that follow from a place alone, so that nothing need be remembered to go on. */
#ifndef PLEAT_DATA_DRAW_H
#define PLEAT_DATA_DRAW_H

#include <stddef.h>
#include <stdint.h>

#include <pleat/random.h>

#include "base/mix.h"

/* Returns the generator of a place. */
static inline struct pleat_random pleat__random_at(uint64_t seed, uint64_t epoch, uint64_t item) {
    const uint64_t key = pleat__mix(seed + PLEAT__GAMMA) + (epoch + 1) * PLEAT__GAMMA;
    return pleat_random_seed(pleat__mix(key) + (item + 1) * PLEAT__GAMMA);
}

/* Numbers of an epoch, or of an item, that none has: for what concerns all of them. */
#define PLEAT__NO_PLACE UINT64_MAX

/* Overwrites order[count] with 0..count-1, shuffled by a generator (Fisher and Yates; Durstenfeld,
 * CACM algorithm 235, 1964). */
static inline void pleat__shuffle(size_t *order, size_t count, struct pleat_random random) {
    for (size_t i = 0; i < count; i++) {
        const size_t other = (size_t)pleat_random_below(&random, i + 1);
        order[i] = order[other];
        order[other] = i;
    }
}

#endif
