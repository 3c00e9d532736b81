/* Showing the steps of a training. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "training/progress.h"

#define SECONDS_BETWEEN_SHOWS 0.25
#define BAR 20 /* characters */

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

static void show_bar(double fraction) {
    char bar[BAR + 1];
    const int full = (int)(fraction * BAR + 0.5);
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)full);
    bar[BAR] = '\0';
    printf("[%s] %3.0f%%  ", bar, 100 * fraction);
}

static void show_time_left(double seconds, double fraction) {
    const int64_t left = (int64_t)(seconds * (1 - fraction) / fraction + 0.5);
    if (left >= 3600)
        printf("  %" PRId64 ":%02" PRId64 ":%02" PRId64 " left", left / 3600, left / 60 % 60,
               left % 60);
    else
        printf("  %" PRId64 ":%02" PRId64 " left", left / 60, left % 60);
}

static void show(const struct progress *progress, const struct pleat_train_report *report,
                 double fraction) {
    const double seconds = report->seconds - progress->first_seconds;
    fputs(progress->terminal ? "\r" : "", stdout);
    if (progress->terminal && fraction >= 0)
        show_bar(fraction);
    printf("step %-7" PRId64, report->step);
    if (progress->counted > 0)
        printf(" loss %.3e", progress->loss);
    if (!isnan(report->metric))
        printf("  validation %#.5g%s%s", report->metric, *progress->unit != '\0' ? " " : "",
               progress->unit);
    if (seconds > 0)
        printf("  %.1f steps/s", (double)(report->step - progress->first_step) / seconds);
    if (fraction > 0)
        show_time_left(report->seconds, fraction);
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
