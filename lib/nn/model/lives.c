/* The lives of a program's buffers. Time is counted in steps: layer i runs forward at step i and
 * backward at step 2 L - 1 - i, where L is the number of layers; what the caller may look at lives
 * on to step 2 L. */
#include "nn/model/lives.h"

#include "base/checked.h"

/* Lets two buffers that hold the same extents share the memory of the first. */
static void share(struct pleat__compilation *c, int first, int second) {
    const int owner = c->owner[first];
    c->owner[second] = owner;
    c->buffer[owner].last = (int)pleat__max(c->buffer[owner].last, c->buffer[second].last);
    c->buffer[second].first = c->buffer[second].last + 1;
}

/* The step in which the value of a layer, its own source, is read for the last time. */
static int last_read(const struct pleat__compilation *c, int layer) {
    const struct pleat__step *step = c->program->step;
    const int count = c->program->step_count;
    for (int j = layer; j < count; j++)
        if (step[j].source == layer && pleat__output_index(c->model, j) >= 0)
            return 2 * count;
    int last = layer;
    if (step[layer].backward && c->model->layer[layer]->kind->backward_reads_output)
        last = 2 * count - 1 - layer;
    for (int j = layer + 1; j < count; j++)
        for (int k = 0; k < c->model->layer[j]->input_count; k++)
            if (step[j].source == j && pleat__source(c, j, k) == layer) {
                const bool again =
                    step[j].backward && c->model->layer[j]->kind->backward_reads_input;
                last = (int)pleat__max(last, again ? 2 * count - 1 - j : j);
            }
    return last;
}

/* Tells whether a layer may overwrite its first input, which is neither the caller's nor read
 * later, nor another of its inputs. */
static bool overwrites_input(const struct pleat__compilation *c, int i) {
    const struct pleat__layer *layer = c->model->layer[i];
    const int input = pleat__source(c, i, 0);
    for (int k = 1; k < layer->input_count; k++)
        if (pleat__source(c, i, k) == input)
            return false;
    return layer->kind->in_place && c->model->layer[input]->input_count > 0 &&
           last_read(c, input) == i;
}

/* Values; those of inputs are the caller's, and those of merged layers their source's. */
static void place_values(struct pleat__compilation *c) {
    const int count = c->program->step_count;
    for (int i = 0; i < count; i++) {
        const struct pleat__layer *layer = c->model->layer[i];
        struct pleat__buffer *value = &c->buffer[pleat__buffer_of(i, PLEAT__VALUE)];
        struct pleat__buffer *saved = &c->buffer[pleat__buffer_of(i, PLEAT__SAVED)];
        if (layer->input_count == 0)
            continue;
        if (c->program->step[i].source != i) {
            c->owner[pleat__buffer_of(i, PLEAT__VALUE)] =
                c->owner[pleat__buffer_of(c->program->step[i].source, PLEAT__VALUE)];
            value->bytes = 0;
            continue;
        }
        value->first = i;
        value->last = last_read(c, i);
        if (overwrites_input(c, i))
            share(c, pleat__buffer_of(pleat__source(c, i, 0), PLEAT__VALUE),
                  pleat__buffer_of(i, PLEAT__VALUE));
        if (c->program->step[i].backward && saved->bytes > 0) {
            saved->first = i;
            saved->last = 2 * count - 1 - i;
        }
    }
}

/* Gives a life to the gradient that layer j computes for its input k. */
static void place_grad(struct pleat__compilation *c, int j, int k) {
    const struct pleat__layer *layer = c->model->layer[j];
    const int count = c->program->step_count, now = 2 * count - 1 - j, i = layer->input[k];
    const size_t bytes = c->buffer[pleat__buffer_of(i, PLEAT__VALUE)].bytes;
    struct pleat__buffer *grad = &c->buffer[pleat__buffer_of(i, PLEAT__GRAD)];
    if (grad->bytes > 0) {
        c->buffer[pleat__buffer_of(j, PLEAT__ADDEND + k)] =
            (struct pleat__buffer){.bytes = bytes, .first = now, .last = now};
        return;
    }
    *grad = (struct pleat__buffer){.bytes = bytes, .first = now, .last = 2 * count - 1 - i};
    if (c->model->layer[i]->input_count == 0) /* the caller may look at it */
        grad->last = 2 * count;
    if (layer->kind->in_place && k == 0 && c->buffer[pleat__buffer_of(j, PLEAT__GRAD)].bytes > 0)
        share(c, pleat__buffer_of(j, PLEAT__GRAD), pleat__buffer_of(i, PLEAT__GRAD));
}

/* Gradients live from the backward of the last reader, which overwrites, over those of other
 * readers, which add, to the producer's. That of an output that none reads is the caller's. */
static void place_grads(struct pleat__compilation *c) {
    const struct pleat__step *step = c->program->step;
    for (int j = c->program->step_count - 1; j > 0; j--)
        for (int k = 0; step[j].backward && k < c->model->layer[j]->input_count; k++)
            if (step[c->model->layer[j]->input[k]].backward)
                place_grad(c, j, k);
}

void pleat__set_lives(struct pleat__compilation *c) {
    place_values(c);
    place_grads(c);
}
