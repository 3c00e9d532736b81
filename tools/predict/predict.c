/* The verb predict: a model applied to one image or array. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"
#include "options.h"
#include "picture.h"
#include "verbs.h"

enum { OPTION_AS, OPTION_MEMORY, OPTION_THREADS, OPTION_HELP };

static const struct option long_options[] = {
    {"as", required_argument, NULL, OPTION_AS},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void) {
    fputs(
        "Usage: pleat predict MODEL INPUT OUTPUT [OPTION]...\n"
        "Applies a checkpoint to an image of any size, by tiles without seams where it is large.\n"
        "\n"
        "  INPUT          a PNG or JPEG, or a .npy of float32 [C][H][W] or [N][C][H][W], or of\n"
        "                 vectors [C] or [N][C]\n"
        "  OUTPUT         a PNG, or a .npy of the numbers as the network puts them out\n"
        "  --as WHAT      what a PNG shows: image (0 to 1), logits (of such an image) or classes\n"
        "                 (the number of the highest channel); default: as it was trained, or\n"
        "                 image for outputs of 1 or 3 channels and classes for others\n"
        "  --memory MIB   the most that the network's activations take; default 1024\n"
        "  --threads N    default: as many as there are cores\n",
        stdout);
}

struct prediction {
    const char *model_path, *input_path, *output_path;
    const char *as; /* NULL: not said */
    int64_t memory, threads;
    struct pleat_safetensors *file;
    struct pleat_model *model;
    struct pleat_predictor *predictor;
    struct pleat_tensor input, output;
};

static bool ends_with(const char *text, const char *ending) {
    const size_t length = strlen(text), tail = strlen(ending);
    return length > tail && strcmp(text + length - tail, ending) == 0;
}

/* Puts the axis of the images before an array of one. */
static void add_batch(struct pleat_tensor *tensor) {
    for (int axis = tensor->rank; axis > 0; axis--)
        tensor->extent[axis] = tensor->extent[axis - 1];
    tensor->extent[0] = 1;
    tensor->rank++;
}

static enum pleat_status read_input(struct prediction *p, struct pleat_error *error) {
    int64_t channels;
    const int rank = pleat_model_input_shape(p->model, 0, &channels);
    if (pleat_model_input_count(p->model) != 1)
        return fault(error, PLEAT_UNSUPPORTED, "%.150s: the model has several inputs",
                     p->model_path);
    if (!ends_with(p->input_path, ".npy")) {
        if (rank == 2)
            return picture_read(&p->input, p->input_path, channels, error);
        return fault(error, PLEAT_INVALID_SHAPE,
                     "%.150s: the model's input is no image: give a .npy", p->input_path);
    }
    TRY(pleat_npy_read(&p->input, p->input_path, error));
    if (p->input.rank == rank + 1)
        add_batch(&p->input);
    if (p->input.rank != rank + 2 || p->input.extent[1] != channels)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "%.150s: the model takes [N][%lld] with %d further axes", p->input_path,
                     (long long)channels, rank);
    return PLEAT_OK;
}

static enum pleat_status run_model(struct prediction *p, struct pleat_error *error) {
    struct pleat_predict_options options = pleat_predict_options_init();
    struct pleat_prediction plan;
    options.memory = (size_t)p->memory << 20;
    options.threads = (int)p->threads;
    options.extension = PLEAT_EXTEND_REFLECT;
    TRY(pleat_predictor_create(&p->predictor, p->model, &options, error));
    TRY(pleat_predictor_plan(p->predictor, p->input.extent[0], p->input.extent + 2, &plan, error));
    if (plan.output_count != 1)
        return fault(error, PLEAT_UNSUPPORTED, "%.150s: the model has %d outputs", p->model_path,
                     plan.output_count);
    TRY(pleat_tensor_allocate(&p->output, plan.output[0].dtype, plan.output[0].rank,
                              plan.output[0].extent, error));
    return pleat_predictor_run(p->predictor, &p->input, 1, &p->output, error);
}

/* The number that stands for a class: that of the training's --classes, or itself. */
static int number_of(const char *list, int32_t class_index) {
    for (int32_t i = 0; list != NULL && *list != '\0'; i++) {
        char *end;
        const long number = strtol(list, &end, 10);
        if (i == class_index && end != list && number >= 0 && number <= 255)
            return (int)number;
        list = *end == ',' ? end + 1 : "";
    }
    return class_index;
}

static enum pleat_status write_classes(const struct prediction *p, const char *classes,
                                       struct pleat_error *error) {
    const struct pleat_tensor *y = &p->output;
    const int64_t extent[3] = {1, y->extent[2], y->extent[3]};
    const int64_t pixels = extent[1] * extent[2];
    struct pleat_image image;
    if (y->extent[1] > 256)
        return fault(error, PLEAT_UNSUPPORTED, "a PNG has room for 256 classes, there are %lld",
                     (long long)y->extent[1]);
    int32_t *numbers = malloc((size_t)pixels * sizeof *numbers);
    if (numbers == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for the classes");
    const struct pleat_labels labels = pleat_labels_view(numbers, 3, extent);
    enum pleat_status status = pleat_labels_from_scores(&labels, y, error);
    if (status == PLEAT_OK)
        status = pleat_image_allocate(&image, extent[2], extent[1], 1, error);
    if (status == PLEAT_OK) {
        for (int64_t i = 0; i < pixels; i++)
            image.pixels[i] = (uint8_t)number_of(classes, numbers[i]);
        status = pleat_image_write_png(p->output_path, &image, error);
        pleat_image_free(&image);
    }
    free(numbers);
    return status;
}

static enum pleat_status write_png(const struct prediction *p, struct pleat_error *error) {
    const char *trained = pleat_safetensors_metadata(p->file, "output");
    const struct pleat_tensor *y = &p->output;
    if (y->rank != 4 || y->extent[0] != 1 || y->dtype != PLEAT_FLOAT32)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "%.150s: the output is no single image: a .npy takes it", p->output_path);
    const bool pictorial = y->extent[1] == 1 || y->extent[1] == 3;
    const char *as = p->as != NULL     ? p->as
                     : trained != NULL ? trained
                     : pictorial       ? "image"
                                       : "classes";
    if (strcmp(as, "classes") == 0)
        return write_classes(p, pleat_safetensors_metadata(p->file, "classes"), error);
    if (!pictorial)
        return fault(
            error, PLEAT_INVALID_SHAPE,
            "%.150s: an image has 1 or 3 channels, the output %lld: --as classes, or a .npy",
            p->output_path, (long long)y->extent[1]);
    float *values = y->data;
    for (int64_t i = 0; strcmp(as, "logits") == 0 && i < pleat_tensor_size(y); i++)
        values[i] = 1 / (1 + expf(-values[i]));
    const struct pleat_tensor planes = pleat_tensor_view(y->data, PLEAT_FLOAT32, 3, y->extent + 1);
    return picture_write(p->output_path, &planes, error);
}

static enum pleat_status predict(struct prediction *p, struct pleat_error *error) {
    const bool npy = ends_with(p->output_path, ".npy");
    if (!npy && !ends_with(p->output_path, ".png"))
        return fault(error, PLEAT_INVALID_ARGUMENT, "%.150s: an output must end in .png or .npy",
                     p->output_path);
    TRY(pleat_safetensors_read(&p->file, p->model_path, error));
    if (pleat_safetensors_metadata(p->file, "superres.scale") != NULL)
        return fault(error, PLEAT_UNSUPPORTED,
                     "%.150s: what train superres has made is for pleat upscale", p->model_path);
    struct pleat_error detail;
    const enum pleat_status status = pleat_checkpoint_model(&p->model, p->file, &detail);
    if (status != PLEAT_OK)
        return fault(error, status, "%.100s: %.150s", p->model_path, detail.message);
    TRY(read_input(p, error));
    TRY(run_model(p, error));
    return npy ? pleat_npy_write(p->output_path, &p->output, error) : write_png(p, error);
}

/* Returns whether to go on; else *status is the program's. */
static bool read_options(int argc, char **argv, struct prediction *p, int *status) {
    opterr = 0;
    *status = EXIT_USAGE;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        bool good = true;
        if (option == OPTION_HELP) {
            print_help();
            *status = EXIT_SUCCESS;
            return false;
        }
        if (option == OPTION_AS) {
            p->as = optarg;
            good = strcmp(optarg, "image") == 0 || strcmp(optarg, "logits") == 0 ||
                   strcmp(optarg, "classes") == 0;
            if (!good)
                usage_error("predict", "--as must be image, logits or classes, got '%s'", optarg);
        } else if (option == OPTION_MEMORY)
            good = read_integer("predict", "--memory", optarg, 1, 1 << 24, &p->memory);
        else if (option == OPTION_THREADS)
            good = read_integer("predict", "--threads", optarg, 1, PLEAT_MAX_THREADS, &p->threads);
        else {
            option_error("predict", argv, option);
            good = false;
        }
        if (!good)
            return false;
    }
    if (argc - optind == 3)
        return true;
    usage_error("predict", "it needs a model, an input and an output, got %d names", argc - optind);
    return false;
}

int verb_predict(int argc, char **argv) {
    struct prediction p = {.memory = 1024};
    struct pleat_error error;
    int result;
    if (!read_options(argc, argv, &p, &result))
        return result;
    p.model_path = argv[optind];
    p.input_path = argv[optind + 1];
    p.output_path = argv[optind + 2];
    const enum pleat_status status = predict(&p, &error);
    pleat_tensor_free(&p.input);
    pleat_tensor_free(&p.output);
    pleat_predictor_free(p.predictor);
    pleat_model_free(p.model);
    pleat_safetensors_free(p.file);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure("predict", &error);
}
