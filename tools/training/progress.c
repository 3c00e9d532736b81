/* Showing the steps of a training. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "bar.h"
#include "training/progress.h"

#define SECONDS_BETWEEN_SHOWS 0.25

void progress_start(struct progress *progress, const char *unit) {
    *progress = (struct progress){
        .terminal = isatty(STDOUT_FILENO) == 1, .unit = unit, .shown = -1, .first_step = -1};
}

static void note(struct progress *progress, const struct pleat_train_report *report) {
    if (progress->first_step < 0) {
        progress->first_step = report->step > 0 ? report->step - 1 : 0;
        progress->first_seconds = report->seconds;
    }
    if (isnan(report->loss))
        return;
    progress->counted++;
    /* A plain mean at first, then one that forgets. */
    const double weight = progress->counted < 100 ? 1.0 / (double)progress->counted : 0.01;
    progress->loss += weight * (report->loss - progress->loss);
}

static void show(const struct progress *progress, const struct pleat_train_report *report,
                 double fraction) {
    const double seconds = report->seconds - progress->first_seconds;
    fputs(progress->terminal ? "\r" : "", stdout);
    if (progress->terminal && fraction >= 0)
        bar_show(fraction);
    printf("step %-7" PRId64, report->step);
    if (progress->counted > 0)
        printf(" loss %.3e", progress->loss);
    if (!isnan(report->metric))
        printf("  validation %#.5g%s%s", report->metric, *progress->unit != '\0' ? " " : "",
               progress->unit);
    if (seconds > 0)
        printf("  %.1f steps/s", (double)(report->step - progress->first_step) / seconds);
    if (fraction > 0)
        bar_show_time_left(report->seconds, fraction);
    fputs(progress->terminal ? "\033[K" : "\n", stdout);
    fflush(stdout);
}

void progress_report(struct progress *progress, const struct pleat_train_report *report,
                     double fraction, bool last) {
    note(progress, report);
    const bool milestone = report->validated || last;
    if (!milestone &&
        (!progress->terminal || report->seconds - progress->shown < SECONDS_BETWEEN_SHOWS))
        return;
    progress->shown = report->seconds;
    show(progress, report, fraction < 1 ? fraction : 1);
}

void progress_end(const struct progress *progress) {
    if (progress->terminal)
        putchar('\n');
}
