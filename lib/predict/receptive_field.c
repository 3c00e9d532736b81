/* Receptive fields: the pixels asked of the output are marked, then, from layer to layer towards
 * the input, those that they depend on. */
#include <pleat/receptive_field.h>

#include "predict/spacing.h"

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"

/* The pixels of a layer that are wanted: some of first..last, those with a mark. */
struct wanted {
    int64_t first, last; /* first > last: none */
    unsigned char *mark;
};

struct walk {
    const struct pleat_model *model;
    int axis;
    struct pleat__program *sketch;  /* tells the extents; NULL: images without end */
    struct pleat__spacing *spacing; /* one a layer */
    struct wanted *wanted;          /* one a layer */
};

static enum pleat_status too_large(const struct pleat__layer *layer, struct pleat_error *error) {
    return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                       "layer \"%s\": more than 2^31 pixels of its input are in reach",
                       layer->name);
}

/* Cuts off what lies outside of the image of that layer, and tells the last pixel that is left;
 * false where it overflows. */
static bool clip(const struct walk *walk, int layer, struct pleat__reach *reach, int64_t *last) {
    if (walk->sketch != NULL && reach->count > 0) {
        const int64_t end = walk->sketch->step[layer].value.extent[2 + walk->axis];
        const int64_t skipped =
            reach->first < 0 ? pleat__ceil_divide(-reach->first, reach->step) : 0;
        const int64_t stop = reach->first < end ? (end - 1 - reach->first) / reach->step + 1 : 0;
        reach->count = pleat__max(pleat__min(reach->count, stop) - skipped, 0);
        reach->first += skipped * reach->step;
    }
    return pleat__multiply(reach->count - 1, reach->step, last) &&
           pleat__add(*last, reach->first, last);
}

/* Widens the pixels wanted of a layer's input by a reach, or marks them. */
static bool want(const struct walk *walk, int layer, struct pleat__reach reach, bool marking) {
    struct wanted *wanted = &walk->wanted[layer];
    int64_t last;
    if (walk->spacing[layer].in == 0)
        return true; /* it does not depend on the input */
    if (!clip(walk, layer, &reach, &last))
        return false;
    if (reach.count == 0)
        return true;
    if (marking)
        for (int64_t j = 0; j < reach.count; j++)
            wanted->mark[reach.first + j * reach.step - wanted->first] = 1;
    else {
        const bool none = wanted->first > wanted->last;
        wanted->first = none ? reach.first : pleat__min(wanted->first, reach.first);
        wanted->last = none ? last : pleat__max(wanted->last, last);
    }
    int64_t length;
    return pleat__subtract(wanted->last, wanted->first, &length) && length < INT32_MAX;
}

/* Walks towards the inputs: first to find how far the pixels wanted of each layer lie apart, in
 * which gaps count as wanted, then to mark them. */
static enum pleat_status walk_layers(const struct walk *walk, bool marking,
                                     struct pleat_error *error) {
    for (int i = walk->model->layer_count - 1; i >= 0; i--) {
        const struct pleat__layer *layer = walk->model->layer[i];
        const struct wanted *wanted = &walk->wanted[i];
        for (int64_t o = wanted->first; layer->input_count > 0 && o <= wanted->last; o++) {
            struct pleat__reach reach;
            if (marking && wanted->mark[o - wanted->first] == 0)
                continue;
            if (!pleat__find_reach(layer, walk->axis, o, &reach))
                return too_large(layer, error);
            for (int k = 0; k < layer->input_count; k++)
                if (!want(walk, layer->input[k], reach, marking))
                    return too_large(layer, error);
        }
    }
    return PLEAT_OK;
}

/* Gives every layer the marks for its pixels, in one block. */
static void *allocate_marks(const struct walk *walk) {
    size_t bytes = 0;
    for (int i = 0; i < walk->model->layer_count; i++)
        bytes += (size_t)(walk->wanted[i].last - walk->wanted[i].first + 1);
    unsigned char *block = pleat__allocate(bytes, 1), *mark = block;
    for (int i = 0; block != NULL && i < walk->model->layer_count; i++) {
        walk->wanted[i].mark = mark;
        mark += walk->wanted[i].last - walk->wanted[i].first + 1;
    }
    return block;
}

/* From the first to the last pixel with a mark. */
static struct pleat_pixel_range marked_range(const struct wanted *wanted) {
    int64_t first = wanted->first, last = wanted->last;
    while (first <= last && wanted->mark[first - wanted->first] == 0)
        first++;
    while (last > first && wanted->mark[last - wanted->first] == 0)
        last--;
    return (struct pleat_pixel_range){first <= last ? first : 0, last - first + 1};
}

static enum pleat_status find_range(const struct walk *walk, int input, int output,
                                    struct pleat_pixel_range outputs,
                                    struct pleat_pixel_range *range, struct pleat_error *error) {
    struct wanted *asked = &walk->wanted[pleat__output(walk->model, output)];
    for (int i = 0; i < walk->model->layer_count; i++)
        walk->wanted[i] = (struct wanted){.first = 0, .last = -1};
    *asked = (struct wanted){.first = outputs.first};
    if (!pleat__add(outputs.first, outputs.count - 1, &asked->last) || outputs.count > INT32_MAX)
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW, "more than 2^31 pixels are asked for");
    PLEAT__TRY(walk_layers(walk, false, error));
    void *marks = allocate_marks(walk);
    if (marks == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory to mark pixels");
    for (int64_t o = 0; o < outputs.count; o++)
        asked->mark[o] = 1;
    const enum pleat_status status = walk_layers(walk, true, error);
    if (status == PLEAT_OK)
        *range = marked_range(&walk->wanted[walk->model->input[input]]);
    pleat__free(marks);
    return status;
}

static enum pleat_status check_ends(const struct pleat_model *model, int input, int output,
                                    int axis, struct pleat_error *error) {
    if (input < 0 || input >= pleat_model_input_count(model))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "input must be 0 to %d, got %d",
                           pleat_model_input_count(model) - 1, input);
    if (output < 0 || output >= pleat_model_output_count(model))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "output must be 0 to %d, got %d",
                           pleat_model_output_count(model) - 1, output);
    const struct pleat__layer *layer = model->layer[model->input[input]];
    if (axis < 0 || axis >= layer->rank)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "axis must be 0 to %d, as \"%s\" has rank %d, got %d", layer->rank - 1,
                           layer->name, layer->rank, axis);
    return PLEAT_OK;
}

/* Checks the arguments, makes the walk's arrays, which close_walk frees even where this fails, and
 * finds the spacings. */
static enum pleat_status open_walk(struct walk *walk, int input, int output, int64_t *period,
                                   struct pleat_error *error) {
    PLEAT__REQUIRE(walk->model, error);
    PLEAT__TRY(check_ends(walk->model, input, output, walk->axis, error));
    walk->wanted = pleat__allocate((size_t)walk->model->layer_count, sizeof *walk->wanted);
    walk->spacing = pleat__allocate((size_t)walk->model->layer_count, sizeof *walk->spacing);
    if (walk->wanted == NULL || walk->spacing == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the model's layers");
    return pleat__find_spacing(walk->model, input, output, output, walk->axis, walk->spacing,
                               period, error);
}

static void close_walk(const struct walk *walk) {
    pleat__free(walk->wanted);
    pleat__free(walk->spacing);
    pleat__program_free(walk->model, walk->sketch);
}

/* Fills in all but size, and then size: the most that one of the outputs of a period has. */
static enum pleat_status find_field(const struct walk *walk, int input, int output, int64_t period,
                                    struct pleat_receptive_field *field,
                                    struct pleat_error *error) {
    const struct pleat__spacing *spacing = &walk->spacing[pleat__output(walk->model, output)];
    struct pleat_receptive_field found = {.size = 0};
    if (spacing->in != 0) {
        found.stride_in = spacing->in;
        found.stride_out = spacing->out;
        found.period = period / spacing->in * spacing->out;
    }
    for (int64_t o = 0; o < found.period; o++) {
        struct pleat_pixel_range range = {0, 0};
        PLEAT__TRY(
            find_range(walk, input, output, (struct pleat_pixel_range){o, 1}, &range, error));
        found.size = pleat__max(found.size, range.count);
    }
    *field = found;
    return PLEAT_OK;
}

enum pleat_status pleat_model_receptive_field(const struct pleat_model *model, int input,
                                              int output, int axis,
                                              struct pleat_receptive_field *field,
                                              struct pleat_error *error) {
    PLEAT__REQUIRE(field, error);
    struct walk walk = {.model = model, .axis = axis};
    int64_t period;
    enum pleat_status status = open_walk(&walk, input, output, &period, error);
    if (status == PLEAT_OK)
        status = find_field(&walk, input, output, period, field, error);
    close_walk(&walk);
    return status;
}

static enum pleat_status check_outputs(const struct walk *walk, int output,
                                       struct pleat_pixel_range outputs,
                                       struct pleat_error *error) {
    if (outputs.count < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "outputs.count must be at least 1, got %lld", (long long)outputs.count);
    if (walk->sketch == NULL)
        return PLEAT_OK;
    const int64_t extent =
        walk->sketch->step[pleat__output(walk->model, output)].value.extent[2 + walk->axis];
    if (outputs.first < 0 || outputs.first >= extent || outputs.count > extent - outputs.first)
        return pleat__fail(
            error, PLEAT_INVALID_ARGUMENT,
            "outputs must lie within the %lld pixels of the axis, got %lld from %lld",
            (long long)extent, (long long)outputs.count, (long long)outputs.first);
    return PLEAT_OK;
}

enum pleat_status pleat_model_receptive_range(const struct pleat_model *model, int input,
                                              int output, int axis,
                                              const struct pleat_compile_options *options,
                                              struct pleat_pixel_range outputs,
                                              struct pleat_pixel_range *range,
                                              struct pleat_error *error) {
    PLEAT__REQUIRE(range, error);
    struct walk walk = {.model = model, .axis = axis};
    int64_t period;
    enum pleat_status status = open_walk(&walk, input, output, &period, error);
    if (status == PLEAT_OK && options != NULL)
        status = pleat__program_make(&walk.sketch, model, options, true, error);
    if (status == PLEAT_OK)
        status = check_outputs(&walk, output, outputs, error);
    if (status == PLEAT_OK)
        status = find_range(&walk, input, output, outputs, range, error);
    close_walk(&walk);
    return status;
}
