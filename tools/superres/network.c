/* The networks: their names, their text, which of their parameters learn. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat.h>

#include "fault.h"
#include "superres/network.h"

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

/* Adds conv `name` with its PReLU, reading *last, and makes it the last. */
static void print_conv(FILE *text, const char *name, int64_t out, int kernel, const char **last,
                       const char *activation) {
    fprintf(text, "%s = conv %s out=%" PRId64 " kernel=%d padding=%d\n", name, *last, out, kernel,
            kernel / 2);
    fprintf(text, "%s = prelu %s\n", activation, name);
    *last = activation;
}

/* The last layer's padding and output padding make the output exactly `scale` times its input,
 * (I - 1) scale - 2 padding + 9 + output_padding = I scale. */
static void print_network(FILE *text, const struct network *network) {
    const int64_t beyond = LAST_KERNEL - network->scale, odd = beyond % 2;
    char names[NETWORK_MAX_LAYERS][2][NAME_BYTES];
    const char *last = "input";
    fputs("input = input channels=1\n", text);
    print_conv(text, "features", network->features, 5, &last, "features.prelu");
    print_conv(text, "shrink", network->shrunk, 1, &last, "shrink.prelu");
    for (int64_t i = 0; i < network->layers; i++) {
        snprintf(names[i][0], NAME_BYTES, "map%" PRId64, i);
        snprintf(names[i][1], NAME_BYTES, "map%" PRId64 ".prelu", i);
        print_conv(text, names[i][0], network->shrunk, 3, &last, names[i][1]);
    }
    print_conv(text, "expand", network->features, 1, &last, "expand.prelu");
    fprintf(text,
            "up = conv_transpose %s out=1 kernel=%d stride=%" PRId64 " padding=%" PRId64
            " output_padding=%" PRId64 " init=normal:0.001\n",
            last, LAST_KERNEL, network->scale, (beyond + odd) / 2, odd);
}

enum pleat_status network_build(struct pleat_model **model, const struct network *network,
                                enum pleat_dtype dtype, struct pleat_error *error) {
    char *text = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&text, &bytes);
    if (stream == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for the text of a network");
    print_network(stream, network);
    const enum pleat_status status =
        fclose(stream) == 0
            ? pleat_text_read(model, text, dtype, error)
            : fault(error, PLEAT_OUT_OF_MEMORY, "no memory for the text of a network");
    free(text);
    return status;
}

/* The name of the layer whose parameters are the last. */
static const char *last_layer(const struct pleat_model *model) {
    return pleat_model_parameter(model, pleat_model_parameter_count(model) - 1).layer;
}

enum pleat_status network_set_rates(struct pleat_model *model, enum network_part part, double last,
                                    struct pleat_error *error) {
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const bool is_last = strcmp(pleat_model_parameter(model, i).layer, last_layer(model)) == 0;
        TRY(pleat_model_set_rate(model, i, is_last ? last : part == NETWORK_ALL, error));
    }
    return PLEAT_OK;
}

enum pleat_status network_copy(struct pleat_model *model, const struct pleat_model *from, bool last,
                               struct pleat_error *error) {
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter to = pleat_model_parameter(model, i);
        if (!last && strcmp(to.layer, last_layer(model)) == 0)
            continue;
        const struct pleat_tensor value =
            pleat_model_parameter(from, pleat_model_find_parameter(from, to.name)).value;
        if (value.data == NULL || value.rank != to.value.rank || value.dtype != to.value.dtype ||
            memcmp(value.extent, to.value.extent, (size_t)value.rank * sizeof *value.extent) != 0)
            return fault(error, PLEAT_INVALID_SHAPE,
                         "it has no parameter '%.100s' like that of the network to train", to.name);
        memcpy(to.value.data, value.data,
               (size_t)pleat_tensor_size(&value) * pleat_dtype_size(value.dtype));
    }
    return PLEAT_OK;
}
