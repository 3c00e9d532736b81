/* Printing, comparing and reading the texts of a run. Numbers of type double that must come back in
 * the same bits are written as their bits. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/text.h>

#include "base/elements.h"
#include "base/error.h"
#include "base/mix.h"
#include "base/writer.h"
#include "io/checkpoint_counters.h"
#include "train/run_text.h"

/* Appends an entry, to be printed into. */
static struct pleat__writer append(struct pleat__run_text *run, const char *key) {
    run->key[run->count] = key;
    return (struct pleat__writer){run->text[run->count++], PLEAT__RUN_TEXT, 0};
}

/* A number that tells one list of class weights from another. */
static uint64_t hash_weights(const struct pleat_tensor *weight) {
    uint64_t hash = 0;
    for (int64_t i = 0; weight != NULL && i < pleat_tensor_size(weight); i++) {
        const double number = pleat__element(weight, i);
        uint64_t bits;
        memcpy(&bits, &number, sizeof bits);
        hash = pleat__mix(hash + bits + PLEAT__GAMMA);
    }
    return hash;
}

/* "mse x 1, cross-entropy (ignored 255, weights 0) x 1": one an output. */
static void print_losses(struct pleat__writer w, const struct pleat__objective *objective) {
    if (objective->count == 0)
        pleat__print(&w, "the caller's");
    for (int i = 0; i < objective->count; i++) {
        const struct pleat_output_loss *loss = &objective->loss[i];
        pleat__print(&w, "%s%s", i > 0 ? ", " : "", pleat_loss_name(loss->kind));
        if (loss->kind == PLEAT_LOSS_CHARBONNIER) {
            pleat__print(&w, " (");
            pleat__print_number(&w, loss->epsilon);
            pleat__print(&w, ")");
        }
        if (loss->kind == PLEAT_LOSS_CROSS_ENTROPY)
            pleat__print(&w, " (ignored %" PRId32 ", weights %" PRIx64 ")",
                         loss->cross_entropy.ignored, hash_weights(loss->cross_entropy.weight));
        pleat__print(&w, " x ");
        pleat__print_number(&w, loss->weight);
    }
}

static void print_schedule(struct pleat__writer w, const struct pleat_train_options *options) {
    const struct pleat_train_schedule *s = &options->schedule;
    if (options->factor != NULL) {
        pleat__print(&w, "the caller's");
        return;
    }
    if (s->warm_up > 0) {
        pleat__print(&w, "warm-up of %" PRId64 " steps from ", s->warm_up);
        pleat__print_number(&w, s->first);
        pleat__print(&w, ", ");
    }
    switch (s->kind) {
    case PLEAT_SCHEDULE_COSINE:
        pleat__print(&w, "cosine over %" PRId64 " steps to ", options->steps);
        pleat__print_number(&w, s->last);
        break;
    case PLEAT_SCHEDULE_STEPS:
        pleat__print(&w, "x ");
        pleat__print_number(&w, s->decay);
        pleat__print(&w, " each %" PRId64 " steps", s->every);
        break;
    case PLEAT_SCHEDULE_CONSTANT:
        pleat__print(&w, "constant");
        break;
    }
}

static void print_rates(struct pleat__writer w, const struct pleat_trainer *trainer) {
    for (int i = 0; i < trainer->part_count; i++) {
        pleat__print(&w, "%s", i > 0 ? ", " : "");
        pleat__print_number(&w, pleat_optimizer_rate(trainer->part[i].optimizer));
    }
}

static void append_number(struct pleat__run_text *run, const char *key, double number) {
    struct pleat__writer w = append(run, key);
    pleat__print_number(&w, number);
}

void pleat__run_text_print(struct pleat__run_text *run, const struct pleat_trainer *trainer) {
    const struct pleat_train_options *options = &trainer->options;
    const struct pleat_train_report *report = &trainer->report;
    struct pleat__writer w;
    uint64_t bits;
    memcpy(&bits, &report->best_metric, sizeof bits);
    run->count = 0;
    w = append(run, "run/seed");
    pleat__print(&w, "%" PRIu64, options->seed);
    print_losses(append(run, "run/losses"), &trainer->objective);
    print_schedule(append(run, "run/schedule"), options);
    print_rates(append(run, "run/rates"), trainer);
    append_number(run, "run/clip_norm", options->clip_norm);
    append_number(run, "run/decay", options->decay);
    run->defining = run->count;
    w = append(run, "run/step");
    pleat__print(&w, "%" PRId64, report->step);
    w = append(run, "run/best_step");
    pleat__print(&w, "%" PRId64, report->best_step);
    w = append(run, "run/best_bits");
    pleat__print(&w, "%016" PRIx64, bits);
    run->standing = run->count;
    w = append(run, "run/milliseconds");
    pleat__print(&w, "%.0f", 1000 * report->seconds);
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

/* Compares a part's model, rates and recipes too, which tensors alone do not tell. */
static enum pleat_status compare_model(const struct pleat_train_part *part,
                                       const struct pleat_safetensors *file,
                                       struct pleat_error *error) {
    char key[PLEAT__COUNTER_KEY], *text;
    pleat__checkpoint_key(key, part->name, PLEAT_CHECKPOINT_MODEL);
    PLEAT__TRY(pleat_text_write(&text, part->model, error));
    const char *there = pleat_safetensors_metadata(file, key);
    const bool same = there != NULL && strcmp(there, text) == 0;
    pleat_text_free(text);
    return same ? PLEAT_OK
                : pleat__fail(error, PLEAT_WRONG_STATE,
                              "the checkpoint is of another run: its \"%.100s\" is another model's",
                              key);
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
    for (int i = 0; i < trainer->part_count; i++)
        PLEAT__TRY(compare_model(&trainer->part[i], file, error));
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
