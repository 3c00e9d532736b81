/* The report of whole steps. */
#ifndef PLEAT_TOOLS_BENCH_STEPS_H
#define PLEAT_TOOLS_BENCH_STEPS_H

#include "bench/request.h"

/* Times the steps of the workloads that are wanted and prints them; returns the status to end
 * with. */
int steps_run(const struct request *request, int threads);

#endif
