/* The progress of a training: a bar rewritten in place on a terminal, plain lines elsewhere. */
#ifndef PLEAT_TOOLS_PROGRESS_H
#define PLEAT_TOOLS_PROGRESS_H

#include <stdbool.h>

#include <pleat/trainer.h>

struct progress {
    bool terminal;
    const char *unit;     /* of the metric: "dB", or "" */
    double shown;         /* seconds of the training, when it was shown last */
    double first_seconds; /* where this process began */
    int64_t first_step, counted;
    double loss; /* a running mean, over a hundred steps or so */
};

/* Begins to count; unit must live on. */
void progress_start(struct progress *progress, const char *unit);

/* Notes a step, or the beginning, and shows it: on a terminal a few times a second, and elsewhere, as
 * a line, where there was a validation or `last` is set. fraction is how much of the training is
 * over, 0 to 1; below 0: not known. */
void progress_report(struct progress *progress, const struct pleat_train_report *report,
                     double fraction, bool last);

/* Makes room for other lines: leaves the line on the terminal as it is. */
void progress_end(const struct progress *progress);

#endif
