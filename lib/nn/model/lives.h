/* What compile gathers while it makes a program, and when each buffer lives. */
#ifndef PLEAT_NN_MODEL_LIVES_H
#define PLEAT_NN_MODEL_LIVES_H

#include "nn/model/graph.h"
#include "nn/model/layout.h"

/* The buffers of a layer: its value, its gradient, what forward saves for backward, and one addend
 * an input. */
enum { PLEAT__VALUE, PLEAT__GRAD, PLEAT__SAVED, PLEAT__ADDEND };
#define PLEAT__BUFFERS_A_LAYER (PLEAT__ADDEND + PLEAT_MAX_INPUTS)

struct pleat__compilation {
    const struct pleat_model *model;
    struct pleat__program *program;
    struct pleat__buffer *buffer;
    /* The buffer in whose memory a buffer lies: its own, unless a layer runs in place or is merged. */
    int *owner;
};

static inline int pleat__buffer_of(int layer, int which) {
    return layer * PLEAT__BUFFERS_A_LAYER + which;
}

/* The layer that computes what layer i reads as input k. */
static inline int pleat__source(const struct pleat__compilation *c, int i, int k) {
    return c->program->step[c->model->layer[i]->input[k]].source;
}

/* Gives the buffers, whose bytes of values and of what is saved are set, their lives. */
void pleat__set_lives(struct pleat__compilation *c);

#endif
