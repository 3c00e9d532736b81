/* The keys of a line: where in the arguments their values lie, how they are read and written. */
#ifndef PLEAT_TEXT_KEY_H
#define PLEAT_TEXT_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/model/arguments.h"
#include "text/word.h"

enum pleat__key_type {
    PLEAT__KEY_INTEGER,
    PLEAT__KEY_AXES,         /* "2" for all axes, or "2,1" */
    PLEAT__KEY_PADDING,      /* as AXES, or the begins of all axes and then the ends */
    PLEAT__KEY_CONV_PADDING, /* or "same" or "valid", of a convolution whose other keys are read */
    PLEAT__KEY_EXTENT,       /* as many integers as there shall be axes */
    PLEAT__KEY_NUMBER,
    PLEAT__KEY_SWITCH, /* "yes" or "no" */
    PLEAT__KEY_METHOD, /* "nearest" or "linear" */
    PLEAT__KEY_NAME    /* of a layer */
};

struct pleat__key {
    const char *name;
    enum pleat__key_type type;
    bool required;
    bool like_before; /* where it is missing it is as the key before it in the table */
    double usual;     /* what it is where it is missing */
    size_t at, step;  /* bytes from the arguments' beginning, and from axis to axis */
    size_t end;       /* of the ends of paddings, where at is that of the begins */
};

/* Stores what stands behind the key, or what is usual where value.at is NULL; the arguments' rank
 * and the keys before it in the table are there already. Returns NULL, or what the value must be,
 * for a message: "an integer". */
const char *pleat__key_read(const struct pleat__key *key, struct pleat__word value,
                            struct pleat__arguments *arguments);

/* Prints " key=value" unless that is what is usual. */
void pleat__key_print(const struct pleat__key *key, const struct pleat__arguments *arguments,
                      struct pleat__writer *writer);

#endif
