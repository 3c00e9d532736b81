/* The progress line: rewritten in place on a terminal, plain lines elsewhere. */
#ifndef PLEAT_TOOLS_PROGRESS_H
#define PLEAT_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool terminal;
    double begun, shown; /* seconds of the clock */
    int64_t steps;       /* taken so far */
    double loss;         /* a running mean, over a hundred steps or so */
    double psnr;         /* of the last validation */
};

/* Returns the seconds of a clock that only goes forward. */
double progress_clock(void);

/* Starts the clock. */
void progress_start(struct progress *progress);

/* Returns the seconds since progress_start. */
double progress_elapsed(const struct progress *progress);

/* Notes the loss of one more step. */
void progress_step(struct progress *progress, double loss);

/* Shows step, loss, PSNR, steps a second and the time left: on a terminal a few times a second, and
 * elsewhere, as a line, where `milestone` is set. left is in seconds. */
void progress_show(struct progress *progress, double left, bool milestone);

/* Makes room for other lines: leaves the line on the terminal as it is. */
void progress_end(const struct progress *progress);

#endif
