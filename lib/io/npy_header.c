/* Parsing and printing the dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
 * (numpy.lib.format). Python would take any literal there; what NumPy itself writes is taken here,
 * with the keys in any order and spaces anywhere. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "io/little_endian.h"
#include "io/npy_header.h"

/* What is left of the text. */
struct text {
    const char *next, *end;
};

static void skip_spaces(struct text *text) {
    while (text->next < text->end && (*text->next == ' ' || *text->next == '\n'))
        text->next++;
}

/* Takes the word if it comes next, after spaces. */
static bool take(struct text *text, const char *word) {
    skip_spaces(text);
    const size_t length = strlen(word);
    if ((size_t)(text->end - text->next) < length || memcmp(text->next, word, length) != 0)
        return false;
    text->next += length;
    return true;
}

/* Takes a quoted string without escapes, cut to the buffer. */
static bool take_string(struct text *text, char *buffer, size_t size) {
    skip_spaces(text);
    if (text->next == text->end || (*text->next != '\'' && *text->next != '"'))
        return false;
    const char *first = text->next + 1;
    const char *last = memchr(first, *text->next, (size_t)(text->end - first));
    if (last == NULL || memchr(first, '\\', (size_t)(last - first)) != NULL)
        return false;
    snprintf(buffer, size, "%.*s", (int)(last - first < 64 ? last - first : 64), first);
    text->next = last + 1;
    return true;
}

static bool take_number(struct text *text, int64_t *number) {
    skip_spaces(text);
    const char *first = text->next;
    int64_t value = 0;
    for (; text->next < text->end && *text->next >= '0' && *text->next <= '9'; text->next++)
        if (!pleat__multiply(value, 10, &value) || !pleat__add(value, *text->next - '0', &value))
            return false;
    *number = value;
    return text->next > first;
}

static enum pleat_status refuse(struct pleat_error *error) {
    return pleat__fail(error, PLEAT_BAD_FORMAT,
                       "the .npy header is not the dictionary that it "
                       "should be");
}

static enum pleat_status read_type(struct pleat_tensor *tensor, struct text *text,
                                   struct pleat_error *error) {
    char descr[16];
    if (take(text, "["))
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "the elements are records: only '<f4' and '<f8' are read");
    if (!take_string(text, descr, sizeof descr))
        return refuse(error);
    if (strcmp(descr, "<f4") != 0 && strcmp(descr, "<f8") != 0)
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "elements of type '%s': only '<f4' and '<f8' are read, save "
                           "x.astype('<f4')",
                           descr);
    tensor->dtype = descr[2] == '4' ? PLEAT_FLOAT32 : PLEAT_FLOAT64;
    return PLEAT_OK;
}

static enum pleat_status read_order(struct text *text, struct pleat_error *error) {
    if (take(text, "True"))
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "the array is in Fortran order: save numpy.ascontiguousarray(x)");
    return take(text, "False") ? PLEAT_OK : refuse(error);
}

static enum pleat_status read_shape(struct pleat_tensor *tensor, struct text *text,
                                    struct pleat_error *error) {
    if (!take(text, "("))
        return refuse(error);
    bool comma = true;
    for (tensor->rank = 0; !take(text, ")"); tensor->rank++) {
        int64_t extent = 0;
        if (!comma || !take_number(text, &extent))
            return refuse(error);
        if (tensor->rank == PLEAT_MAX_RANK)
            return pleat__fail(error, PLEAT_UNSUPPORTED, "the array has a rank above %d",
                               PLEAT_MAX_RANK);
        tensor->extent[tensor->rank] = extent;
        comma = take(text, ",");
    }
    /* (3) is a number in Python, not a tuple. */
    return tensor->rank == 1 && !comma ? refuse(error) : PLEAT_OK;
}

static enum pleat_status read_entry(struct pleat_tensor *tensor, struct text *text, bool seen[3],
                                    struct pleat_error *error) {
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    char key[16];
    if (!take_string(text, key, sizeof key) || !take(text, ":"))
        return refuse(error);
    int which = 0;
    while (which < 3 && strcmp(key, keys[which]) != 0)
        which++;
    if (which == 3 || seen[which])
        return refuse(error);
    seen[which] = true;
    if (which == 0)
        return read_type(tensor, text, error);
    return which == 1 ? read_order(text, error) : read_shape(tensor, text, error);
}

enum pleat_status pleat__npy_header_read(struct pleat_tensor *tensor, const char *text,
                                         size_t length, struct pleat_error *error) {
    struct text rest = {text, text + length};
    struct pleat_tensor made = {.data = tensor->data};
    bool seen[3] = {false, false, false}, comma = true;
    if (!take(&rest, "{"))
        return refuse(error);
    while (!take(&rest, "}")) {
        if (!comma)
            return refuse(error);
        PLEAT__TRY(read_entry(&made, &rest, seen, error));
        comma = take(&rest, ",");
    }
    skip_spaces(&rest);
    if (!seen[0] || !seen[1] || !seen[2] || rest.next != rest.end)
        return refuse(error);
    *tensor = made;
    return PLEAT_OK;
}

size_t pleat__npy_header_write(unsigned char header[PLEAT__NPY_HEADER_BYTES],
                               const struct pleat_tensor *tensor) {
    char *text = (char *)header + PLEAT__NPY_MAGIC_BYTES + 4;
    const size_t room = PLEAT__NPY_HEADER_BYTES - PLEAT__NPY_MAGIC_BYTES - 4;
    int used = snprintf(text, room, "{'descr': '<f%d', 'fortran_order': False, 'shape': (",
                        tensor->dtype == PLEAT_FLOAT32 ? 4 : 8);
    for (int i = 0; i < tensor->rank; i++)
        used += snprintf(text + used, room - (size_t)used, "%s%" PRId64, i > 0 ? ", " : "",
                         tensor->extent[i]);
    used += snprintf(text + used, room - (size_t)used, "%s), }", tensor->rank == 1 ? "," : "");
    const size_t before = PLEAT__NPY_MAGIC_BYTES + 4 + (size_t)used;
    const size_t total = (before + 1 + 63) / 64 * 64;
    memcpy(header, PLEAT__NPY_MAGIC, PLEAT__NPY_MAGIC_BYTES);
    header[6] = 1;
    header[7] = 0;
    pleat__store_little(header + 8, 2, total - 10);
    memset(header + before, ' ', total - before - 1);
    header[total - 1] = '\n';
    return total;
}
