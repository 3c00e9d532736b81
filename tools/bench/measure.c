/* Best and median of repeated calls. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench/measure.h"

enum { FEWEST_CALLS = 5, MOST_CALLS = 2000, MOST_CONTESTANTS = 4 };

struct flush {
    size_t size;
    float data[];
};

double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

struct flush *flush_open(void) {
    size_t bytes = (size_t)128 << 20;
#ifdef _SC_LEVEL3_CACHE_SIZE
    const long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
    if (cache > 0 && (size_t)cache > bytes / 4)
        bytes = 4 * (size_t)cache;
#endif
    struct flush *flush = malloc(sizeof *flush + bytes);
    if (flush == NULL)
        return NULL;
    flush->size = bytes / sizeof(float);
    for (size_t i = 0; i < flush->size; i++)
        flush->data[i] = 1;
    return flush;
}

void flush_close(struct flush *flush) {
    free(flush);
}

/* Every thread reads the whole buffer, so that its own core's caches hold nothing else; what is
 * summed up decides nothing, but the compiler cannot know. */
static bool empty_caches(const struct flush *flush, int threads) {
    double sum = 0;
#pragma omp parallel num_threads(threads) reduction(+ : sum)
    {
        float part[16] = {0};
        for (size_t i = 0; i + 16 <= flush->size; i += 16)
            for (int j = 0; j < 16; j++)
                part[j] += flush->data[i + (size_t)j];
        sum += (double)part[0];
    }
    return sum >= 0;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int measure(struct contestant *contestants, int count, double milliseconds,
            const struct flush *flush, int threads) {
    double times[MOST_CONTESTANTS][MOST_CALLS];
    for (int i = 0; i < count; i++)
        if (!contestants[i].run(contestants[i].state))
            return 0;
    int calls = 0;
    for (double total = 0; calls < MOST_CALLS && (calls < FEWEST_CALLS || total < milliseconds);
         calls++) {
        for (int i = 0; i < count; i++) {
            if (flush != NULL && !empty_caches(flush, threads))
                return 0;
            const double begin = now();
            if (!contestants[i].run(contestants[i].state))
                return 0;
            times[i][calls] = now() - begin;
        }
        total += times[0][calls];
    }
    for (int i = 0; i < count; i++) {
        qsort(times[i], (size_t)calls, sizeof times[i][0], ascending);
        contestants[i].best = times[i][0];
        contestants[i].median = times[i][calls / 2];
    }
    return calls;
}
