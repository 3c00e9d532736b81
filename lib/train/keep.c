/* The files of a run: written, taken up again. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pleat/checkpoint.h>
#include <pleat/finite.h>

#include "base/checked.h"
#include "base/memory.h"
#include "io/atomic_file.h"
#include "io/path.h"
#include "train/run_folder.h"
#include "train/run_text.h"
#include "train/trainer.h"

bool pleat__best_path(const struct pleat_trainer *trainer, char *path, size_t bytes) {
    const struct pleat_train_options *options = &trainer->options;
    if (options->best == NULL && options->folder == NULL)
        return false;
    if (options->best != NULL)
        snprintf(path, bytes, "%s", options->best);
    else
        snprintf(path, bytes, "%s/best.safetensors", options->folder);
    return true;
}

static enum pleat_status open_folder(const char *folder, struct pleat_error *error) {
    int64_t latest;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return pleat__fail_errno(error, folder, "make the folder");
    PLEAT__TRY(pleat__run_latest(folder, &latest, error));
    if (latest >= 0)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "%s: holds a run that came to step %lld: resume it, or take another "
                           "folder",
                           pleat__path_end(folder), (long long)latest);
    return PLEAT_OK;
}

enum pleat_status pleat__train_open(const struct pleat_trainer *trainer, bool *best_exists,
                                    struct pleat_error *error) {
    char path[PATH_MAX];
    struct pleat__atomic_file file;
    if (trainer->options.folder != NULL)
        PLEAT__TRY(open_folder(trainer->options.folder, error));
    *best_exists = false;
    if (trainer->options.validate == NULL || !pleat__best_path(trainer, path, sizeof path))
        return PLEAT_OK;
    PLEAT__TRY(pleat__atomic_open(&file, path, error));
    *best_exists = file.has_old;
    pleat__atomic_discard(&file, 1);
    return PLEAT_OK;
}

/* What is written: the parts, the caller's metadata and the trainer's own, but for the time it took
 * in files that are the same for each run of the same bits. */
struct content {
    struct pleat_checkpoint_part part[PLEAT_MAX_PARTS];
    struct pleat__run_text run;
    struct pleat_metadata *metadata;
    size_t metadata_count;
};

static struct content *content_create(const struct pleat_trainer *trainer, bool training) {
    const struct pleat_train_options *options = &trainer->options;
    struct content *content = pleat__allocate(1, sizeof *content);
    struct pleat_metadata *metadata =
        pleat__allocate(options->metadata_count + PLEAT__RUN_ENTRIES, sizeof *metadata);
    if (content == NULL || metadata == NULL) {
        pleat__free(content);
        pleat__free(metadata);
        return NULL;
    }
    pleat__run_text_print(&content->run, trainer);
    content->metadata = metadata;
    for (size_t i = 0; i < options->metadata_count; i++)
        metadata[content->metadata_count++] = options->metadata[i];
    for (int i = 0; i < (training ? content->run.count : content->run.standing); i++)
        metadata[content->metadata_count++] =
            (struct pleat_metadata){content->run.key[i], content->run.text[i]};
    for (int i = 0; i < trainer->part_count; i++) {
        const struct pleat_train_part *part = &trainer->part[i];
        content->part[i] = (struct pleat_checkpoint_part){.name = part->name, .model = part->model};
        if (training)
            content->part[i].training =
                (struct pleat_training){part->optimizer, part->average, NULL};
    }
    return content;
}

static void content_free(struct content *content) {
    if (content != NULL)
        pleat__free(content->metadata);
    pleat__free(content);
}

static void tell_writing(const struct pleat_trainer *trainer, int begins) {
    if (trainer->options.writing != NULL)
        trainer->options.writing(trainer->options.context, begins);
}

/* Writes a file; a model alone without what only resuming asks for. */
static enum pleat_status write_file(const struct pleat_trainer *trainer, const char *path,
                                    bool training, struct pleat_error *error) {
    struct content *content = content_create(trainer, training);
    if (content == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the metadata");
    const struct pleat_checkpoint_part *part = content->part;
    tell_writing(trainer, 1);
    const enum pleat_status status =
        !training && part[0].name == NULL
            ? pleat_checkpoint_save(part[0].model, path, content->metadata, content->metadata_count,
                                    error)
            : pleat_checkpoint_save_parts(part, trainer->part_count, path, content->metadata,
                                          content->metadata_count, error);
    tell_writing(trainer, 0);
    content_free(content);
    return status;
}

/* Refuses to save what no training could go on from. */
static enum pleat_status check_finite(const struct pleat_trainer *trainer,
                                      struct pleat_error *error) {
    for (int i = 0; i < trainer->part_count; i++) {
        const struct pleat_model *model = trainer->part[i].model;
        for (int k = 0; k < pleat_model_parameter_count(model); k++) {
            const struct pleat_parameter p = pleat_model_parameter(model, k);
            PLEAT__TRY(pleat_tensor_check_finite(&p.value, p.name, error));
        }
        for (int k = 0; k < pleat_model_state_count(model); k++) {
            const struct pleat_state s = pleat_model_state(model, k);
            PLEAT__TRY(pleat_tensor_check_finite(&s.value, s.name, error));
        }
    }
    return PLEAT_OK;
}

enum pleat_status pleat__train_save(struct pleat_trainer *trainer, struct pleat_error *error) {
    const struct pleat_train_options *options = &trainer->options;
    char path[PATH_MAX];
    struct pleat_error detail;
    if (options->folder == NULL)
        return PLEAT_OK;
    if (check_finite(trainer, &detail) != PLEAT_OK)
        return pleat__fail(
            error, PLEAT_NOT_FINITE, "after step %lld %.120s; the checkpoint of step %lld is kept",
            (long long)trainer->report.step, detail.message, (long long)trainer->saved_step);
    PLEAT__TRY(pleat__run_path(path, sizeof path, options->folder, trainer->report.step, error));
    PLEAT__TRY(write_file(trainer, path, true, error));
    trainer->saved_step = trainer->report.step;
    trainer->saved_at = trainer->report.seconds;
    return pleat__run_tidy(options->folder, options->keep, error);
}

static void swap_averages(const struct pleat_trainer *trainer) {
    for (int i = 0; i < trainer->part_count; i++)
        pleat_average_swap(trainer->part[i].average);
}

/* Notes a metric that is better than the best so far, and writes the models. */
static enum pleat_status keep_best(struct pleat_trainer *trainer, bool keep_file,
                                   struct pleat_error *error) {
    struct pleat_train_report *report = &trainer->report;
    char path[PATH_MAX];
    const bool better = trainer->options.lower_is_better ? report->metric < report->best_metric
                                                         : report->metric > report->best_metric;
    if (!better || !keep_file)
        return PLEAT_OK;
    const double best_metric = report->best_metric;
    const int64_t best_step = report->best_step;
    report->best_metric = report->metric;
    report->best_step = report->step;
    enum pleat_status status = PLEAT_OK;
    if (pleat__best_path(trainer, path, sizeof path))
        status = write_file(trainer, path, false, error);
    if (status != PLEAT_OK) {
        report->best_metric = best_metric;
        report->best_step = best_step;
    }
    return status;
}

enum pleat_status pleat__train_validate(struct pleat_trainer *trainer, bool keep_file,
                                        struct pleat_error *error) {
    const struct pleat_train_options *options = &trainer->options;
    double metric = NAN;
    swap_averages(trainer);
    enum pleat_status status = options->validate(options->context, trainer, &metric, error);
    if (status == PLEAT_OK) {
        trainer->report.metric = metric;
        trainer->report.validated = 1;
        trainer->validated_at = trainer->report.seconds;
        status = keep_best(trainer, keep_file, error);
    }
    swap_averages(trainer);
    return status;
}

enum pleat_status pleat_trainer_validate(struct pleat_trainer *trainer, struct pleat_error *error) {
    PLEAT__REQUIRE(trainer, error);
    if (trainer->options.validate == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the options have no validate");
    return pleat__train_validate(trainer, true, error);
}

/* Takes over a checkpoint that has been read. */
static enum pleat_status take_up(struct pleat_trainer *trainer,
                                 const struct pleat_safetensors *file, struct pleat_error *error) {
    struct pleat_train_report report = trainer->report;
    struct content *content = content_create(trainer, true);
    if (content == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the metadata");
    enum pleat_status status = pleat__run_text_compare(&content->run, trainer, file, error);
    if (status == PLEAT_OK)
        status = pleat__run_text_read(&report, file, error);
    if (status == PLEAT_OK)
        status = pleat_checkpoint_load_parts(content->part, trainer->part_count, file, error);
    if (status == PLEAT_OK) {
        const int64_t epoch = trainer->options.epoch_steps;
        report.epoch = epoch > 0 ? pleat__ceil_divide(report.step, epoch) : 0;
        trainer->report = report;
        trainer->saved_step = report.step;
        trainer->validated_at = trainer->saved_at = report.seconds;
        trainer->begun = true;
    }
    content_free(content);
    return status;
}

enum pleat_status pleat_trainer_resume(struct pleat_trainer *trainer, struct pleat_error *error) {
    PLEAT__REQUIRE(trainer, error);
    const char *folder = trainer->options.folder;
    PLEAT__REQUIRE(folder, error);
    if (trainer->begun)
        return pleat__fail(error, PLEAT_WRONG_STATE, "the run has begun already");
    char path[PATH_MAX];
    int64_t latest;
    struct pleat_safetensors *file;
    PLEAT__TRY(pleat__run_latest(folder, &latest, error));
    if (latest < 0)
        return pleat__fail(error, PLEAT_IO, "%s: holds no checkpoint to resume from",
                           pleat__path_end(folder));
    PLEAT__TRY(pleat__run_path(path, sizeof path, folder, latest, error));
    PLEAT__TRY(pleat_safetensors_read(&file, path, error));
    struct pleat_error detail = {.message = ""};
    const enum pleat_status status = take_up(trainer, file, &detail);
    pleat_safetensors_free(file);
    return status == PLEAT_OK ? PLEAT_OK : pleat__fail_in(error, path, &detail);
}
