/* Printing, comparing and reading the texts of a run. Numbers of type double that must come back in
 * the same bits are written as their bits. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mix.h"
#include "train/run_text.h"

static char *append(struct pleat__run_text *run, const char *key) {
    run->key[run->count] = key;
    return run->text[run->count++];
}

/* A number that tells one list of class weights from another. */
static uint64_t hash_weights(const struct pleat_tensor *weight) {
    uint64_t hash = 0;
    for (int64_t i = 0; weight != NULL && i < pleat_tensor_size(weight); i++) {
        const double number = weight->dtype == PLEAT_FLOAT64
                                  ? ((const double *)weight->data)[i]
                                  : (double)((const float *)weight->data)[i];
        uint64_t bits;
        memcpy(&bits, &number, sizeof bits);
        hash = pleat__mix(hash + bits + PLEAT__GAMMA);
    }
    return hash;
}

/* "mse x 1", "cross-entropy (ignored 255, weights 0) x 1": one an output. */
static void print_losses(char *text, const struct pleat__objective *objective) {
    size_t used = 0;
    snprintf(text, PLEAT__RUN_TEXT, "the caller's");
    for (int i = 0; i < objective->count; i++) {
        const struct pleat_output_loss *loss = &objective->loss[i];
        char more[64] = "";
        if (loss->kind == PLEAT_LOSS_CHARBONNIER)
            snprintf(more, sizeof more, " (%.17g)", loss->epsilon);
        if (loss->kind == PLEAT_LOSS_CROSS_ENTROPY)
            snprintf(more, sizeof more, " (ignored %" PRId32 ", weights %" PRIx64 ")",
                     loss->cross_entropy.ignored, hash_weights(loss->cross_entropy.weight));
        used +=
            (size_t)snprintf(text + used, PLEAT__RUN_TEXT - used, "%s%s%s x %.17g",
                             i > 0 ? ", " : "", pleat_loss_name(loss->kind), more, loss->weight);
    }
}

static void print_schedule(char *text, const struct pleat_train_options *options) {
    const struct pleat_train_schedule *s = &options->schedule;
    char rest[160] = "constant";
    if (s->kind == PLEAT_SCHEDULE_COSINE)
        snprintf(rest, sizeof rest, "cosine over %" PRId64 " steps to %.17g", options->steps,
                 s->last);
    if (s->kind == PLEAT_SCHEDULE_STEPS)
        snprintf(rest, sizeof rest, "x %.17g each %" PRId64 " steps", s->decay, s->every);
    if (options->factor != NULL)
        snprintf(text, PLEAT__RUN_TEXT, "the caller's");
    else if (s->warm_up > 0)
        snprintf(text, PLEAT__RUN_TEXT, "warm-up of %" PRId64 " steps from %.17g, %s", s->warm_up,
                 s->first, rest);
    else
        snprintf(text, PLEAT__RUN_TEXT, "%s", rest);
}

static void print_rates(char *text, const struct pleat_trainer *trainer) {
    size_t used = 0;
    for (int i = 0; i < trainer->part_count; i++)
        used += (size_t)snprintf(text + used, PLEAT__RUN_TEXT - used, "%s%.17g", i > 0 ? ", " : "",
                                 pleat_optimizer_rate(trainer->part[i].optimizer));
}

static void print_bits(char *text, double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    snprintf(text, PLEAT__RUN_TEXT, "%016" PRIx64, bits);
}

void pleat__run_text_print(struct pleat__run_text *run, const struct pleat_trainer *trainer) {
    const struct pleat_train_options *options = &trainer->options;
    const struct pleat_train_report *report = &trainer->report;
    const size_t bytes = PLEAT__RUN_TEXT;
    run->count = 0;
    snprintf(append(run, "run/seed"), bytes, "%" PRIu64, options->seed);
    print_losses(append(run, "run/losses"), &trainer->objective);
    print_schedule(append(run, "run/schedule"), options);
    print_rates(append(run, "run/rates"), trainer);
    snprintf(append(run, "run/clip_norm"), bytes, "%.17g", options->clip_norm);
    snprintf(append(run, "run/decay"), bytes, "%.17g", options->decay);
    run->defining = run->count;
    snprintf(append(run, "run/step"), bytes, "%" PRId64, report->step);
    snprintf(append(run, "run/best_step"), bytes, "%" PRId64, report->best_step);
    snprintf(append(run, "run/best_metric"), bytes, "%.6g", report->best_metric);
    print_bits(append(run, "run/best_bits"), report->best_metric);
    run->standing = run->count;
    snprintf(append(run, "run/milliseconds"), bytes, "%.0f", 1000 * report->seconds);
}

static enum pleat_status compare(const struct pleat_safetensors *file, const char *key,
                                 const char *text, struct pleat_error *error) {
    const char *there = pleat_safetensors_metadata(file, key);
    const char *name = strncmp(key, "run/", 4) == 0 ? key + 4 : key;
    if (there == NULL)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "the checkpoint is of another run: it does not tell its %.40s", name);
    if (strcmp(there, text) != 0)
        return pleat__fail(
            error, PLEAT_WRONG_STATE,
            "the checkpoint is of another run: its %.40s is \"%.60s\", not \"%.60s\"", name, there,
            text);
    return PLEAT_OK;
}

enum pleat_status pleat__run_text_compare(const struct pleat__run_text *run,
                                          const struct pleat_trainer *trainer,
                                          const struct pleat_safetensors *file,
                                          struct pleat_error *error) {
    const struct pleat_train_options *options = &trainer->options;
    for (size_t i = 0; i < options->metadata_count; i++)
        PLEAT__TRY(compare(file, options->metadata[i].key, options->metadata[i].value, error));
    for (int i = 0; i < run->defining; i++)
        PLEAT__TRY(compare(file, run->key[i], run->text[i], error));
    return PLEAT_OK;
}

/* Reads a whole number in that base, at most `most`. */
static enum pleat_status read_number(uint64_t *number, const char *key, int base, uint64_t most,
                                     const struct pleat_safetensors *file,
                                     struct pleat_error *error) {
    const char *text = pleat_safetensors_metadata(file, key);
    const char *digits = base == 16 ? "0123456789abcdef" : "0123456789";
    *number = 0;
    errno = 0;
    if (text != NULL && *text != '\0' && text[strspn(text, digits)] == '\0') {
        *number = strtoull(text, NULL, base);
        if (errno == 0 && *number <= most)
            return PLEAT_OK;
    }
    return pleat__fail(error, PLEAT_BAD_FORMAT, "\"%s\" of the file's metadata is \"%.70s\"", key,
                       text != NULL ? text : "");
}

enum pleat_status pleat__run_text_read(struct pleat_train_report *report,
                                       const struct pleat_safetensors *file,
                                       struct pleat_error *error) {
    uint64_t step, best = 0, bits, milliseconds;
    const char *best_text = pleat_safetensors_metadata(file, "run/best_step");
    PLEAT__TRY(read_number(&step, "run/step", 10, INT64_MAX - 1, file, error));
    PLEAT__TRY(read_number(&bits, "run/best_bits", 16, UINT64_MAX, file, error));
    PLEAT__TRY(read_number(&milliseconds, "run/milliseconds", 10, UINT64_C(1) << 52, file, error));
    const bool none = best_text != NULL && strcmp(best_text, "-1") == 0;
    if (!none)
        PLEAT__TRY(read_number(&best, "run/best_step", 10, step, file, error));
    report->step = (int64_t)step;
    report->best_step = none ? -1 : (int64_t)best;
    memcpy(&report->best_metric, &bits, sizeof bits);
    report->seconds = (double)milliseconds / 1000;
    return PLEAT_OK;
}
