/* A loop whose rounds do not depend on each other. */
#ifndef PLEAT_TOOLS_PARALLEL_H
#define PLEAT_TOOLS_PARALLEL_H

#include <stddef.h>

#include <pleat/status.h>

/* One round; called by several threads at once. */
typedef enum pleat_status parallel_round(void *context, size_t index, struct pleat_error *error);

/* Runs rounds 0..count-1 on so many threads (0: as many as OpenMP offers), and returns the failure
 * of the lowest index that failed; all rounds are run even so. */
enum pleat_status parallel_for(size_t count, int threads, parallel_round *round, void *context,
                               struct pleat_error *error);

#endif
