/* Counting and showing the steps of a training. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "upsample/progress.h"

#define SECONDS_BETWEEN_SHOWS 0.25

double progress_clock(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_start(struct progress *progress) {
    *progress =
        (struct progress){.terminal = isatty(STDOUT_FILENO) == 1, .begun = progress_clock()};
}

double progress_elapsed(const struct progress *progress) {
    return progress_clock() - progress->begun;
}

void progress_step(struct progress *progress, double loss) {
    progress->steps++;
    /* A plain mean at first, then one that forgets. */
    const double weight = progress->steps < 100 ? 1.0 / (double)progress->steps : 0.01;
    progress->loss += weight * (loss - progress->loss);
}

void progress_show(struct progress *progress, double left, bool milestone) {
    const double elapsed = progress_elapsed(progress);
    if (progress->terminal ? !milestone && elapsed - progress->shown < SECONDS_BETWEEN_SHOWS
                           : !milestone)
        return;
    progress->shown = elapsed;
    const int64_t seconds = (int64_t)(left + 0.5);
    printf("%sstep %-7" PRId64 " loss %.3e  validation %.3f dB  %.1f steps/s  %" PRId64
           ":%02" PRId64 " left%s",
           progress->terminal ? "\r" : "", progress->steps, progress->loss, progress->psnr,
           (double)progress->steps / (elapsed > 0 ? elapsed : 1), seconds / 60, seconds % 60,
           progress->terminal ? "\033[K" : "\n");
    fflush(stdout);
}

void progress_end(const struct progress *progress) {
    if (progress->terminal)
        putchar('\n');
}
