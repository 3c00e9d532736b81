/* The schedule of a training, put together from those of schedule.h. */
#include <pleat/schedule.h>

#include "base/error.h"
#include "train/trainer.h"

static bool is_fraction(double number) {
    return number >= 0 && number <= 1;
}

enum pleat_status pleat__schedule_check(const struct pleat_train_schedule *schedule,
                                        struct pleat_error *error) {
    const enum pleat_schedule_kind kind = schedule->kind;
    if ((unsigned)kind > PLEAT_SCHEDULE_STEPS)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "schedule.kind is none: %d", (int)kind);
    if (schedule->warm_up < 0 || (kind == PLEAT_SCHEDULE_STEPS && schedule->every < 1))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "schedule.warm_up must be at least 0, every at least 1, got %lld, %lld",
                           (long long)schedule->warm_up, (long long)schedule->every);
    if (!is_fraction(schedule->first) || !is_fraction(schedule->last) ||
        !is_fraction(schedule->decay))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "schedule.first, last and decay must be 0 to 1, got %g, %g, %g",
                           schedule->first, schedule->last, schedule->decay);
    return PLEAT_OK;
}

double pleat__schedule_factor(const struct pleat_train_schedule *schedule, int64_t step,
                              int64_t steps) {
    const double rise = pleat_schedule_warm_up(step, schedule->warm_up, schedule->first);
    const int64_t behind = step - schedule->warm_up;
    switch (schedule->kind) {
    case PLEAT_SCHEDULE_COSINE: {
        const int64_t length = steps - schedule->warm_up;
        return rise * pleat_schedule_cosine(behind, length > 0 ? length : 0, schedule->last);
    }
    case PLEAT_SCHEDULE_STEPS:
        return rise * pleat_schedule_step_decay(behind, schedule->every, schedule->decay);
    case PLEAT_SCHEDULE_CONSTANT:
        break;
    }
    return rise;
}
