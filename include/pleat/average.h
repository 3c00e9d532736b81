/* An exponential moving average of a model's parameters, which often does better than the last
 * ones (Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992). */
#ifndef PLEAT_AVERAGE_H
#define PLEAT_AVERAGE_H

#include <stdint.h>

#include <pleat/export.h>
#include <pleat/model.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The average of all parameters of a model, of its type. It refers to the model: free it first.
 * Not for two threads at once. */
struct pleat_average;

/* Makes an average that begins as a copy of the parameters, and overwrites *average with it; freed
 * by pleat_average_free. The model must have been compiled; compiling it again does not disturb the
 * average.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL. PLEAT_WRONG_STATE: not compiled.
 * PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_average_create(struct pleat_average **average,
                                                                 struct pleat_model *model,
                                                                 struct pleat_error *error);

/* Frees an average; NULL is allowed. */
PLEAT_API void pleat_average_free(struct pleat_average *average);

/* Moves the average towards the parameters, after an optimizer's step:
 *
 *     average = decay average + (1 - decay) value
 *
 * computed as average + (1 - decay) (value - average), which leaves what is equal as it is. 0 copies
 * the parameters. With a constant decay the first parameters weigh decay^t after t updates; to
 * forget them sooner, begin with a smaller one, such as min(decay, (1 + t) / (10 + t)), t being
 * pleat_average_updates (TensorFlow's ExponentialMovingAverage).
 *
 * PLEAT_INVALID_ARGUMENT: average NULL, decay outside 0..1. PLEAT_WRONG_STATE: average and
 * parameters are exchanged. On an error nothing was written. The same bits for any number of
 * threads; nothing is allocated. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_average_update(struct pleat_average *average, double decay, struct pleat_error *error);

/* Exchanges average and parameters, so that the model computes, and checkpoints hold, the average;
 * a second call puts back the same bits. Between the two calls no optimizer may step. Nothing
 * happens where average is NULL. */
PLEAT_API void pleat_average_swap(struct pleat_average *average);

/* Returns 1 between a first and a second pleat_average_swap, else 0; 0 where average is NULL. */
PLEAT_API int pleat_average_is_swapped(const struct pleat_average *average);

/* Returns the model whose parameters are averaged; NULL where average is NULL. */
PLEAT_API const struct pleat_model *pleat_average_model(const struct pleat_average *average);

/* Returns the number of updates, which stays at INT64_MAX once there; 0 where average is NULL. */
PLEAT_API int64_t pleat_average_updates(const struct pleat_average *average);

/* Returns the average of parameter `index` (while exchanged: the parameter), yours to read, and to
 * write between updates; data NULL where there is no such. The view holds until the average is
 * freed. */
PLEAT_API struct pleat_tensor pleat_average_value(const struct pleat_average *average, int index);

/* Sets the number of updates, at least 0: who restores the values sets it as well.
 * PLEAT_INVALID_ARGUMENT: anything else, or average NULL. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_average_set_updates(struct pleat_average *average,
                                                                      int64_t updates,
                                                                      struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
