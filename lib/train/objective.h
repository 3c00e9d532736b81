/* The loss of a model's outputs against a batch's targets, and its gradients. */
#ifndef PLEAT_TRAIN_OBJECTIVE_H
#define PLEAT_TRAIN_OBJECTIVE_H

#include <stdbool.h>

#include <pleat/trainer.h>

struct pleat__objective {
    int count; /* outputs; 0: there is no objective */
    struct pleat_output_loss loss[PLEAT_MAX_OUTPUTS];
    struct pleat_tensor grad[PLEAT_MAX_OUTPUTS]; /* of the last evaluation */
    size_t grad_room[PLEAT_MAX_OUTPUTS];         /* bytes */
    int32_t *label[PLEAT_MAX_OUTPUTS];
    int64_t label_room[PLEAT_MAX_OUTPUTS];
};

/* Refuses losses that are out of range or not as many as the model's outputs. */
enum pleat_status pleat__objective_check(const struct pleat_output_loss *losses, int count,
                                         const struct pleat_model *model,
                                         struct pleat_error *error);

/* Makes room for the model's outputs as they are now. *objective holds the losses, zeros else; freed by
 * pleat__objective_free, on an error too. */
enum pleat_status pleat__objective_reserve(struct pleat__objective *objective,
                                           const struct pleat_model *model,
                                           struct pleat_error *error);
void pleat__objective_free(struct pleat__objective *objective);

/* Overwrites *value with the loss of the last forward and, where wanted, grad with its gradients. */
enum pleat_status pleat__objective_evaluate(struct pleat__objective *objective,
                                            const struct pleat_model *model,
                                            const struct pleat_batch *batch, bool gradients,
                                            double *value, struct pleat_error *error);

#endif
