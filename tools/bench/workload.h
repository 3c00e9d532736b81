/* Well-known networks as they are trained, or applied: what `pleat bench --steps` times. */
#ifndef PLEAT_TOOLS_BENCH_WORKLOAD_H
#define PLEAT_TOOLS_BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include <pleat/pleat.h>

#define WORKLOADS 5

/* What a step ends with: the output alone, or a loss, its gradients and an update by Adam. */
enum goal { APPLY, FIT_IMAGES, FIT_LABELS };

struct workload {
    const char *name;
    enum goal goal;
    int64_t batch, channels, height, width; /* of the input */
    enum pleat_status (*add_layers)(struct pleat_model *model, struct pleat_error *error);
};

extern const struct workload workloads[WORKLOADS];

/* A workload with all that its steps need; zeros before it is opened. */
struct opened_workload {
    const struct workload *workload;
    struct pleat_model *model;
    struct pleat_optimizer *optimizer;
    struct pleat_tensor input, target, grad;
    struct pleat_labels labels;
    double loss; /* of the last step */
};

/* Compiles the network for so many threads (0: one a core) and draws its parameters, its input and
 * what it is to be fitted to. To be closed in any case. */
enum pleat_status workload_open(struct opened_workload *w, const struct workload *workload,
                                int threads, struct pleat_error *error);
void workload_close(struct opened_workload *w);

enum pleat_status workload_step(struct opened_workload *w, struct pleat_error *error);

/* The numbers that the network learns. */
int64_t workload_parameters(const struct opened_workload *w);

#endif
