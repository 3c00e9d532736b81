/* Reading a table of layers. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/layers.h"
#include "fault.h"

enum { FIELDS = 16 };

static const char *const field_names[FIELDS] = {"N",   "Cin", "H",  "W",     "Cout", "kh",
                                                "kw",  "sh",  "sw", "ph",    "pw",   "oph",
                                                "opw", "dh",  "dw", "groups"};

/* Reads the integer between *at and the next tab or the end, and moves *at behind it. */
static bool scan_field(char **at, int64_t *value) {
    char *end;
    errno = 0;
    const intmax_t number = strtoimax(*at, &end, 10);
    if (end == *at || errno != 0 || (*end != '\t' && *end != '\0') || number < INT64_MIN ||
        number > INT64_MAX)
        return false;
    *value = number;
    *at = *end == '\t' ? end + 1 : end;
    return true;
}

/* The axis of fields 0 and 1 for height and width. */
static struct pleat_axis axis_of(const int64_t *field, int axis) {
    struct pleat_axis a = pleat_axis_init(field[5 + axis], field[7 + axis]);
    a.padding_begin = a.padding_end = field[9 + axis];
    a.output_padding = field[11 + axis];
    a.dilation = field[13 + axis];
    return a;
}

static enum pleat_status parse_line(struct layer *layer, char *text, const char *file, int line,
                                    struct pleat_error *error) {
    const size_t length = strcspn(text, "\t");
    if (length == 0 || length >= sizeof layer->name)
        return fault(error, PLEAT_BAD_FORMAT, "%s, line %d: a name must have 1 to %zu characters",
                     file, line, sizeof layer->name - 1);
    memcpy(layer->name, text, length);
    layer->name[length] = '\0';
    layer->line = line;
    char *at = text + length + (text[length] == '\t' ? 1 : 0);
    int64_t field[FIELDS];
    for (int i = 0; i < FIELDS; i++)
        if (!scan_field(&at, &field[i]))
            return fault(error, PLEAT_BAD_FORMAT, "%s, line %d: %s is no integer: '%.*s'", file,
                         line, field_names[i], (int)strcspn(at, "\t"), at);
    layer->batch = field[0];
    layer->params = pleat_conv_params_init(2, field[1], field[4], 1, 1, 0);
    layer->params.groups = field[15];
    for (int axis = 0; axis < 2; axis++) {
        layer->in[axis] = field[2 + axis];
        layer->params.axis[axis] = axis_of(field, axis);
    }
    if (layer->batch < 1)
        return fault(error, PLEAT_BAD_FORMAT, "%s, line %d: N must be at least 1, got %" PRId64,
                     file, line, layer->batch);
    return PLEAT_OK;
}

/* Adds the layer of one line, which ends without its newline. */
static enum pleat_status add_line(struct layers *layers, char *text, const char *file, int line,
                                  struct pleat_error *error) {
    if (text[0] == '#' || text[0] == '\0')
        return PLEAT_OK;
    struct layer layer;
    TRY(parse_line(&layer, text, file, line, error));
    struct layer *more = realloc(layers->layer, (size_t)(layers->count + 1) * sizeof *more);
    if (more == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for the layers of %s", file);
    more[layers->count++] = layer;
    layers->layer = more;
    return PLEAT_OK;
}

static enum pleat_status read_lines(struct layers *layers, FILE *stream, const char *file,
                                    struct pleat_error *error) {
    char *text = NULL;
    size_t room = 0;
    ssize_t length;
    enum pleat_status status = PLEAT_OK;
    for (int line = 1; status == PLEAT_OK && (length = getline(&text, &room, stream)) >= 0;
         line++) {
        text[strcspn(text, "\r\n")] = '\0';
        status = add_line(layers, text, file, line, error);
    }
    free(text);
    if (status == PLEAT_OK && ferror(stream))
        status = fault(error, PLEAT_IO, "cannot read %s: %s", file, strerror(errno));
    if (status == PLEAT_OK && layers->count == 0)
        status = fault(error, PLEAT_BAD_FORMAT, "%s has no layer", file);
    return status;
}

enum pleat_status layers_read(struct layers *layers, const char *file, struct pleat_error *error) {
    *layers = (struct layers){0};
    FILE *stream = fopen(file, "r");
    if (stream == NULL)
        return fault(error, PLEAT_IO, "cannot open %s: %s", file, strerror(errno));
    const enum pleat_status status = read_lines(layers, stream, file, error);
    fclose(stream);
    if (status != PLEAT_OK)
        layers_free(layers);
    return status;
}

void layers_free(struct layers *layers) {
    free(layers->layer);
    *layers = (struct layers){0};
}
