/* Going through the layers. */
#include "inspect/inspection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/summary.h>

#include "fault.h"
#include "inspect/gain.h"
#include "inspect/maps.h"
#include "inspect/pages.h"
#include "inspect/statistics.h"
#include "picture.h"

/* All of one layer; the maps are NULL where no image is looked at. */
struct view {
    struct pleat_layer_summary layer;
    struct gain gain;           /* of a transposed convolution with parameters of its own */
    struct pleat_tensor weight; /* of conv and conv_transpose, else data NULL */
    const struct pleat_tensor *map;
};

struct inspection {
    const struct pleat_model *model;
    const struct inspection_options *options;
    int count;
    struct view *view;
    struct pleat_tensor *map;
    struct page *page;
};

static void print_extents(const int64_t *extent, int rank) {
    for (int i = 0; i < rank; i++)
        printf("%s%lld", i > 0 ? "x" : "", (long long)extent[i]);
}

/* The numbers of a tensor, behind its name. */
static void print_numbers(const char *name, const struct pleat_tensor *tensor) {
    const struct statistics s = statistics_of(tensor);
    printf("  %-20s ", name);
    print_extents(tensor->extent, tensor->rank);
    printf("  mean %.4g  deviation %.4g  min %.4g  max %.4g  zeros %.1f%%", s.mean, s.deviation,
           s.low, s.high, 100 * (double)s.zeros / (double)(s.count > 0 ? s.count : 1));
    if (s.not_finite > 0)
        printf("  not finite %lld", (long long)s.not_finite);
    putchar('\n');
    if (s.not_finite > 0)
        printf("  warning: %s holds numbers that are not finite\n", name);
}

static void print_values(const struct pleat_model *model, const char *layer) {
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter parameter = pleat_model_parameter(model, i);
        if (strcmp(parameter.layer, layer) == 0)
            print_numbers(parameter.name + strlen(layer) + 1, &parameter.value);
    }
    for (int i = 0; i < pleat_model_state_count(model); i++) {
        const struct pleat_state state = pleat_model_state(model, i);
        if (strcmp(state.layer, layer) == 0)
            print_numbers(state.name + strlen(layer) + 1, &state.value);
    }
}

/* Kernel, stride and what is not as usual. */
static void print_geometry(const struct pleat_conv_params *params) {
    int64_t kernel[PLEAT_MAX_AXES], stride[PLEAT_MAX_AXES], dilation[PLEAT_MAX_AXES];
    for (int a = 0; a < params->rank; a++) {
        kernel[a] = params->axis[a].kernel;
        stride[a] = params->axis[a].stride;
        dilation[a] = params->axis[a].dilation;
    }
    printf("  %lld to %lld channels, kernel ", (long long)params->in_channels,
           (long long)params->out_channels);
    print_extents(kernel, params->rank);
    fputs(", stride ", stdout);
    print_extents(stride, params->rank);
    fputs(", dilation ", stdout);
    print_extents(dilation, params->rank);
    putchar('\n');
}

static void print_gain(const char *name, const struct gain *gain) {
    const struct statistics s = statistics_of(&gain->gain);
    printf("  taps a pixel %g to %g inside the border, checkerboard number %.4g\n",
           gain->least_taps, gain->most_taps, gain->checkerboard);
    printf("  gain of the filters %.4g to %.4g, checkerboard number at most %.4g, %lld of %lld "
           "channels at %g or above\n",
           s.low, s.high, gain->largest, (long long)gain->uneven, (long long)gain->channels,
           GAIN_UNEVEN);
    if (gain->checkerboard > 0)
        printf(
            "  warning: %s: the taps overlap unevenly, %g to %g a pixel: a checkerboard; a kernel "
            "that the stride divides avoids it\n",
            name, gain->least_taps, gain->most_taps);
    if (gain->uneven > 0)
        printf("  warning: %s: the filters' gains differ by %.3g of their mean between "
               "neighbouring pixels: a checkerboard in %lld of %lld channels\n",
               name, gain->largest, (long long)gain->uneven, (long long)gain->channels);
}

static void print_view(const struct pleat_model *model, const struct view *view) {
    printf("%s: %s\n", view->layer.name, view->layer.kind);
    if (view->layer.conv.rank > 0)
        print_geometry(&view->layer.conv);
    print_values(model, view->layer.name);
    if (view->gain.channels > 0)
        print_gain(view->layer.name, &view->gain);
    if (view->map == NULL)
        return;
    print_numbers("output", view->map);
    const int64_t constant = constant_channels(view->map), channels = view->map->extent[1];
    if (view->map->rank > 2 && constant > 0)
        printf("  %lld of %lld channels are the same everywhere\n", (long long)constant,
               (long long)channels);
}

static struct plate *add_plate(struct page *page, const struct pleat_tensor *tensor, int leading,
                               const char *what) {
    struct plate *plate = &page->plate[page->count++];
    *plate = (struct plate){.tensor = tensor, .leading = leading};
    snprintf(plate->title, sizeof plate->title, "%s: %s", page->name, what);
    return plate;
}

/* Fills the page with what there is of the layer. */
static void fill_page(struct page *page, const struct view *view, int number) {
    char text[128];
    *page = (struct page){.name = view->layer.name, .number = number};
    const bool transposed = strcmp(view->layer.kind, "conv_transpose") == 0;
    if (view->weight.data != NULL)
        add_plate(page, &view->weight, 2,
                  transposed ? "filters, a row an input channel"
                             : "filters, a row an output channel");
    if (view->gain.channels > 0) {
        snprintf(text, sizeof text, "taps that reach each pixel, checkerboard number %.4g",
                 view->gain.checkerboard);
        add_plate(page, &view->gain.taps, 0, text);
        snprintf(text, sizeof text, "gain of the filters, checkerboard number at most %.4g",
                 view->gain.largest);
        add_plate(page, &view->gain.gain, 1, text);
    }
    if (view->map != NULL && view->map->rank > 2)
        add_plate(page, view->map, 1, "what it makes of the image, a channel a plane");
}

/* The maps as one row of planes: [channels][...]. */
static void drop_batch(struct pleat_tensor *map) {
    for (int i = 1; i < map->rank; i++)
        map->extent[i - 1] = map->extent[i];
    map->rank--;
}

static enum pleat_status look_at_layer(struct inspection *i, int index, struct pleat_error *error) {
    char name[PLEAT_MAX_NAME + 16];
    struct view *view = &i->view[index];
    view->layer = pleat_model_layer(i->model, index);
    view->map = i->map != NULL ? &i->map[index] : NULL;
    snprintf(name, sizeof name, "%s.weight", view->layer.name);
    const int weight = pleat_model_find_parameter(i->model, name);
    if (view->layer.conv.rank == 0 || weight < 0)
        return PLEAT_OK;
    view->weight = pleat_model_parameter(i->model, weight).value;
    if (strcmp(view->layer.kind, "conv_transpose") != 0)
        return PLEAT_OK;
    struct pleat_error detail;
    const enum pleat_status status =
        gain_make(&view->gain, &view->layer.conv, &view->weight, &detail);
    return status == PLEAT_OK
               ? PLEAT_OK
               : fault(error, status, "layer \"%s\": %.150s", view->layer.name, detail.message);
}

static enum pleat_status make_maps(struct inspection *i, struct pleat_error *error) {
    int64_t channels;
    struct pleat_tensor input;
    if (pleat_model_input_count(i->model) != 1 ||
        pleat_model_input_shape(i->model, 0, &channels) != 2)
        return fault(error, PLEAT_UNSUPPORTED,
                     "--image is for models with one input, which is an image");
    if (pleat_model_dtype(i->model) != PLEAT_FLOAT32)
        return fault(error, PLEAT_UNSUPPORTED, "--image is for models in float32");
    TRY(picture_read(&input, i->options->image, channels, error));
    i->map = calloc((size_t)i->count, sizeof *i->map);
    const enum pleat_status status =
        i->map == NULL ? fault(error, PLEAT_OUT_OF_MEMORY, "no memory for the feature maps")
                       : maps_make(i->map, i->model, &input, error);
    pleat_tensor_free(&input);
    return status;
}

static bool is_wanted(const struct inspection *i, const struct view *view) {
    return i->options->layer == NULL || strcmp(i->options->layer, view->layer.name) == 0;
}

static enum pleat_status draw(struct inspection *i, struct pleat_error *error) {
    int pages = 0, plates = 0;
    i->page = calloc((size_t)i->count, sizeof *i->page);
    if (i->page == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for the pictures");
    for (int k = 0; k < i->count; k++)
        if (is_wanted(i, &i->view[k])) {
            if (i->view[k].map != NULL && i->map[k].rank > 2)
                drop_batch(&i->map[k]);
            fill_page(&i->page[pages], &i->view[k], k);
            plates += i->page[pages++].count;
        }
    return plates > 0 ? pages_draw(i->options->out, i->page, pages, error)
                      : fault(error, PLEAT_INVALID_ARGUMENT,
                              "there is nothing to draw: no filters, and no --image");
}

static enum pleat_status inspect(struct inspection *i, struct pleat_error *error) {
    int wanted = 0;
    i->view = calloc((size_t)i->count, sizeof *i->view);
    if (i->view == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for %d layers", i->count);
    if (i->options->image != NULL)
        TRY(make_maps(i, error));
    for (int k = 0; k < i->count; k++) {
        TRY(look_at_layer(i, k, error));
        wanted += is_wanted(i, &i->view[k]);
    }
    if (wanted == 0)
        return fault(error, PLEAT_INVALID_ARGUMENT, "there is no layer \"%.100s\"",
                     i->options->layer != NULL ? i->options->layer : "");
    for (int k = 0; k < i->count; k++)
        if (is_wanted(i, &i->view[k]))
            print_view(i->model, &i->view[k]);
    return i->options->out != NULL ? draw(i, error) : PLEAT_OK;
}

enum pleat_status inspect_model(const struct pleat_model *model,
                                const struct inspection_options *options,
                                struct pleat_error *error) {
    struct inspection i = {
        .model = model, .options = options, .count = pleat_model_layer_count(model)};
    const enum pleat_status status = inspect(&i, error);
    for (int k = 0; k < i.count && i.view != NULL; k++)
        gain_free(&i.view[k].gain);
    for (int k = 0; k < i.count && i.map != NULL; k++)
        pleat_tensor_free(&i.map[k]);
    free(i.view);
    free(i.map);
    free(i.page);
    return status;
}
