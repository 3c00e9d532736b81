/* Reading the options of a training. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "training/training_options.h"
#include "verbs.h"

#define DEFAULT_SECONDS 60

struct training_options training_options_init(int64_t batch, double rate) {
    return (struct training_options){.batch = batch, .rate = rate, .warm_up = 100, .keep = 3};
}

void training_options_print(const struct training_options *defaults, const char *samples) {
    printf("  --out MODEL       the checkpoint, safetensors\n"
           "  --time T          train for T seconds; 90s, 15m and 1h are understood; default %d\n"
           "  --epochs N        or until it has seen N times as much as there is\n"
           "  --steps N         or for N steps\n"
           "  --seed N          of what is drawn at random; default 0\n"
           "  --threads N       default: as many as there are cores\n"
           "  --batch N         %s a step; default %lld\n"
           "  --rate R          highest learning rate of Adam; default %g\n",
           DEFAULT_SECONDS, samples, (long long)defaults->batch, defaults->rate);
    printf(
        "  --schedule cosine|constant\n"
        "                    whether the rate falls, by half a cosine to a hundredth, or stays;\n"
        "                    default %s",
        defaults->schedule == TRAINING_COSINE ? "cosine" : "constant");
    if (defaults->warm_up > 0)
        printf("; it rises over the first %lld steps, or a\n"
               "                    twentieth of all where they are fewer than %lld",
               (long long)defaults->warm_up, 20 * (long long)defaults->warm_up);
    printf(
        "\n"
        "  --average D       keep a moving average of the parameters, of decay D such as 0.999,\n"
        "                    which is what is measured and written; default %g\n",
        defaults->average);
    fputs("  --checkpoints FOLDER\n"
          "                    keep there all that is needed to go on after an end of any kind\n"
          "  --keep N          so many of the latest checkpoints; 0: all; default 3\n"
          "  --resume          go on with the training in that folder, in the same bits\n"
          "  --log FILE        step, epoch, loss, metric, rate and seconds as CSV\n"
          "  --curve FILE      loss and metric against the step, a PNG or SVG made from the log\n",
          stdout);
}

bool training_options_has(int option) {
    return option >= TRAINING_OPTION;
}

/* Reads "90", "90s", "15m" or "1h". */
static bool read_time(const char *verb, const char *text, double *seconds) {
    char number[32];
    const size_t length = strlen(text);
    double unit = 1;
    if (length == 0 || length >= sizeof number)
        return read_number(verb, "--time", text, 0.001, 1e7, seconds);
    strcpy(number, text);
    const char *suffix = strchr("smh", text[length - 1]);
    if (suffix != NULL) {
        number[length - 1] = '\0';
        unit = *suffix == 's' ? 1 : *suffix == 'm' ? 60 : 3600;
    }
    if (!read_number(verb, "--time", number, 0.001, 1e6, seconds))
        return false;
    *seconds *= unit;
    return true;
}

bool training_options_read(const char *verb, int option, const char *text,
                           struct training_options *options) {
    int64_t integer = 0;
    int choice = 0;
    bool good = true;
    switch (option) {
    case TRAINING_OUT:
        options->out = text;
        break;
    case TRAINING_TIME:
        return read_time(verb, text, &options->seconds);
    case TRAINING_EPOCHS:
        return read_integer(verb, "--epochs", text, 1, 1000000, &options->epochs);
    case TRAINING_STEPS:
        return read_integer(verb, "--steps", text, 1, INT64_C(1) << 40, &options->steps);
    case TRAINING_SEED:
        good = read_integer(verb, "--seed", text, 0, INT64_MAX, &integer);
        options->seed = (uint64_t)integer;
        break;
    case TRAINING_THREADS:
        good = read_integer(verb, "--threads", text, 1, 4096, &integer);
        options->threads = (int)integer;
        break;
    case TRAINING_BATCH:
        return read_integer(verb, "--batch", text, 1, 65536, &options->batch);
    case TRAINING_RATE:
        return read_number(verb, "--rate", text, 0, 1e6, &options->rate);
    case TRAINING_SCHEDULE:
        good = read_choice(verb, "--schedule", text, "cosine", "constant", &choice);
        options->schedule = choice == 0 ? TRAINING_COSINE : TRAINING_CONSTANT;
        break;
    case TRAINING_AVERAGE:
        return read_number(verb, "--average", text, 0, 1, &options->average);
    case TRAINING_CHECKPOINTS:
        options->checkpoints = text;
        break;
    case TRAINING_KEEP:
        return read_integer(verb, "--keep", text, 0, 1000000, &options->keep);
    case TRAINING_RESUME:
        options->resume = true;
        break;
    case TRAINING_LOG:
        options->log = text;
        break;
    default:
        options->curve = text;
        break;
    }
    return good;
}

int training_options_check(const char *verb, struct training_options *options) {
    if (options->out == NULL)
        return usage_error(verb, "--out is needed");
    const bool timed = options->seconds > 0, passes = options->epochs > 0,
               counted = options->steps > 0;
    if (timed + passes + counted > 1)
        return usage_error(verb, "%s and %s contradict each other", timed ? "--time" : "--epochs",
                           passes && timed ? "--epochs" : "--steps");
    if (options->resume && options->checkpoints == NULL)
        return usage_error(verb, "--resume needs --checkpoints");
    if (options->curve != NULL && options->log == NULL)
        return usage_error(verb, "--curve needs --log, from which it is drawn");
    if (timed + passes + counted == 0)
        options->seconds = DEFAULT_SECONDS;
    return EXIT_SUCCESS;
}

int64_t training_options_total(const struct training_options *options, int64_t samples) {
    return options->steps > 0 ? options->steps
                              : (samples * options->epochs + options->batch - 1) / options->batch;
}
