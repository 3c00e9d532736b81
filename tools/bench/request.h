/* What the verb bench was asked for. */
#ifndef PLEAT_TOOLS_BENCH_REQUEST_H
#define PLEAT_TOOLS_BENCH_REQUEST_H

#include "bench/report.h"

struct request {
    const char *file;   /* the table of layers; NULL with steps */
    const char **names; /* of layers, the only ones wanted; none: all. To be freed */
    int name_count;
    bool wanted[PASSES]; /* by report_passes */
    enum pleat_operator op;
    struct pleat_plan_options options;
    double milliseconds; /* that a measurement takes at least */
    bool packed, cold, alone, tsv, describe;
    bool steps;          /* instead of layers */
    const char *picture; /* NULL for none */
};

/* Reads the options into *request. Returns EXIT_SUCCESS, the status to end with, or -1 where the
 * help was asked for, and has been printed. */
int request_read(int argc, char **argv, struct request *request);

/* Whether the layer, or network, of that name is one of those wanted. */
bool request_wants(const struct request *request, const char *name);

extern const char bench_verb[];

#endif
