/* The loop, by OpenMP. */
#include <omp.h>

#include "superres/parallel.h"

enum pleat_status parallel_for(size_t count, int threads, parallel_round *round, void *context,
                               struct pleat_error *error) {
    size_t failed = count;
    const int team = threads > 0 ? threads : omp_get_max_threads();
#pragma omp parallel for num_threads(team) schedule(dynamic, 8)
    for (size_t i = 0; i < count; i++) {
        struct pleat_error mine;
        if (round(context, i, &mine) != PLEAT_OK)
#pragma omp critical
            if (i < failed) {
                failed = i;
                *error = mine;
            }
    }
    return failed < count ? error->status : PLEAT_OK;
}
