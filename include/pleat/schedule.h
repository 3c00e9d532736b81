/* Schedules: what a learning rate is multiplied by, as pure functions of the number of steps taken.
 *
 *     const int64_t step = pleat_optimizer_steps(optimizer);
 *     rate = base * pleat_schedule_warm_up(step, 500, 0) *
 *            pleat_schedule_cosine(step - 500, total - 500, 0.01);
 *     pleat_optimizer_set_rate(optimizer, rate, &error), pleat_optimizer_step(optimizer)
 *
 * Factors multiply, and a step below 0 counts as 0, so that one can begin where another ends. A
 * resumed training needs nothing but the number of steps. What is out of range gives NaN, which
 * pleat_optimizer_set_rate refuses. Thread-safe. */
#ifndef PLEAT_SCHEDULE_H
#define PLEAT_SCHEDULE_H

#include <stdint.h>

#include <pleat/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns factor^floor(step / every) (PyTorch's StepLR); every is at least 1. */
PLEAT_API double pleat_schedule_step_decay(int64_t step, int64_t every, double factor);

/* Returns the half cosine from 1 at step 0 to last at `steps` and beyond (Loshchilov and Hutter,
 * "SGDR: stochastic gradient descent with warm restarts", 2017, one cycle; PyTorch's
 * CosineAnnealingLR):
 *
 *     last + (1 - last) (1 + cos(pi step / steps)) / 2
 *
 * steps is at least 0; with 0 the factor is last. */
PLEAT_API double pleat_schedule_cosine(int64_t step, int64_t steps, double last);

/* Returns the straight line from first at step 0 to 1 at `steps` and beyond (Goyal et al.,
 * "Accurate, large minibatch SGD", 2017; PyTorch's LinearLR). steps is at least 0; with 0 there is
 * no warm-up. */
PLEAT_API double pleat_schedule_warm_up(int64_t step, int64_t steps, double first);

#ifdef __cplusplus
}
#endif

#endif
