/* The options that all trainings have, with the same names and meanings. */
#ifndef PLEAT_TOOLS_TRAINING_OPTIONS_H
#define PLEAT_TOOLS_TRAINING_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

/* How the learning rate goes on after its rise at the beginning. */
enum training_schedule { TRAINING_COSINE, TRAINING_CONSTANT };

struct training_options {
    const char *out; /* where the best checkpoint goes */
    double seconds;  /* how long to train; 0: steps or epochs say it */
    int64_t epochs;  /* passes over the data; 0: not told */
    int64_t steps;   /* 0: not told */
    uint64_t seed;
    int threads;   /* 0: as many as OpenMP offers */
    int64_t batch; /* samples a step */
    double rate;   /* the learning rate at its highest */
    enum training_schedule schedule;
    int64_t warm_up; /* the task's choice: steps of rising at first, at most a twentieth of all */
    double average;  /* the decay of the parameters' moving average; 0: there is none */
    const char *checkpoints; /* a folder for all that a resumed training needs; NULL: none */
    int64_t keep;            /* how many of its checkpoints stay; 0: all */
    bool resume;             /* go on with the training in that folder */
    const char *log, *curve; /* watch.h; NULL: none */
};

/* The numbers of the options, beyond those of a task's own. */
enum {
    TRAINING_OPTION = 1000,
    TRAINING_OUT = TRAINING_OPTION,
    TRAINING_TIME,
    TRAINING_EPOCHS,
    TRAINING_STEPS,
    TRAINING_SEED,
    TRAINING_THREADS,
    TRAINING_BATCH,
    TRAINING_RATE,
    TRAINING_SCHEDULE,
    TRAINING_AVERAGE,
    TRAINING_CHECKPOINTS,
    TRAINING_KEEP,
    TRAINING_RESUME,
    TRAINING_LOG,
    TRAINING_CURVE
};

/* Their entries in a task's table for getopt_long. */
#define TRAINING_LONG_OPTIONS                                                                      \
    {"out", required_argument, NULL, TRAINING_OUT},                                                \
        {"time", required_argument, NULL, TRAINING_TIME},                                          \
        {"epochs", required_argument, NULL, TRAINING_EPOCHS},                                      \
        {"steps", required_argument, NULL, TRAINING_STEPS},                                        \
        {"seed", required_argument, NULL, TRAINING_SEED},                                          \
        {"threads", required_argument, NULL, TRAINING_THREADS},                                    \
        {"batch", required_argument, NULL, TRAINING_BATCH},                                        \
        {"rate", required_argument, NULL, TRAINING_RATE},                                          \
        {"schedule", required_argument, NULL, TRAINING_SCHEDULE},                                  \
        {"average", required_argument, NULL, TRAINING_AVERAGE},                                    \
        {"checkpoints", required_argument, NULL, TRAINING_CHECKPOINTS},                            \
        {"keep", required_argument, NULL, TRAINING_KEEP},                                          \
        {"resume", no_argument, NULL, TRAINING_RESUME},                                            \
        {"log", required_argument, NULL, TRAINING_LOG}, {                                          \
        "curve", required_argument, NULL, TRAINING_CURVE                                           \
    }

/* Returns what holds where nothing is said, but for the batch and the rate; a task may change it: a
 * cosine after a rise of 100 steps, no average. */
struct training_options training_options_init(int64_t batch, double rate);

/* Prints the lines of the help, with these defaults. samples is what a batch has: "patches". */
void training_options_print(const struct training_options *defaults, const char *samples);

/* Whether the option is one of these. */
bool training_options_has(int option);

/* Reads one of these; verb and the result are as in options.h. */
bool training_options_read(const char *verb, int option, const char *text,
                           struct training_options *options);

/* Checks what only all options together can tell, and fills in the default time. Returns
 * EXIT_SUCCESS or EXIT_USAGE. */
int training_options_check(const char *verb, struct training_options *options);

/* Returns the steps of the whole training, of which an epoch has so many samples; 0 where the time
 * says when to end. */
int64_t training_options_total(const struct training_options *options, int64_t samples);

#endif
