/* Fitting model, data and loss to each other. */
#include "fit/task.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include <pleat/summary.h>

#include "fault.h"
#include "model_file.h"

static bool is_folder(const char *path) {
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

enum pleat_status fit_task_compile(struct fit_task *task, enum pleat_mode mode,
                                   struct pleat_error *error) {
    struct pleat_compile_options options = pleat_compile_options_init();
    options.mode = mode;
    options.batch = task->options->training.batch;
    options.extent[0] = task->extent[0];
    options.extent[1] = task->extent[1];
    options.threads = task->options->training.threads;
    return pleat_model_compile(task->model, &options, error);
}

static enum pleat_status read_model(struct fit_task *task, struct pleat_error *error) {
    bool has_values;
    int64_t channels;
    TRY(model_file_read_values(&task->model, task->options->model, &has_values, error));
    if (!has_values)
        TRY(pleat_model_initialise(task->model, task->options->training.seed, error));
    if (pleat_model_dtype(task->model) != PLEAT_FLOAT32)
        return fault(error, PLEAT_UNSUPPORTED, "the model must be in float32");
    if (pleat_model_input_count(task->model) != 1 || pleat_model_output_count(task->model) != 1)
        return fault(error, PLEAT_UNSUPPORTED,
                     "the model must have one input and one output, it has %d and %d",
                     pleat_model_input_count(task->model), pleat_model_output_count(task->model));
    if (pleat_model_input_shape(task->model, 0, &channels) != 2 || (channels != 1 && channels != 3))
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the model's input must be an image of 1 or 3 channels");
    task->channels = (int)channels;
    return PLEAT_OK;
}

static struct pleat_source_options source_options(const struct fit_task *task) {
    const struct fit_options *o = task->options;
    struct pleat_source_options options = pleat_source_options_init();
    options.channels = task->channels;
    options.target_channels = o->targets != NULL ? (int)task->out_channels : 0;
    options.target_scale = task->scale;
    options.classes = task->classes;
    for (int i = 0; i < 256 && o->class_count > 0; i++)
        options.class_of[i] = -1;
    for (int i = 0; i < o->class_count; i++)
        options.class_of[o->class_number[i]] = i;
    if (o->ignored >= 0)
        options.class_of[o->ignored] = options.ignored;
    return options;
}

static enum pleat_status open_source(struct fit_task *task, struct pleat_error *error) {
    const struct fit_options *o = task->options;
    const struct pleat_source_options options = source_options(task);
    if (!is_folder(o->data))
        return pleat_source_open_idx(&task->source, o->data, o->labels, &options, error);
    if (o->labels != NULL)
        return pleat_source_open_labelled(&task->source, o->data, o->labels, &options, error);
    if (o->targets != NULL)
        return pleat_source_open_pairs(&task->source, o->data, o->targets, &options, error);
    return pleat_source_open_folder(&task->source, o->data, &options, error);
}

/* The extents of a batch's images: the crop's, or the first image's, read without its partner. */
static enum pleat_status find_extent(struct fit_task *task, struct pleat_error *error) {
    const struct fit_options *o = task->options;
    struct pleat_source *images;
    struct pleat_item item;
    task->extent[0] = o->augmentation.height;
    task->extent[1] = o->augmentation.width;
    if (o->augmentation.crop != PLEAT_CROP_NONE)
        return PLEAT_OK;
    const struct pleat_source_options plain = {
        .channels = task->channels, .target_scale = 1, .classes = 256, .ignored = -100};
    TRY(is_folder(o->data) ? pleat_source_open_folder(&images, o->data, &plain, error)
                           : pleat_source_open_idx(&images, o->data, NULL, &plain, error));
    const enum pleat_status status = pleat_source_read(&item, images, 0, error);
    if (status == PLEAT_OK) {
        task->extent[0] = item.image.height;
        task->extent[1] = item.image.width;
        pleat_item_free(&item);
    }
    pleat_source_free(images);
    return status;
}

/* Compiles the model for the images and tells what it makes of them. */
static enum pleat_status find_output(struct fit_task *task, struct pleat_error *error) {
    struct pleat_error detail;
    const int64_t *in = task->extent;
    const enum pleat_status status = fit_task_compile(task, PLEAT_TRAINING, &detail);
    if (status != PLEAT_OK)
        return fault(error, status,
                     "the model does not take images of %" PRId64 "x%" PRId64
                     " (see --crop): %.150s",
                     in[0], in[1], detail.message);
    const struct pleat_tensor *output = pleat_model_output(task->model);
    const int64_t *out = output->extent + 2;
    task->out_channels = output->extent[1];
    task->kind = output->rank == 2               ? FIT_CLASSES
                 : task->options->labels != NULL ? FIT_PIXELS
                                                 : FIT_IMAGES;
    if (output->rank != 4 && output->rank != 2)
        return fault(error, PLEAT_INVALID_SHAPE, "the model's output must be an image or a vector");
    task->scale = output->rank == 4 ? out[0] / in[0] : 1;
    if (output->rank == 4 &&
        (task->scale < 1 || out[0] != task->scale * in[0] || out[1] != task->scale * in[1]))
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the model makes %" PRId64 "x%" PRId64 " of %" PRId64 "x%" PRId64
                     " pixels: it must enlarge both sides by the same whole number",
                     out[0], out[1], in[0], in[1]);
    return PLEAT_OK;
}

static enum pleat_status check_images(const struct fit_task *task, struct pleat_error *error) {
    const bool itself = task->options->targets == NULL;
    const int64_t channels = task->out_channels;
    if (task->kind == FIT_CLASSES)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the model's output is a vector: that needs --labels, a class for each image");
    if (itself && (channels != task->channels || task->scale != 1))
        return fault(error, PLEAT_INVALID_SHAPE,
                     "without --targets or --labels the image itself is the target: the model must "
                     "put out %d channels of its size, not %" PRId64 " of %" PRId64
                     " times its size",
                     task->channels, channels, task->scale);
    if (channels != 1 && channels != 3)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "targets are images of 1 or 3 channels, the model's output has %" PRId64,
                     channels);
    if (task->loss.kind == PLEAT_LOSS_CROSS_ENTROPY)
        return fault(error, PLEAT_INVALID_ARGUMENT, "the loss cross-entropy needs --labels");
    return PLEAT_OK;
}

static enum pleat_status check_labels(const struct fit_task *task, struct pleat_error *error) {
    const struct fit_options *o = task->options;
    const bool binary = task->loss.kind == PLEAT_LOSS_BINARY_CROSS_ENTROPY;
    if (!binary && task->loss.kind != PLEAT_LOSS_CROSS_ENTROPY)
        return fault(error, PLEAT_INVALID_ARGUMENT, "--labels need the loss cross-entropy or bce");
    if (binary && task->out_channels != 1)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "with labels bce needs an output of 1 channel, it has %" PRId64,
                     task->out_channels);
    if (binary && (o->ignored >= 0 || o->weight_count > 0))
        return fault(error, PLEAT_UNSUPPORTED, "--ignore and --weights need cross-entropy");
    if (!binary && (task->out_channels < 2 || task->out_channels > 256))
        return fault(error, PLEAT_INVALID_SHAPE,
                     "cross-entropy needs an output of 2 to 256 channels, a class each, it has "
                     "%" PRId64 "; bce takes 1",
                     task->out_channels);
    if (task->scale != 1)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "labels need an output of the image's size, not %" PRId64 " times as large",
                     task->scale);
    if (o->class_count > 0 && o->class_count != task->classes)
        return fault(error, PLEAT_INVALID_ARGUMENT, "--classes has %d numbers for %d classes",
                     o->class_count, task->classes);
    if (o->weight_count > 0 && o->weight_count != task->classes)
        return fault(error, PLEAT_INVALID_ARGUMENT, "--weights has %d numbers for %d classes",
                     o->weight_count, task->classes);
    return PLEAT_OK;
}

/* Chooses the loss and refuses what does not fit. */
static enum pleat_status set_loss(struct fit_task *task, struct pleat_error *error) {
    const struct fit_options *o = task->options;
    const bool labels = o->labels != NULL;
    const int usual = labels ? PLEAT_LOSS_CROSS_ENTROPY : PLEAT_LOSS_MSE;
    task->loss = pleat_output_loss_init((enum pleat_loss_kind)(o->loss >= 0 ? o->loss : usual));
    task->classes = task->loss.kind == PLEAT_LOSS_CROSS_ENTROPY ? (int32_t)task->out_channels : 2;
    if (!labels && (o->class_count > 0 || o->ignored >= 0 || o->weight_count > 0))
        return fault(error, PLEAT_INVALID_ARGUMENT,
                     "--classes, --ignore and --weights need --labels");
    TRY(labels ? check_labels(task, error) : check_images(task, error));
    if (o->weight_count > 0) {
        const int64_t extent[1] = {task->classes};
        task->class_weight = pleat_tensor_view(o->weight, PLEAT_FLOAT32, 1, extent);
        task->loss.cross_entropy.weight = &task->class_weight;
    }
    return PLEAT_OK;
}

/* What the first item tells: labels of images or of pixels, and sizes. */
static enum pleat_status check_first(struct fit_task *task, struct pleat_error *error) {
    struct pleat_item item;
    TRY(pleat_source_read(&item, task->source, 0, error));
    const bool pixels = item.labels.data != NULL && item.labels.rank == 2;
    const bool labels = item.labels.data != NULL;
    pleat_item_free(&item);
    if (labels && pixels != (task->kind == FIT_PIXELS))
        return fault(error, PLEAT_INVALID_SHAPE,
                     pixels ? "the labels are of pixels, but the model's output is a vector"
                            : "the labels are of images, but the model's output is an image: a "
                              "reshape and a dense layer make a vector of it");
    return PLEAT_OK;
}

enum pleat_status fit_task_open(struct fit_task *task, const struct fit_options *options,
                                struct pleat_error *error) {
    *task = (struct fit_task){.options = options};
    if (options->targets != NULL && !is_folder(options->data))
        return fault(error, PLEAT_INVALID_ARGUMENT, "--targets is for --data that is a folder");
    TRY(read_model(task, error));
    TRY(find_extent(task, error));
    TRY(find_output(task, error));
    TRY(set_loss(task, error));
    TRY(open_source(task, error));
    TRY(check_first(task, error));
    const size_t count = pleat_source_count(task->source);
    const size_t wanted = (size_t)((double)count * options->validate + 0.5);
    if (count < 2)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "a training needs at least two images, one of them held out; there is 1");
    return pleat_source_split(&task->train, &task->held_out, task->source,
                              wanted < 1       ? 1
                              : wanted < count ? wanted
                                               : count - 1,
                              options->training.seed, error);
}

void fit_task_free(struct fit_task *task) {
    pleat_source_free(task->train);
    pleat_source_free(task->held_out);
    pleat_source_free(task->source);
    pleat_model_free(task->model);
}

const char *fit_task_output(const struct fit_task *task) {
    const bool binary = task->loss.kind == PLEAT_LOSS_BINARY_CROSS_ENTROPY;
    return binary ? "logits" : task->options->labels != NULL ? "classes" : "image";
}
