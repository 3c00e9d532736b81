/* The kinds of layers as a text has them. */
#ifndef PLEAT_TEXT_KIND_H
#define PLEAT_TEXT_KIND_H

#include "text/key.h"

#define PLEAT__MAX_KEYS 8

struct pleat__text_kind {
    const char *word;
    int least_inputs, most_inputs;
    int parameters; /* how many a layer of the kind may have: weight, then bias */
    struct pleat__key key[PLEAT__MAX_KEYS + 1]; /* one without a name at the end */
    /* Calls the kind's function of model.h or layers.h; input[count], each a layer of the model. */
    enum pleat_status (*add)(struct pleat_model *model, const char *name, int count,
                             const char *const *input, const struct pleat__arguments *arguments,
                             struct pleat_error *error);
};

/* Returns the kind, or NULL. */
const struct pleat__text_kind *pleat__text_find_kind(struct pleat__word word);

/* Prints the words of all kinds. */
void pleat__text_print_kinds(struct pleat__writer *writer);

#endif
