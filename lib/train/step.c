/* One step of a training. */
#include <math.h>
#include <stdio.h>

#include <pleat/finite.h>
#include <pleat/gradient.h>
#include <pleat/layers.h>

#include "base/error.h"
#include "base/mix.h"
#include "train/trainer.h"

/* Each step and part has masks of its own; a step may forward a part several times. */
static enum pleat_status set_masks(const struct pleat_trainer *trainer, struct pleat_error *error) {
    const uint64_t step = (uint64_t)trainer->report.step;
    for (int i = 0; i < trainer->part_count; i++) {
        const uint64_t key = trainer->options.seed + (uint64_t)i * PLEAT__GAMMA;
        PLEAT__TRY(pleat_model_set_dropout(trainer->part[i].model,
                                           pleat__mix(pleat__mix(key) + step), 0, error));
    }
    return PLEAT_OK;
}

/* The step of an objective: forward, losses, backward. */
static enum pleat_status take_objective_step(struct pleat_trainer *trainer,
                                             const struct pleat_batch *batch, double *loss,
                                             struct pleat_error *error) {
    struct pleat_model *model = trainer->part[0].model;
    pleat_model_zero_grad(model);
    PLEAT__TRY(pleat_model_forward_all(model, batch->input_count, batch->input, error));
    PLEAT__TRY(pleat__objective_evaluate(&trainer->objective, model, batch, true, loss, error));
    if (!isfinite(*loss)) /* pleat__train_step says where */
        return PLEAT_OK;
    PLEAT__TRY(
        pleat_model_backward_all(model, trainer->objective.count, trainer->objective.grad, error));
    return pleat_trainer_update(trainer, 0, error);
}

/* Looks where a number that is not finite began; PLEAT_OK: found nowhere. */
static enum pleat_status find_origin(const struct pleat_trainer *trainer, int part,
                                     const struct pleat_batch *batch, struct pleat_error *error) {
    const int first = part < 0 ? 0 : part, last = part < 0 ? trainer->part_count - 1 : part;
    for (int i = first; i <= last; i++)
        if (pleat_model_check_forward_finite(trainer->part[i].model, error) == PLEAT_NOT_FINITE)
            return PLEAT_NOT_FINITE;
    for (int i = 0; batch != NULL && i < batch->target_count; i++)
        if (pleat_tensor_check_finite(&batch->target[i], "the target", error) == PLEAT_NOT_FINITE)
            return PLEAT_NOT_FINITE;
    for (int i = first; i <= last; i++)
        if (pleat_model_check_finite(trainer->part[i].model, error) == PLEAT_NOT_FINITE)
            return PLEAT_NOT_FINITE;
    return PLEAT_OK;
}

enum pleat_status pleat__not_finite(struct pleat_trainer *trainer, int part, const char *what,
                                    const struct pleat_batch *batch, struct pleat_error *error) {
    struct pleat_error origin = {.message = ""};
    const long long step = (long long)trainer->report.step + 1;
    const bool found = find_origin(trainer, part, batch, &origin) != PLEAT_OK;
    char kept[64] = "";
    if (trainer->saved_step >= 0)
        snprintf(kept, sizeof kept, "; the checkpoint of step %lld is kept",
                 (long long)trainer->saved_step);
    return pleat__fail(error, PLEAT_NOT_FINITE, "%s is not finite at step %lld%s%.130s%s", what,
                       step, found ? ": " : "", found ? origin.message : "", kept);
}

enum pleat_status pleat__train_step(struct pleat_trainer *trainer, struct pleat_error *error) {
    const struct pleat_train_options *options = &trainer->options;
    struct pleat_train_report *report = &trainer->report;
    struct pleat_batch batch = {.step = report->step};
    double loss = NAN;
    if (options->feed != NULL)
        PLEAT__TRY(options->feed(options->feed_context, report->step, &batch, error));
    PLEAT__TRY(set_masks(trainer, error));
    trainer->factor =
        options->factor != NULL
            ? options->factor(options->context, report)
            : pleat__schedule_factor(&options->schedule, report->step, options->steps);
    if (options->step != NULL)
        PLEAT__TRY(options->step(options->context, trainer, &batch, &loss, error));
    else
        PLEAT__TRY(take_objective_step(trainer, &batch, &loss, error));
    if (!isfinite(loss))
        return pleat__not_finite(trainer, -1, "the loss", &batch, error);
    report->step++;
    report->loss = loss;
    if (options->epoch_steps > 0)
        report->epoch = (report->step + options->epoch_steps - 1) / options->epoch_steps;
    return PLEAT_OK;
}

/* One step of the optimizer with the rate of the moment; its own rate stays. */
static enum pleat_status step_optimizer(struct pleat_trainer *trainer, int part,
                                        struct pleat_error *error) {
    struct pleat_optimizer *optimizer = trainer->part[part].optimizer;
    const double base = pleat_optimizer_rate(optimizer), rate = base * trainer->factor;
    PLEAT__TRY(pleat_optimizer_set_rate(optimizer, rate, error));
    pleat_optimizer_step(optimizer);
    if (part == 0)
        trainer->report.rate = rate;
    return pleat_optimizer_set_rate(optimizer, base, error);
}

/* With a decay that is smaller at first, so that the parameters of the beginning are forgotten. */
static enum pleat_status update_average(const struct pleat_trainer *trainer, int part,
                                        struct pleat_error *error) {
    struct pleat_average *average = trainer->part[part].average;
    if (average == NULL)
        return PLEAT_OK;
    const double t = (double)pleat_average_updates(average), early = (1 + t) / (10 + t);
    const double decay = trainer->options.decay;
    return pleat_average_update(average, early < decay ? early : decay, error);
}

enum pleat_status pleat_trainer_update(struct pleat_trainer *trainer, int part,
                                       struct pleat_error *error) {
    PLEAT__REQUIRE(trainer, error);
    if (part < 0 || part >= trainer->part_count)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "part must be 0 to %d, got %d",
                           trainer->part_count - 1, part);
    const double most = trainer->options.clip_norm;
    double norm;
    const enum pleat_status status = pleat_model_clip_norm(
        trainer->part[part].model, most > 0 ? most : (double)INFINITY, &norm, error);
    if (status == PLEAT_NOT_FINITE)
        return pleat__not_finite(trainer, part, "a gradient", NULL, error);
    PLEAT__TRY(status);
    if (part == 0)
        trainer->report.norm = norm;
    PLEAT__TRY(step_optimizer(trainer, part, error));
    return update_average(trainer, part, error);
}
