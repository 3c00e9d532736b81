/* The up-sampling network: its name, its layers, its first parameters. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat.h>

#include "fault.h"
#include "upsample/network.h"

#define LAST_KERNEL 9

/* The longest name of a layer, its closing 0 included. */
#define NAME_BYTES 40

/* Reads digits at *text, moves it behind them, and says whether they make a number in range. */
static bool scan_number(const char **text, int64_t minimum, int64_t maximum, int64_t *value) {
    if (**text < '0' || **text > '9')
        return false;
    char *end;
    const long long number = strtoll(*text, &end, 10); /* LLONG_MAX where it is too large */
    *text = end;
    *value = number;
    return number >= minimum && number <= maximum;
}

bool network_from_name(const char *name, struct network *network) {
    const char *text = name;
    if (strcmp(name, "fsrcnn") == 0)
        text = "56,12,4";
    else if (strcmp(name, "fsrcnn-s") == 0)
        text = "32,5,1";
    struct network read = *network;
    if (!scan_number(&text, 1, NETWORK_MAX_CHANNELS, &read.features) || *text++ != ',' ||
        !scan_number(&text, 1, NETWORK_MAX_CHANNELS, &read.shrunk) || *text++ != ',' ||
        !scan_number(&text, 0, NETWORK_MAX_LAYERS, &read.layers) || *text != '\0')
        return false;
    *network = read;
    return true;
}

const char *network_name(const struct network *network, char text[NETWORK_NAME_BYTES]) {
    snprintf(text, NETWORK_NAME_BYTES, "%" PRId64 ",%" PRId64 ",%" PRId64, network->features,
             network->shrunk, network->layers);
    return text;
}

/* The axis of the transposed convolution: padding and output padding that make the output exactly
 * `scale` times its input, (I - 1) scale - 2 padding + 9 + output_padding = I scale. */
static struct pleat_axis last_axis(const struct network *network) {
    struct pleat_conv_params params =
        pleat_conv_params_init(1, 1, 1, LAST_KERNEL, network->scale, 0);
    struct pleat_axis axis = params.axis[0];
    axis.output_padding = (LAST_KERNEL - network->scale) % 2;
    axis.padding_begin = (LAST_KERNEL - network->scale + axis.output_padding) / 2;
    axis.padding_end = axis.padding_begin;
    return axis;
}

/* Adds conv `name` (same size) with its PReLU, reading *last, and makes it the last. */
static enum pleat_status add_conv(struct pleat_model *model, const char *name, int64_t in,
                                  int64_t out, int64_t kernel, char *last,
                                  struct pleat_error *error) {
    char activation[NAME_BYTES];
    snprintf(activation, sizeof activation, "%s.prelu", name);
    const struct pleat_conv_params params =
        pleat_conv_params_init(2, in, out, kernel, 1, kernel / 2);
    TRY(pleat_model_add_conv(model, name, last, &params, 1, error));
    TRY(pleat_model_add_prelu(model, activation, name, error));
    strcpy(last, activation);
    return PLEAT_OK;
}

static enum pleat_status add_layers(struct pleat_model *model, const struct network *network,
                                    struct pleat_error *error) {
    const int64_t d = network->features, s = network->shrunk;
    char last[NAME_BYTES] = "input", name[NAME_BYTES - 8];
    TRY(pleat_model_add_input(model, "input", 1, 2, error));
    TRY(add_conv(model, "features", 1, d, 5, last, error));
    TRY(add_conv(model, "shrink", d, s, 1, last, error));
    for (int64_t i = 0; i < network->layers; i++) {
        snprintf(name, sizeof name, "map%" PRId64, i);
        TRY(add_conv(model, name, s, s, 3, last, error));
    }
    TRY(add_conv(model, "expand", s, d, 1, last, error));
    struct pleat_conv_params params =
        pleat_conv_params_init(2, d, 1, LAST_KERNEL, network->scale, 0);
    params.axis[0] = params.axis[1] = last_axis(network);
    return pleat_model_add_conv_transpose(model, "up", last, &params, 1, error);
}

enum pleat_status network_build(struct pleat_model **model, const struct network *network,
                                enum pleat_dtype dtype, struct pleat_error *error) {
    struct pleat_model *made;
    TRY(pleat_model_create(&made, dtype, error));
    const enum pleat_status status = add_layers(made, network, error);
    if (status == PLEAT_OK)
        *model = made;
    else
        pleat_model_free(made);
    return status;
}

/* Every convolution's weight; its parameters follow from the weight's extents, as no fan depends on
 * the padding. */
static enum pleat_status initialise_weight(const struct pleat_parameter *parameter,
                                           struct pleat_random *random, struct pleat_error *error) {
    if (strcmp(parameter->layer, "up") == 0)
        return pleat_initialise_normal(&parameter->value, 0, 0.001, random, error);
    const int64_t *extent = parameter->value.extent;
    const struct pleat_conv_params params =
        pleat_conv_params_init(2, extent[1], extent[0], extent[2], 1, 0);
    return pleat_initialise_kaiming(&parameter->value, PLEAT_CONV, &params, 0.25, PLEAT_NORMAL,
                                    random, error);
}

enum pleat_status network_initialise(struct pleat_model *model, uint64_t seed,
                                     struct pleat_error *error) {
    struct pleat_random random = pleat_random_seed(seed);
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter parameter = pleat_model_parameter(model, i);
        if (parameter.value.rank == 4) /* biases and slopes begin as the layers made them */
            TRY(initialise_weight(&parameter, &random, error));
    }
    return PLEAT_OK;
}

int64_t network_size(const struct pleat_model *model) {
    int64_t size = 0;
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter parameter = pleat_model_parameter(model, i);
        size += pleat_tensor_size(&parameter.value);
    }
    return size;
}
