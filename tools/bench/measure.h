/* Timing functions that take turns. */
#ifndef PLEAT_TOOLS_BENCH_MEASURE_H
#define PLEAT_TOOLS_BENCH_MEASURE_H

#include <stdbool.h>

/* What is timed, and its times in milliseconds. */
struct contestant {
    bool (*run)(void *state); /* false where it failed */
    void *state;
    double best, median;
};

/* A buffer larger than the caches, which reading and writing it empties of all else. */
struct flush;
struct flush *flush_open(void); /* NULL where there is no memory */
void flush_close(struct flush *flush);

/* Calls each contestant once to warm up and then in turns, until the first one's calls have taken
 * `milliseconds` in all, and at least five times. With flush not NULL the caches are emptied before each
 * call, for that many threads. Returns the number of calls of each, or 0 where one failed. */
int measure(struct contestant *contestants, int count, double milliseconds,
            const struct flush *flush, int threads);

/* The clock, in milliseconds. */
double now(void);

#endif
