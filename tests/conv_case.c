/* Descriptors: reading, printing, deriving and drawing cases. */
#include <check.h>
#include <ctype.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conv_case.h"

/* The fields of an axis by their names in a descriptor, the longer names first. */
static const struct {
    const char *name;
    size_t offset;
} axis_fields[] = {
    {"pb", offsetof(struct pleat_axis, padding_begin)},
    {"pe", offsetof(struct pleat_axis, padding_end)},
    {"op", offsetof(struct pleat_axis, output_padding)},
    {"k", offsetof(struct pleat_axis, kernel)},
    {"s", offsetof(struct pleat_axis, stride)},
    {"d", offsetof(struct pleat_axis, dilation)},
};
enum { AXIS_FIELDS = sizeof axis_fields / sizeof axis_fields[0] };

static int64_t *axis_field(struct pleat_axis *axis, int field) {
    return (int64_t *)(void *)((char *)axis + axis_fields[field].offset);
}

/* Reads "3x4" into values and returns how many there were, 0 for what is no list of numbers. */
static int parse_extents(const char *text, int64_t values[PLEAT_MAX_AXES]) {
    for (int count = 0; count < PLEAT_MAX_AXES; text++) {
        char *end;
        values[count++] = strtoll(text, &end, 10);
        if (end == text)
            return 0;
        if (*end == '\0')
            return count;
        if (*end != 'x')
            return 0;
        text = end;
    }
    return 0;
}

/* Reads "name3x4" for all axes of the case; one number stands for all of them. */
static bool parse_axis_field(struct conv_case *c, int field, const char *values) {
    int64_t given[PLEAT_MAX_AXES];
    const int count = parse_extents(values, given);
    if (count == 0 || (count != 1 && count != c->params.rank))
        return false;
    for (int a = 0; a < PLEAT_MAX_AXES; a++)
        *axis_field(&c->params.axis[a], field) = given[count == 1 ? 0 : a % count];
    return true;
}

static bool parse_number(const char *word, const char *name, int64_t *value) {
    int64_t given[PLEAT_MAX_AXES];
    const size_t length = strlen(name);
    if (strncmp(word, name, length) != 0 || parse_extents(word + length, given) != 1)
        return false;
    *value = given[0];
    return true;
}

static bool parse_axis_word(struct conv_case *c, const char *word) {
    for (int field = 0; field < AXIS_FIELDS; field++) {
        const size_t length = strlen(axis_fields[field].name);
        if (strncmp(word, axis_fields[field].name, length) == 0)
            return parse_axis_field(c, field, word + length);
    }
    return word[0] == 'p' && parse_axis_field(c, 0, word + 1) && parse_axis_field(c, 1, word + 1);
}

/* The name of a method or of an instruction set. */
static bool parse_forced(struct conv_case *c, const char *word) {
    for (enum pleat_method m = PLEAT_METHOD_AUTO + 1; m <= PLEAT_METHOD_LAST; m++)
        if (strcmp(word, pleat_method_name(m)) == 0) {
            c->method = m;
            return true;
        }
    for (enum pleat_instructions i = PLEAT_INSTRUCTIONS_PLAIN; i <= PLEAT_INSTRUCTIONS_AVX512; i++)
        if (strcmp(word, pleat_instructions_name(i)) == 0) {
            c->instructions = i;
            return true;
        }
    return false;
}

static bool parse_word(struct conv_case *c, const char *word) {
    int64_t seed;
    if (strcmp(word, "conv_transpose") == 0)
        c->op = PLEAT_CONV_TRANSPOSE;
    else if (strcmp(word, "conv") == 0)
        c->op = PLEAT_CONV;
    else if (strcmp(word, "f32") == 0)
        c->dtype = PLEAT_FLOAT32;
    else if (strcmp(word, "f64") == 0)
        c->dtype = PLEAT_FLOAT64;
    else if (strcmp(word, "bias") == 0)
        c->bias = true;
    else if (parse_number(word, "seed", &seed))
        c->seed = (uint64_t)seed;
    else
        return parse_forced(c, word) || parse_number(word, "n", &c->batch) ||
               parse_number(word, "ic", &c->params.in_channels) ||
               parse_number(word, "oc", &c->params.out_channels) ||
               parse_number(word, "g", &c->params.groups) || parse_axis_word(c, word) ||
               (word[0] == 'i' && parse_extents(word + 1, c->in) == c->params.rank);
    return true;
}

/* The size formulas of the article, on their own here so that the library's are compared with
 * them; 0 or less where there is no output. */
static int64_t output_size(enum pleat_operator op, int64_t in, const struct pleat_axis *axis) {
    const int64_t padding = axis->padding_begin + axis->padding_end;
    const int64_t kernel = axis->dilation * (axis->kernel - 1) + 1;
    if (op == PLEAT_CONV_TRANSPOSE)
        return (in - 1) * axis->stride - padding + kernel + axis->output_padding;
    return in + padding < kernel ? 0 : (in + padding - kernel) / axis->stride + 1;
}

/* Computes the output's extents; a case that has none is an error of the test. */
static void solve(struct conv_case *c, const char *text) {
    for (int a = 0; a < c->params.rank; a++) {
        c->out[a] = output_size(c->op, c->in[a], &c->params.axis[a]);
        if (c->out[a] < 1)
            ck_abort_msg("case '%s' has no output", text);
    }
}

struct conv_case conv_case_parse(const char *text) {
    struct conv_case c = {.params = {.rank = 1, .in_channels = 1, .out_channels = 1, .groups = 1},
                          .batch = 1,
                          .in = {1, 1, 1},
                          .out = {1, 1, 1},
                          .seed = 1};
    for (int a = 0; a < PLEAT_MAX_AXES; a++)
        c.params.axis[a] = pleat_axis_init(1, 1);
    char copy[CONV_CASE_TEXT], *rest = copy;
    if (snprintf(copy, sizeof copy, " %s", text) >= CONV_CASE_TEXT)
        ck_abort_msg("case '%s' is too long", text);
    /* The rank must be known before the axes' fields are read. */
    const char *extents = strstr(copy, " i");
    while (extents != NULL && !isdigit((unsigned char)extents[2]))
        extents = strstr(extents + 1, " i");
    if (extents == NULL)
        ck_abort_msg("case '%s' has no word such as i5x4", text);
    for (const char *at = extents + 2; *at != '\0' && *at != ' '; at++)
        c.params.rank += *at == 'x';
    for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
        if (!parse_word(&c, word))
            ck_abort_msg("case '%s': the word '%s' makes no sense", text, word);
    solve(&c, text);
    return c;
}

/* Appends " name1x2" unless all values are the default. */
static void print_axes(char *text, const char *name, const int64_t *values, int rank,
                       int64_t fallback) {
    bool needed = false;
    for (int a = 0; a < rank; a++)
        needed = needed || values[a] != fallback;
    if (!needed)
        return;
    size_t length = strlen(text);
    for (int a = 0; a < rank; a++) {
        snprintf(text + length, CONV_CASE_TEXT - length, "%s%s%" PRId64, a == 0 ? " " : "x",
                 a == 0 ? name : "", values[a]);
        length = strlen(text);
    }
}

const char *conv_case_print(const struct conv_case *c, char *text) {
    snprintf(text, CONV_CASE_TEXT, "%s %s n%" PRId64 " ic%" PRId64 " oc%" PRId64 " g%" PRId64,
             c->op == PLEAT_CONV ? "conv" : "conv_transpose",
             c->dtype == PLEAT_FLOAT32 ? "f32" : "f64", c->batch, c->params.in_channels,
             c->params.out_channels, c->params.groups);
    print_axes(text, "i", c->in, c->params.rank, -1);
    for (int field = 0; field < AXIS_FIELDS; field++) {
        int64_t values[PLEAT_MAX_AXES];
        for (int a = 0; a < c->params.rank; a++) {
            struct pleat_axis axis = c->params.axis[a];
            values[a] = *axis_field(&axis, field);
        }
        print_axes(text, axis_fields[field].name, values, c->params.rank, field < 3 ? 0 : -1);
    }
    const bool forced = c->method != PLEAT_METHOD_AUTO;
    const bool chosen = c->instructions != PLEAT_INSTRUCTIONS_AUTO;
    const size_t length = strlen(text);
    snprintf(text + length, CONV_CASE_TEXT - length, "%s%s%s%s%s seed%" PRIu64,
             c->bias ? " bias" : "", forced ? " " : "", forced ? pleat_method_name(c->method) : "",
             chosen ? " " : "", chosen ? pleat_instructions_name(c->instructions) : "", c->seed);
    return text;
}

struct conv_case conv_case_twin(const struct conv_case *c) {
    struct conv_case twin = *c;
    twin.op = PLEAT_CONV;
    twin.params.in_channels = c->params.out_channels;
    twin.params.out_channels = c->params.in_channels;
    for (int a = 0; a < c->params.rank; a++) {
        twin.params.axis[a].output_padding = 0;
        twin.in[a] = c->out[a];
    }
    char text[CONV_CASE_TEXT];
    solve(&twin, conv_case_print(&twin, text));
    return twin;
}

static int64_t draw(struct pleat_random *random, int64_t least, int64_t most) {
    return least + (int64_t)pleat_random_below(random, (uint64_t)(most - least + 1));
}

struct conv_case conv_case_random(enum pleat_operator op, enum pleat_dtype dtype,
                                  struct pleat_random *random) {
    struct conv_case c = {.op = op, .dtype = dtype, .out = {1, 1, 1}};
    c.params.rank = (int)draw(random, 1, 3);
    c.params.groups = draw(random, 1, 10) > 7 ? draw(random, 2, 4) : 1;
    c.params.in_channels = c.params.groups * draw(random, 1, 5);
    c.params.out_channels = c.params.groups * draw(random, 1, 5);
    c.batch = draw(random, 1, 3);
    c.bias = draw(random, 0, 1) == 1;
    c.seed = pleat_random_below(random, 1000000);
    const int64_t most = c.params.rank == 1 ? 40 : c.params.rank == 2 ? 12 : 6;
    for (int a = 0; a < c.params.rank; a++) {
        struct pleat_axis *axis = &c.params.axis[a];
        do {
            axis->kernel = draw(random, 1, 5);
            axis->stride = draw(random, 1, 4);
            axis->dilation = draw(random, 1, 3);
            axis->padding_begin = draw(random, -2, 5);
            axis->padding_end = draw(random, -2, 5);
            const int64_t limit = axis->stride > axis->dilation ? axis->stride : axis->dilation;
            axis->output_padding = op == PLEAT_CONV ? 0 : draw(random, 0, limit - 1);
            c.in[a] = draw(random, 1, most);
            c.out[a] = output_size(op, c.in[a], axis);
        } while (c.out[a] < 1);
    }
    return c;
}

static int64_t product(const int64_t *values, int count) {
    int64_t result = 1;
    for (int i = 0; i < count; i++)
        result *= values[i];
    return result;
}

int64_t conv_case_input_size(const struct conv_case *c) {
    return c->batch * c->params.in_channels * product(c->in, c->params.rank);
}

int64_t conv_case_output_size(const struct conv_case *c) {
    return c->batch * c->params.out_channels * product(c->out, c->params.rank);
}

int64_t conv_case_weight_size(const struct conv_case *c) {
    int64_t size = c->params.in_channels * c->params.out_channels / c->params.groups;
    for (int a = 0; a < c->params.rank; a++)
        size *= c->params.axis[a].kernel;
    return size;
}

double conv_case_cost(const struct conv_case *c) {
    const int64_t *coarse = c->op == PLEAT_CONV ? c->out : c->in;
    return (double)conv_case_weight_size(c) * (double)product(coarse, c->params.rank) *
           (double)c->batch;
}
