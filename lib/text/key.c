/* Values of keys, read and printed. */
#include "text/key.h"

#include <string.h>

#include <pleat/dialect.h>

#include "text/number.h"

/* Begins and ends of all axes. */
#define MOST_INTEGERS (2 * PLEAT_MAX_AXES)

static int64_t load(const struct pleat__arguments *arguments, size_t at) {
    int64_t value;
    memcpy(&value, (const char *)arguments + at, sizeof value);
    return value;
}

static void store(struct pleat__arguments *arguments, size_t at, int64_t value) {
    memcpy((char *)arguments + at, &value, sizeof value);
}

static double load_number(const struct pleat__arguments *arguments, size_t at) {
    double value;
    memcpy(&value, (const char *)arguments + at, sizeof value);
    return value;
}

/* The value of a key of that axis where it is missing. */
static int64_t usual_integer(const struct pleat__key *key, const struct pleat__arguments *arguments,
                             int axis) {
    return key->like_before ? load(arguments, key[-1].at + (size_t)axis * key->step)
                            : (int64_t)key->usual;
}

/* Reads integers with commas between, and returns their number: 0 where it is something else. */
static int read_list(struct pleat__word word, int64_t list[MOST_INTEGERS]) {
    int count = 0;
    do
        if (count == MOST_INTEGERS || !pleat__take_integer(&word, &list[count++]))
            return 0;
    while (pleat__word_take(&word, ','));
    return word.length == 0 ? count : 0;
}

static void store_usual(const struct pleat__key *key, struct pleat__arguments *arguments) {
    if (key->type == PLEAT__KEY_NUMBER)
        memcpy((char *)arguments + key->at, &key->usual, sizeof key->usual);
    else if (key->type == PLEAT__KEY_EXTENT)
        arguments->rank = 0;
    else
        for (int axis = 0; axis < (key->type == PLEAT__KEY_AXES ? (int)arguments->rank : 1); axis++)
            store(arguments, key->at + (size_t)axis * key->step,
                  usual_integer(key, arguments, axis));
}

static const char *read_axes(const struct pleat__key *key, struct pleat__word value,
                             struct pleat__arguments *arguments) {
    const bool paddings = key->type != PLEAT__KEY_AXES;
    const int axes = (int)arguments->rank;
    int64_t list[MOST_INTEGERS];
    const int count = read_list(value, list);
    if (count == 0 || (count != 1 && count != axes && !(paddings && count == 2 * axes)))
        return paddings
                   ? "one integer, one for each axis, or the begins of all axes and then the ends"
                   : "one integer, or one for each axis, such as 2 or 2,1";
    for (int axis = 0; axis < axes; axis++) {
        const size_t offset = (size_t)axis * key->step;
        const int64_t begin = list[count == 1 ? 0 : axis];
        store(arguments, key->at + offset, begin);
        if (paddings)
            store(arguments, key->end + offset, count == 2 * axes ? list[axes + axis] : begin);
    }
    return NULL;
}

/* Solves one axis as Keras would. Where the size of its output would follow from that of its input,
 * which no text knows, that is taken for a multiple of the stride. */
static enum pleat_status solve_axis(enum pleat_operator op, enum pleat_padding padding,
                                    struct pleat_axis *axis) {
    int64_t out;
    if (op == PLEAT_CONV_TRANSPOSE)
        return pleat_dialect_keras_conv_transpose(padding, 1, axis, PLEAT_UNSPECIFIED, axis, &out,
                                                  NULL);
    if (padding == PLEAT_PADDING_VALID)
        return PLEAT_OK; /* none, as in arguments that are not filled yet */
    return pleat_dialect_tensorflow_conv(padding, axis->stride, axis, axis, &out, NULL);
}

static const char *read_conv_padding(const struct pleat__key *key, struct pleat__word value,
                                     struct pleat__arguments *arguments) {
    const bool same = pleat__word_is(value, "same");
    if (!same && !pleat__word_is(value, "valid"))
        return read_axes(key, value, arguments) == NULL
                   ? NULL
                   : "same, valid, one integer, one for each axis, or the begins of all axes and "
                     "then "
                     "the ends";
    for (int i = 0; i < (int)arguments->rank; i++) {
        struct pleat_axis *axis = &arguments->conv.axis[i];
        if (axis->output_padding != 0)
            return "integers where output_padding is given: the words choose it themselves";
        if (solve_axis(arguments->op, same ? PLEAT_PADDING_SAME : PLEAT_PADDING_VALID, axis) !=
            PLEAT_OK)
            return "integers where kernel, stride or dilation are out of range";
    }
    return NULL;
}

static const char *read_extent(const struct pleat__key *key, struct pleat__word value,
                               struct pleat__arguments *arguments) {
    int64_t list[MOST_INTEGERS];
    const int count = read_list(value, list);
    if (count < 1 || count > PLEAT_MAX_AXES)
        return "one to three integers, such as 7,7";
    arguments->rank = count;
    for (int axis = 0; axis < count; axis++)
        store(arguments, key->at + (size_t)axis * key->step, list[axis]);
    return NULL;
}

/* Stores 0 or 1 for one of two words. */
static bool read_choice(const struct pleat__key *key, struct pleat__word value, const char *first,
                        const char *second, struct pleat__arguments *arguments) {
    if (!pleat__word_is(value, first) && !pleat__word_is(value, second))
        return false;
    store(arguments, key->at, pleat__word_is(value, second));
    return true;
}

static bool read_integer(const struct pleat__key *key, struct pleat__word value,
                         struct pleat__arguments *arguments) {
    int64_t number;
    if (!pleat__take_integer(&value, &number) || value.length != 0)
        return false;
    store(arguments, key->at, number);
    return true;
}

static bool read_number(const struct pleat__key *key, struct pleat__word value,
                        struct pleat__arguments *arguments) {
    double number;
    if (!pleat__take_number(&value, &number) || value.length != 0)
        return false;
    memcpy((char *)arguments + key->at, &number, sizeof number);
    return true;
}

const char *pleat__key_read(const struct pleat__key *key, struct pleat__word value,
                            struct pleat__arguments *arguments) {
    if (value.at == NULL) {
        store_usual(key, arguments);
        return NULL;
    }
    switch (key->type) {
    case PLEAT__KEY_INTEGER:
        return read_integer(key, value, arguments) ? NULL : "an integer";
    case PLEAT__KEY_AXES:
    case PLEAT__KEY_PADDING:
        return read_axes(key, value, arguments);
    case PLEAT__KEY_CONV_PADDING:
        return read_conv_padding(key, value, arguments);
    case PLEAT__KEY_EXTENT:
        return read_extent(key, value, arguments);
    case PLEAT__KEY_NUMBER:
        return read_number(key, value, arguments) ? NULL : "a number";
    case PLEAT__KEY_SWITCH:
        return read_choice(key, value, "no", "yes", arguments) ? NULL : "yes or no";
    case PLEAT__KEY_METHOD:
        return read_choice(key, value, "nearest", "linear", arguments) ? NULL : "nearest or linear";
    case PLEAT__KEY_NAME:
        break;
    }
    return pleat__word_name(value, (char *)arguments + key->at) ? NULL : "the name of a layer";
}

/* Gathers the integers of a key and returns their number; paddings are begins and then ends. */
static int gather(const struct pleat__key *key, const struct pleat__arguments *arguments,
                  int64_t list[MOST_INTEGERS]) {
    const bool paddings = key->type == PLEAT__KEY_PADDING || key->type == PLEAT__KEY_CONV_PADDING;
    const bool axes = paddings || key->type == PLEAT__KEY_AXES || key->type == PLEAT__KEY_EXTENT;
    const int count = axes ? (int)arguments->rank : 1;
    for (int i = 0; i < count; i++) {
        list[i] = load(arguments, key->at + (size_t)i * key->step);
        if (paddings)
            list[count + i] = load(arguments, key->end + (size_t)i * key->step);
    }
    return paddings ? 2 * count : count;
}

static bool are_usual(const struct pleat__key *key, const struct pleat__arguments *arguments,
                      const int64_t *list, int count) {
    for (int i = 0; i < count; i++)
        if (list[i] != usual_integer(key, arguments, i))
            return false;
    return true;
}

/* Leaves out what the reader would repeat: ends that are the begins, axes that are the first one. */
static int shorten(const int64_t *list, int count, bool paddings) {
    const int half = count / 2;
    if (paddings && memcmp(list, list + half, (size_t)half * sizeof *list) == 0)
        count = half;
    for (int i = 1; i < count; i++)
        if (list[i] != list[0])
            return count;
    return 1;
}

static void print_list(const char *name, const int64_t *list, int count,
                       struct pleat__writer *writer) {
    for (int i = 0; i < count; i++)
        if (i == 0)
            pleat__print(writer, " %s=%lld", name, (long long)list[0]);
        else
            pleat__print(writer, ",%lld", (long long)list[i]);
}

void pleat__key_print(const struct pleat__key *key, const struct pleat__arguments *arguments,
                      struct pleat__writer *writer) {
    if (key->type == PLEAT__KEY_NAME) {
        pleat__print(writer, " %s=", key->name);
        pleat__print_name(writer, (const char *)arguments + key->at);
        return;
    }
    if (key->type == PLEAT__KEY_NUMBER) {
        const double number = load_number(arguments, key->at);
        if (!key->required && number == key->usual)
            return;
        pleat__print(writer, " %s=", key->name);
        pleat__print_number(writer, number);
        return;
    }
    int64_t list[MOST_INTEGERS];
    const int count = gather(key, arguments, list);
    if (key->type == PLEAT__KEY_EXTENT)
        print_list(key->name, list, count, writer);
    else if (!key->required && are_usual(key, arguments, list, count))
        return;
    else if (key->type == PLEAT__KEY_SWITCH)
        pleat__print(writer, " %s=%s", key->name, list[0] != 0 ? "yes" : "no");
    else if (key->type == PLEAT__KEY_METHOD)
        pleat__print(writer, " %s=%s", key->name, list[0] != 0 ? "linear" : "nearest");
    else
        print_list(key->name, list, shorten(list, count, count == 2 * (int)arguments->rank),
                   writer);
}
