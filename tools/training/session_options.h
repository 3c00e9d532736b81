/* The options that all trainings on lib/train share: read, checked, explained. */
#ifndef PLEAT_TOOLS_SESSION_OPTIONS_H
#define PLEAT_TOOLS_SESSION_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <getopt.h>

/* A task fills in its defaults first. */
struct session_options {
    const char *out;        /* where the trained model goes */
    double seconds;         /* how long to train; 0: steps or epochs say it */
    int64_t steps, epochs;  /* 0: not given */
    double default_seconds; /* where none of the three is given */
    uint64_t seed;
    int threads;             /* 0: as many as OpenMP offers */
    int64_t batch;           /* images a step */
    double rate;             /* the learning rate at its highest */
    bool cosine;             /* whether it falls, by half a cosine, or stays */
    double average;          /* decay of the averages of parameters; 0: none */
    const char *checkpoints; /* a folder for all that a resumed training needs; NULL: none */
    int64_t keep;            /* how many of its checkpoints stay; 0: all */
    bool resume;             /* go on with the training in that folder */
    const char *log, *curve; /* watch.h; NULL: none */
};

/* Their numbers lie above those of a task's own options. */
enum session_option {
    SESSION_OUT = 1000,
    SESSION_TIME,
    SESSION_STEPS,
    SESSION_EPOCHS,
    SESSION_SEED,
    SESSION_THREADS,
    SESSION_BATCH,
    SESSION_RATE,
    SESSION_SCHEDULE,
    SESSION_AVERAGE,
    SESSION_CHECKPOINTS,
    SESSION_KEEP,
    SESSION_RESUME,
    SESSION_LOG,
    SESSION_CURVE
};

/* For a task's table of long options. */
#define SESSION_LONG_OPTIONS                                                                       \
    {"out", required_argument, NULL, SESSION_OUT},                                                 \
        {"time", required_argument, NULL, SESSION_TIME},                                           \
        {"steps", required_argument, NULL, SESSION_STEPS},                                         \
        {"epochs", required_argument, NULL, SESSION_EPOCHS},                                       \
        {"seed", required_argument, NULL, SESSION_SEED},                                           \
        {"threads", required_argument, NULL, SESSION_THREADS},                                     \
        {"batch", required_argument, NULL, SESSION_BATCH},                                         \
        {"rate", required_argument, NULL, SESSION_RATE},                                           \
        {"schedule", required_argument, NULL, SESSION_SCHEDULE},                                   \
        {"average", required_argument, NULL, SESSION_AVERAGE},                                     \
        {"checkpoints", required_argument, NULL, SESSION_CHECKPOINTS},                             \
        {"keep", required_argument, NULL, SESSION_KEEP},                                           \
        {"resume", no_argument, NULL, SESSION_RESUME},                                             \
        {"log", required_argument, NULL, SESSION_LOG}, {                                           \
        "curve", required_argument, NULL, SESSION_CURVE                                            \
    }

/* Reads one of them; false, and the error is printed, where its text is wrong. */
bool session_read_option(const char *verb, int option, const char *text,
                         struct session_options *options);

/* Checks what only all of them together can tell, and settles how long to train. */
bool session_check_options(const char *verb, struct session_options *options);

/* Prints their lines of a help, with these defaults. */
void session_print_help(const struct session_options *defaults);

#endif
