/* A batch of a training: what goes into a model and what should come out. */
#ifndef PLEAT_BATCH_H
#define PLEAT_BATCH_H

#include <stdint.h>

#include <pleat/model.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

/* One batch. The tensors have the images as their first axis, N of them in all; data belong to who
 * made the batch and hold until the next is asked for. */
struct pleat_batch {
    int64_t step; /* its number in the training, from 0 */
    int input_count, target_count;
    struct pleat_tensor input[PLEAT_MAX_INPUTS];
    struct pleat_tensor target[PLEAT_MAX_OUTPUTS];
};

/* Overwrites *batch with the batch of that step. Batches follow from the step alone (and from what
 * context holds, such as a seed), so that a training resumed at any step sees the same ones; asked
 * for in order they come fastest. */
typedef enum pleat_status pleat_feed(void *context, int64_t step, struct pleat_batch *batch,
                                     struct pleat_error *error);

#endif
