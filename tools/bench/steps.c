/* pleat bench --steps: whole training steps, and an inference, of well-known networks. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <omp.h>

#include "bench/measure.h"
#include "bench/steps.h"
#include "bench/workload.h"
#include "options.h"

static bool run_step(void *state) {
    struct opened_workload *w = state;
    return workload_step(w, NULL) == PLEAT_OK && isfinite(w->loss);
}

static void print_header(bool tsv, int threads) {
    if (tsv)
        puts("name\tthreads\tparameters\tbest_ms\tmedian_ms");
    else
        printf("Steps of training (forward, loss, backward, Adam) and of inference (apply), "
               "float32, threads %d\n\n%-16s %10s %10s %10s\n",
               threads, "network", "parameters", "best ms", "median ms");
}

/* Times one workload and prints its line. */
static int time_workload(const struct request *request, struct opened_workload *w, int threads) {
    struct contestant contestant = {.run = run_step, .state = w};
    if (measure(&contestant, 1, request->milliseconds, NULL, threads) == 0)
        return failure(bench_verb, "%s: a step failed", w->workload->name);
    if (request->tsv)
        printf("%s\t%d\t%" PRId64 "\t%.4f\t%.4f\n", w->workload->name, threads,
               workload_parameters(w), contestant.best, contestant.median);
    else
        printf("%-16s %10" PRId64 " %10.3f %10.3f\n", w->workload->name, workload_parameters(w),
               contestant.best, contestant.median);
    fflush(stdout);
    return EXIT_SUCCESS;
}

int steps_run(const struct request *request, int threads) {
    int count = 0;
    omp_set_num_threads(threads); /* which losses take */
    for (int i = 0; i < WORKLOADS; i++) {
        struct opened_workload w;
        struct pleat_error error;
        if (!request_wants(request, workloads[i].name))
            continue;
        if (count++ == 0)
            print_header(request->tsv, threads);
        const int status = workload_open(&w, &workloads[i], threads, &error) == PLEAT_OK
                               ? time_workload(request, &w, threads)
                               : library_failure(bench_verb, &error);
        workload_close(&w);
        if (status != EXIT_SUCCESS)
            return status;
    }
    return count > 0 ? EXIT_SUCCESS : failure(bench_verb, "there is no such network");
}
