/* A training: steps over batches, watched, kept in checkpoints, stopped and taken up again.
 *
 *     model.h, optimizer.h, average.h     make what is trained, compiled for training
 *     pleat_trainer_create                say what a step is, what is watched, where it is kept
 *     pleat_trainer_resume                where an earlier run is to go on
 *     pleat_trainer_run                   until the last step, or until it is told to stop
 *
 * A step asks a feed (batch.h) for its batch, computes gradients and changes the parameters. What is
 * random follows from the seed and the step's number alone, so a run that was stopped at any moment
 * and resumed ends in the same bits as one that was not, for any number of threads.
 *
 * In its folder a run keeps "step-000001000.safetensors": all that a resumed run needs, which also is
 * a checkpoint of the model (pleat_checkpoint_load). Files appear whole or not at all, and an old one
 * is deleted when a newer one is there, so that a run that is killed, or whose disk is full, leaves
 * the last good one.
 *
 * Not for two threads at once. */
#ifndef PLEAT_TRAINER_H
#define PLEAT_TRAINER_H

#include <stddef.h>
#include <stdint.h>

#include <pleat/average.h>
#include <pleat/batch.h>
#include <pleat/export.h>
#include <pleat/loss.h>
#include <pleat/model.h>
#include <pleat/optimizer.h>
#include <pleat/safetensors.h>
#include <pleat/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The losses of loss.h, by name. */
enum pleat_loss_kind {
    PLEAT_LOSS_MSE,                  /* "mse" */
    PLEAT_LOSS_L1,                   /* "l1" */
    PLEAT_LOSS_CHARBONNIER,          /* "charbonnier" */
    PLEAT_LOSS_BINARY_CROSS_ENTROPY, /* "bce", from logits */
    PLEAT_LOSS_CROSS_ENTROPY,        /* "cross-entropy", of the softmax, from logits */
    PLEAT_LOSS_KINDS
};

/* Returns the name above; NULL for what is no kind. */
PLEAT_API const char *pleat_loss_name(enum pleat_loss_kind kind);

/* How one output of a model is compared with the target of its number. Start from
 * pleat_output_loss_init. The target of a cross-entropy is a tensor of the model's type that holds
 * labels, [N][extents...] or [N][1][extents...]; of the others, one like the output. */
struct pleat_output_loss {
    enum pleat_loss_kind kind;
    double weight;  /* a factor: the loss of a step is the sum over the outputs; finite */
    double epsilon; /* Charbonnier's, finite and above 0 */
    struct pleat_cross_entropy_options
        cross_entropy; /* its tensor of weights must outlive a trainer */
};

/* Returns weight 1, epsilon 1e-3, pleat_cross_entropy_options_init. */
PLEAT_API struct pleat_output_loss pleat_output_loss_init(enum pleat_loss_kind kind);

/* A model, what trains it and, or NULL, the average of its parameters. An ordinary training has one
 * part; a GAN has two. */
struct pleat_train_part {
    const char
        *name; /* stands before its names in checkpoints (checkpoint.h, pleat_checkpoint_part);
                         NULL where it is alone */
    struct pleat_model *model;
    struct pleat_optimizer *optimizer; /* its rate now is that which the schedule multiplies */
    struct pleat_average *average;
};

#define PLEAT_MAX_PARTS 4

struct pleat_trainer;

/* Where a run stands. */
struct pleat_train_report {
    int64_t step;       /* steps taken */
    int64_t steps;      /* to take in all; 0: until it is told to stop */
    int64_t epoch;      /* step / epoch_steps, rounded up; 0 where that is not known */
    double loss;        /* of the last step; NaN before the first */
    double norm;        /* of the first part's gradient, before it was clipped */
    double rate;        /* the first part's learning rate in the last step */
    double seconds;     /* spent, those before a resume included */
    int validated;      /* 1: metric is that of this step */
    double metric;      /* of the last validation; NaN where there was none */
    double best_metric; /* of all validations; the worst there is, an infinity, before the first */
    int64_t best_step;  /* when that was; -1 where there was none */
};

/* One step of the caller's own: computes the gradients of each part (zero_grad, forward, backward),
 * calls pleat_trainer_update for it, and overwrites *loss. Masks of dropout follow from the step
 * already. */
typedef enum pleat_status pleat_train_step(void *context, struct pleat_trainer *trainer,
                                           const struct pleat_batch *batch, double *loss,
                                           struct pleat_error *error);

/* Returns the factor on the learning rates of the step that comes, in place of a schedule. */
typedef double pleat_train_factor(void *context, const struct pleat_train_report *report);

/* Overwrites *metric with how good the models are. Averages stand in the parameters' place
 * meanwhile. It may compile the models anew, and must then compile them for training again. */
typedef enum pleat_status pleat_train_validate(void *context, struct pleat_trainer *trainer,
                                               double *metric, struct pleat_error *error);

/* Is told of every step, and of the beginning; anything but PLEAT_OK ends the run. */
typedef enum pleat_status pleat_train_log(void *context, const struct pleat_train_report *report,
                                          struct pleat_error *error);

/* Returns 1 where the run is to end after this step, with a checkpoint. */
typedef int pleat_train_stop(void *context, const struct pleat_train_report *report);

/* Is called with 1 before a file is written and with 0 afterwards: signals may be put off. */
typedef void pleat_train_writing(void *context, int begins);

enum pleat_schedule_kind { PLEAT_SCHEDULE_CONSTANT, PLEAT_SCHEDULE_COSINE, PLEAT_SCHEDULE_STEPS };

/* What the learning rates are multiplied by (schedule.h): the warm-up times the rest, which begins
 * where that ends. */
struct pleat_train_schedule {
    enum pleat_schedule_kind kind;
    int64_t warm_up; /* steps, at least 0 */
    double first;    /* the factor of the first of them, 0 to 1 */
    double last;     /* cosine: the factor at the last step, 0 to 1 */
    int64_t every;   /* steps: after so many, at least 1 */
    double decay;    /*     the factor is multiplied by this, 0 to 1 */
};

/* What a run is. Start from pleat_train_options_init; what points somewhere must outlive the
 * trainer. */
struct pleat_train_options {
    int64_t steps;       /* to take in all; 0: until stop says so, which must then be there */
    int64_t epoch_steps; /* of one pass over the data, for reports; 0: not known */
    uint64_t seed;       /* of the masks of dropout */
    void *context;       /* for all functions below but feed */

    pleat_feed *feed; /* NULL: the caller's step needs no more of its batch than the number */
    void *feed_context;
    const struct pleat_output_loss *losses; /* one an output of the only part, or NULL: */
    int loss_count;
    pleat_train_step *step; /* NULL, or what a step is */

    struct pleat_train_schedule schedule;
    pleat_train_factor *factor; /* NULL, or in place of schedule */
    double clip_norm; /* the most that the norm of a part's gradient may be; 0: no limit */
    double decay;     /* of averages: min(decay, (1 + t) / (10 + t)) at update t; 0 to 1 */

    pleat_train_validate *validate; /* NULL, or at the beginning, at the last step, and */
    int64_t validate_steps;         /* after so many steps; 0: not */
    double validate_seconds;        /* after so many seconds; 0: not */
    int lower_is_better;            /* 1: of the metric; 0: higher is */

    const char *folder; /* of the checkpoints, made where it is not there; NULL: none are written */
    int keep;           /* how many of the latest stay; 0: all */
    int64_t checkpoint_steps;  /* after so many steps; 0: not */
    double checkpoint_seconds; /* after so many seconds; 0: not */
    const char *best; /* the file of the models that did best, averages in the parameters' place:
                         to be applied, not gone on from; NULL: "best.safetensors" in the folder */
    const struct pleat_metadata *metadata; /* for all files: what defines the run beside these
                         options and the models, such as the data's name. A run is resumed with
                         the same alone. No key begins with "run/" */
    size_t metadata_count;

    pleat_train_log *log; /* each may be NULL */
    pleat_train_stop *stop;
    pleat_train_writing *writing;
};

/* Returns a constant rate, no clipping, decay 0.999, higher is better, keep 3, a checkpoint after
 * each 300 seconds; the rest 0 and NULL. */
PLEAT_API struct pleat_train_options pleat_train_options_init(void);

/* Makes a trainer of parts[count], and overwrites *trainer with it; freed by pleat_trainer_free.
 * parts and options are copied.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL that may not be, a count or an option out of range; both or
 * none of losses and step; losses without a feed, with several parts or of another count than the
 * outputs; neither steps nor stop; an optimizer or average of another model. PLEAT_WRONG_STATE: a
 * model that is not compiled for training. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_trainer_create(struct pleat_trainer **trainer, const struct pleat_train_part *parts,
                     int count, const struct pleat_train_options *options,
                     struct pleat_error *error);

/* Frees a trainer, not its parts; NULL is allowed. */
PLEAT_API void pleat_trainer_free(struct pleat_trainer *trainer);

/* Continues the run whose checkpoints are in the folder: overwrites all that the parts hold with the
 * latest one, before the first pleat_trainer_run.
 *
 * PLEAT_INVALID_ARGUMENT: trainer NULL, no folder in its options. PLEAT_WRONG_STATE: the run has
 * begun; or the run in the folder is another: the detail names the option, or the metadata, that
 * differs. PLEAT_IO: no checkpoint is there, or it cannot be read. Else as pleat_safetensors_read and
 * pleat_checkpoint_load_parts. On an error nothing has changed. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_trainer_resume(struct pleat_trainer *trainer,
                                                                 struct pleat_error *error);

/* Takes steps until options.steps have been taken, or stop returns 1; called again it goes on.
 *
 * A run that begins (rather than resumes) validates and writes its checkpoint of step 0 before the
 * first step, so that what cannot be written is found out. It keeps a file that stands at
 * options.best until the first validation behind, and refuses a folder that holds a run.
 *
 * PLEAT_NOT_FINITE: a loss, a gradient or a parameter is NaN or infinite; the detail tells the step and
 * the first layer whose output is not finite, else the parameter. Such parameters are never saved: the
 * last checkpoint is good. PLEAT_IO: a file cannot be written, as on a full disk; the last
 * checkpoint is good, and a resumed run ends in the same bits. PLEAT_WRONG_STATE: the folder holds a
 * run, this one having been neither begun nor resumed. Else what a function of the options, or
 * forward and backward, returned. Between writing of files nothing is allocated. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_trainer_run(struct pleat_trainer *trainer,
                                                              struct pleat_error *error);

/* Returns where the run stands; it changes with the run. trainer is not NULL. */
PLEAT_API const struct pleat_train_report *
pleat_trainer_report(const struct pleat_trainer *trainer);

/* For a step of the caller's own: changes the parameters of a part by its gradients: these are
 * checked, clipped and used in one step of its optimizer, with the rate of the moment, and its
 * average is updated. On an error nothing has changed. PLEAT_INVALID_ARGUMENT: no such part.
 * PLEAT_NOT_FINITE: as pleat_trainer_run. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_trainer_update(struct pleat_trainer *trainer, int part, struct pleat_error *error);

/* For validations: overwrites *loss with that of the last forward of the only part's model, by
 * options.losses, against the targets of the batch. It allocates where the batch is larger than
 * those of the training. PLEAT_INVALID_ARGUMENT: also a trainer without losses, a batch of another
 * count of targets, a target that holds no labels. Else as the losses. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_trainer_loss(struct pleat_trainer *trainer,
                                                               const struct pleat_batch *batch,
                                                               double *loss,
                                                               struct pleat_error *error);

/* Validates now, and writes the best file where the metric is better: after a run that was stopped.
 * It is no part of the run, and a checkpoint does not know of it. PLEAT_INVALID_ARGUMENT: trainer
 * NULL, no function for it. Else as pleat_trainer_run. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_trainer_validate(struct pleat_trainer *trainer,
                                                                   struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
