/* Reading the options that trainings share. */
#include "training/session_options.h"

#include <stdio.h>
#include <string.h>

#include "options.h"

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

static bool read_schedule(const char *verb, const char *text, bool *cosine) {
    *cosine = strcmp(text, "cosine") == 0;
    if (*cosine || strcmp(text, "constant") == 0)
        return true;
    usage_error(verb, "--schedule must be constant or cosine, got '%s'", text);
    return false;
}

bool session_read_option(const char *verb, int option, const char *text,
                         struct session_options *options) {
    int64_t integer = 0;
    bool good = true;
    switch ((enum session_option)option) {
    case SESSION_OUT:
        options->out = text;
        break;
    case SESSION_TIME:
        return read_time(verb, text, &options->seconds);
    case SESSION_STEPS:
        return read_integer(verb, "--steps", text, 1, INT64_C(1) << 40, &options->steps);
    case SESSION_EPOCHS:
        return read_integer(verb, "--epochs", text, 1, 1000000, &options->epochs);
    case SESSION_SEED:
        good = read_integer(verb, "--seed", text, 0, INT64_MAX, &integer);
        options->seed = (uint64_t)integer;
        break;
    case SESSION_THREADS:
        good = read_integer(verb, "--threads", text, 1, 4096, &integer);
        options->threads = (int)integer;
        break;
    case SESSION_BATCH:
        return read_integer(verb, "--batch", text, 1, 65536, &options->batch);
    case SESSION_RATE:
        return read_number(verb, "--rate", text, 0, 1e6, &options->rate);
    case SESSION_SCHEDULE:
        return read_schedule(verb, text, &options->cosine);
    case SESSION_AVERAGE:
        return read_number(verb, "--average", text, 0, 1, &options->average);
    case SESSION_CHECKPOINTS:
        options->checkpoints = text;
        break;
    case SESSION_KEEP:
        return read_integer(verb, "--keep", text, 0, 1000000, &options->keep);
    case SESSION_RESUME:
        options->resume = true;
        break;
    case SESSION_LOG:
        options->log = text;
        break;
    case SESSION_CURVE:
        options->curve = text;
        break;
    }
    return good;
}

bool session_check_options(const char *verb, struct session_options *options) {
    const int lengths = (options->seconds > 0) + (options->steps > 0) + (options->epochs > 0);
    if (options->out == NULL)
        usage_error(verb, "--out is needed");
    else if (lengths > 1)
        usage_error(verb, "--time, --steps and --epochs contradict each other");
    else if (options->resume && options->checkpoints == NULL)
        usage_error(verb, "--resume needs --checkpoints");
    else if (options->curve != NULL && options->log == NULL)
        usage_error(verb, "--curve needs --log, from which it is drawn");
    else {
        if (lengths == 0)
            options->seconds = options->default_seconds;
        return true;
    }
    return false;
}

void session_print_help(const struct session_options *defaults) {
    printf("  --out MODEL       the checkpoint, safetensors\n"
           "  --time T          train for T seconds; 90s, 15m and 1h are understood; default %gs\n"
           "  --steps N         or so many steps\n"
           "  --epochs N        or until each image has been seen N times\n"
           "  --seed N          of what is drawn at random; default 0\n"
           "  --threads N       default: as many as there are cores\n"
           "  --batch N         images a step; default %d\n"
           "  --rate R          highest learning rate of Adam; default %g\n"
           "  --schedule constant|cosine\n"
           "                    whether the rate stays or falls, to a hundredth; default %s\n"
           "  --average D       keep averages of the parameters that forget by D a step, such as\n"
           "                    0.999; default: none\n",
           defaults->default_seconds, (int)defaults->batch, defaults->rate,
           defaults->cosine ? "cosine" : "constant");
    fputs("  --checkpoints FOLDER\n"
          "                    keep there all that is needed to go on after an end of any kind\n"
          "  --keep N          so many of the latest checkpoints; 0: all; default 3\n"
          "  --resume          go on with the training in that folder, in the same bits\n"
          "  --log FILE        step, epoch, loss, metric, rate and seconds as CSV\n"
          "  --curve FILE      loss and metric against the step, a PNG or SVG made from the log\n",
          stdout);
}
