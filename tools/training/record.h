/* The record of a training: a CSV file, a line for each validation and for so many steps. */
#ifndef PLEAT_TOOLS_RECORD_H
#define PLEAT_TOOLS_RECORD_H

#include <stdio.h>

#include <pleat/trainer.h>

struct record {
    const char *path;
    FILE *stream; /* NULL: no record is kept */
    double sum;   /* of the losses since the last line */
    int64_t count;
};

/* Opens a file for lines "step,epoch,loss,metric,rate,seconds": a new one, or, for a training that was
 * resumed at a step (at least 0), one whose lines beyond that step are taken out first. path must
 * live on. */
enum pleat_status record_open(struct record *record, const char *path, int64_t resumed,
                              struct pleat_error *error);

/* Notes a step. The loss of a line is the mean since the line before, in this process; the metric
 * stands in lines of validations alone. */
enum pleat_status record_report(struct record *record, const struct pleat_train_report *report,
                                struct pleat_error *error);

/* Closes the file; nothing happens where there is none. */
void record_close(struct record *record);

/* A line of a record; NaN for what is not there. */
struct record_line {
    double step, loss, metric;
};

/* Reads the lines of a record and overwrites *lines, freed by free, and *count. */
enum pleat_status record_read(const char *path, struct record_line **lines, size_t *count,
                              struct pleat_error *error);

#endif
