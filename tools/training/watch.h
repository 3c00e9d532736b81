/* Watching a training: progress, record and curves together. */
#ifndef PLEAT_TOOLS_WATCH_H
#define PLEAT_TOOLS_WATCH_H

#include "training/progress.h"
#include "training/record.h"

/* What is asked for; what is NULL is not. */
struct watch_options {
    const char *log;    /* the record, CSV */
    const char *curve;  /* a PNG or SVG, drawn from the record, which must then be asked for too */
    const char *metric; /* what the metric is called: "PSNR (dB)" */
    const char *unit;   /* of it: "dB", or "" */
};

struct watch {
    struct watch_options options;
    struct progress progress;
    int64_t resumed;
    struct record record;
};

/* Begins to watch, from the step at which a training is resumed, or from its beginning (-1). The
 * record is opened with the first report: a training that is refused leaves an older one alone. */
void watch_begin(struct watch *watch, const struct watch_options *options, int64_t resumed);

/* Takes note of a step; fraction and last as progress_report. */
enum pleat_status watch_report(struct watch *watch, const struct pleat_train_report *report,
                               double fraction, bool last, struct pleat_error *error);

/* Ends; zeros are allowed. */
void watch_close(struct watch *watch);

#endif
