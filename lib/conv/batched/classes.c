/* Finding the outputs that sum the same terms. */
#include "conv/batched/classes.h"

#include "base/checked.h"

/* A class of one axis: output number i and term number j meet at
 * place + i output_place + j term_place. */
struct axis_class {
    struct steps {
        int64_t first, step, count;
    } outputs, terms;
    int64_t place, output_place, term_place;
};

/* Outputs and terms o A - P + t B of [0, places): unfold and filter. */
static struct axis_class linear_class(int64_t output, int64_t a, int64_t padding, int64_t terms,
                                      int64_t b, int64_t places) {
    const int64_t at = output * a - padding;
    const int64_t first = pleat__max(0, pleat__ceil_divide(-at, b));
    const int64_t last = pleat__min(terms - 1, pleat__floor_divide(places - 1 - at, b));
    return (struct axis_class){{output, 1, 1}, {first, 1, last - first + 1}, at + first * b, a, b};
}

/* The taps that reach a fine pixel: k with (fine + P - k D) / S a coarse pixel. */
static struct axis_class fold_class(const struct pleat__geometry *g, int axis, int64_t fine) {
    const int64_t stride = g->stride[axis], dilation = g->dilation[axis];
    const int64_t at = fine + g->padding[axis];
    int64_t first =
        pleat__max(0, pleat__ceil_divide(at - (g->coarse[axis] - 1) * stride, dilation));
    const int64_t last = pleat__min(g->kernel[axis] - 1, pleat__floor_divide(at, dilation));
    while (first <= last && (at - first * dilation) % stride != 0)
        first++;
    int64_t step = 1;
    while (step * dilation % stride != 0)
        step++;
    return (struct axis_class){{fine, stride, 1},
                               {first, step, pleat__floor_divide(last - first, step) + 1},
                               (at - first * dilation) / stride,
                               1,
                               -(step * dilation / stride)};
}

static struct axis_class class_of(const struct pleat__geometry *g, enum pleat__kind kind, int axis,
                                  int64_t output) {
    const int64_t padding = g->padding[axis], fine = g->fine[axis];
    struct axis_class c;
    if (kind == PLEAT__UNFOLD)
        c = linear_class(output, g->stride[axis], padding, g->kernel[axis], g->dilation[axis],
                         fine);
    else if (kind == PLEAT__FILTER)
        c = linear_class(output, g->dilation[axis], padding, g->coarse[axis], g->stride[axis],
                         fine);
    else
        c = fold_class(g, axis, output);
    if (c.terms.count <= 0) {
        c.terms = (struct steps){0, 1, 0};
        c.place = c.output_place = 0;
    }
    return c;
}

struct pleat__sides pleat__sides_of(const struct pleat__geometry *g, enum pleat__kind kind) {
    if (kind == PLEAT__FOLD)
        return (struct pleat__sides){g->fine, g->kernel, g->coarse};
    if (kind == PLEAT__UNFOLD)
        return (struct pleat__sides){g->coarse, g->kernel, g->fine};
    return (struct pleat__sides){g->kernel, g->coarse, g->fine};
}

/* The first output of an axis' class number i + 1 of a walk, given that of number i: phase by phase of
 * the stride for fold. Below 0 behind the last. */
static int64_t next_output(const struct pleat__geometry *g, enum pleat__kind kind, int axis,
                           int64_t output) {
    const int64_t outputs = pleat__sides_of(g, kind).outputs[axis];
    const int64_t step = kind == PLEAT__FOLD ? g->stride[axis] : 1;
    if (output + step < outputs)
        return output + step;
    const int64_t phase = output % step + 1;
    return phase < pleat__min(step, outputs) ? phase : -1;
}

/* Finds the class that begins with an output, and returns the first output of the next one. */
static int64_t find_class(const struct pleat__geometry *g, enum pleat__kind kind, int axis,
                          int64_t output, struct axis_class *found) {
    const int64_t step = kind == PLEAT__FOLD ? g->stride[axis] : 1;
    *found = class_of(g, kind, axis, output);
    for (;;) {
        const int64_t last = output;
        output = next_output(g, kind, axis, output);
        if (output != last + step) /* the next phase, or the end */
            return output;
        const struct axis_class c = class_of(g, kind, axis, output);
        if (c.terms.first != found->terms.first || c.terms.count != found->terms.count)
            return output;
        found->outputs.count++;
    }
}

struct pleat__class_counts pleat__count_classes(const struct pleat__geometry *g,
                                                enum pleat__kind kind) {
    struct pleat__class_counts counts = {0, 1, 1, 1};
    for (int axis = 0; axis < 3; axis++) {
        int64_t classes = 0, terms = 0;
        struct axis_class c;
        for (int64_t output = 0; output >= 0; classes++) {
            output = find_class(g, kind, axis, output, &c);
            terms += c.terms.count;
        }
        counts.axes += classes;
        counts.classes *= classes;
        counts.outputs *= pleat__sides_of(g, kind).outputs[axis];
        counts.terms *= terms;
    }
    return counts;
}

int64_t pleat__class_bytes(const struct pleat__class_counts *counts) {
    return counts->axes * (int64_t)sizeof(struct axis_class) +
           counts->classes * (int64_t)sizeof(struct pleat__class) +
           (counts->outputs + counts->terms) * (int64_t)sizeof(struct pleat__entry);
}

/* What an axis adds to a line of a table. */
struct walk {
    struct steps index;
    int64_t place, place_step;
};

/* Overwrites table with the lines of three axes; returns their number. */
static int64_t list(const struct walk walk[3], const int64_t *indices, const int64_t *places,
                    int64_t index_unit, int64_t place_unit, struct pleat__entry *table) {
    int64_t count = 0;
    for (int64_t d = 0; d < walk[0].index.count; d++)
        for (int64_t h = 0; h < walk[1].index.count; h++)
            for (int64_t w = 0; w < walk[2].index.count; w++) {
                const int64_t step[3] = {d, h, w};
                int64_t index = 0, place = 0;
                for (int i = 0; i < 3; i++) {
                    index = index * indices[i] + walk[i].index.first + step[i] * walk[i].index.step;
                    place = place * places[i] + walk[i].place + step[i] * walk[i].place_step;
                }
                table[count++] = (struct pleat__entry){(int32_t)(index * index_unit),
                                                       (int32_t)(place * place_unit)};
            }
    return count;
}

/* Lists the class that is one of each axis, its outputs and terms from table on. */
static struct pleat__class list_class(struct pleat__sides sides, struct pleat__units units,
                                      const struct axis_class *const of[3],
                                      struct pleat__entry *table) {
    struct walk outputs[3], terms[3];
    for (int i = 0; i < 3; i++) {
        outputs[i] = (struct walk){of[i]->outputs, of[i]->place, of[i]->output_place};
        terms[i] = (struct walk){of[i]->terms, 0, of[i]->term_place};
    }
    struct pleat__class c = {.outputs = table};
    c.output_count = list(outputs, sides.outputs, sides.places, units.output, units.place, table);
    c.terms = table + c.output_count;
    c.term_count =
        list(terms, sides.terms, sides.places, units.term, units.place, table + c.output_count);
    return c;
}

const struct pleat__class *pleat__list_classes(const struct pleat__geometry *g,
                                               enum pleat__kind kind,
                                               const struct pleat__class_counts *counts,
                                               struct pleat__units units, void *memory) {
    struct pleat__class *classes = memory, *next = classes;
    struct axis_class *axes = (struct axis_class *)(void *)(classes + counts->classes);
    struct pleat__entry *table = (struct pleat__entry *)(void *)(axes + counts->axes);
    const struct axis_class *begin[4] = {axes};
    for (int axis = 0; axis < 3; axis++) {
        for (int64_t output = 0; output >= 0; axes++)
            output = find_class(g, kind, axis, output, axes);
        begin[axis + 1] = axes;
    }
    const struct axis_class *of[3];
    for (of[0] = begin[0]; of[0] < begin[1]; of[0]++)
        for (of[1] = begin[1]; of[1] < begin[2]; of[1]++)
            for (of[2] = begin[2]; of[2] < begin[3]; of[2]++, next++) {
                *next = list_class(pleat__sides_of(g, kind), units, of, table);
                table += next->output_count + next->term_count;
            }
    return classes;
}

double pleat__count_pairs(const struct pleat__geometry *g) {
    double pairs = 1;
    for (int axis = 0; axis < 3; axis++) {
        int64_t sum = 0;
        for (int64_t i = 0; i < g->coarse[axis]; i++)
            sum += class_of(g, PLEAT__UNFOLD, axis, i).terms.count;
        pairs *= (double)sum;
    }
    return pairs;
}
