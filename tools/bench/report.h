/* The result of a run: a line for each layer and pass, printed when all are known. */
#ifndef PLEAT_TOOLS_BENCH_REPORT_H
#define PLEAT_TOOLS_BENCH_REPORT_H

#include <pleat/conv.h>

#include "bench/check.h"
#include "bench/yardstick.h"

/* oneDNN with our layout, and with its own. */
enum { PEERS = 2 };

struct row {
    const struct layer *layer;
    enum pleat_pass pass;
    double best, median; /* milliseconds */
    double flops, bytes; /* of the formula, of the whole batch */
    size_t scratch_bytes;
    char method[32];
    struct checked checked;
    double peer[PEERS]; /* best milliseconds, 0 where it was not timed */
};

struct report {
    const struct yardstick *yardstick;
    enum pleat_operator op;
    bool packed; /* the weights were packed before the clock started */
    bool cold;   /* the caches were emptied before each call */
    bool peers;  /* whether oneDNN was timed beside */
    struct row *row;
    int rows;
};

/* The passes in the order of the report. */
enum { PASSES = 4 };
extern const enum pleat_pass report_passes[PASSES];

/* GFLOP/s, as a share of sgemm, and as a share of what is attainable: the lesser of sgemm and of
 * what memory lets through at the speed of the triad. */
double row_gflops(const struct row *row);
double row_share(const struct report *report, const struct row *row);
double row_attained(const struct report *report, const struct row *row);

/* Prints the table for people, with geometric means for each pass, or tab-separated with a header
 * line. */
void report_print(const struct report *report);
void report_print_tsv(const struct report *report);

/* Draws a bar for each row, its share of sgemm. Returns false, and a sentence in *reason, where
 * that failed. */
bool report_draw(const struct report *report, const char *file, const char **reason);

#endif
