/* Schedules of learning rates. */
#include <math.h>

#include <pleat/schedule.h>

#include "base/checked.h"

double pleat_schedule_step_decay(int64_t step, int64_t every, double factor) {
    return every < 1 ? NAN : pow(factor, (double)(pleat__max(step, 0) / every));
}

/* Returns how far step is on the way from 0 to steps, 0 to 1; NaN where steps is negative. */
static double progress(int64_t step, int64_t steps) {
    const int64_t taken = pleat__max(step, 0);
    if (steps < 0)
        return NAN;
    return taken >= steps ? 1 : (double)taken / (double)steps;
}

double pleat_schedule_cosine(int64_t step, int64_t steps, double last) {
    const double pi = 3.14159265358979323846;
    const double part = (1 + cos(pi * progress(step, steps))) / 2;
    return last + (1 - last) * part;
}

double pleat_schedule_warm_up(int64_t step, int64_t steps, double first) {
    return first + (1 - first) * progress(step, steps);
}
