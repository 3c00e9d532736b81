/* What there is to see in a model: printed, and drawn. */
#ifndef PLEAT_TOOLS_INSPECTION_H
#define PLEAT_TOOLS_INSPECTION_H

#include <pleat/model.h>

struct inspection_options {
    const char *image; /* whose feature maps are looked at; NULL: none */
    const char *out;   /* pages.h; NULL: nothing is drawn */
    const char *layer; /* this one alone; NULL: all */
};

/* Prints a line a parameter, the gains of each transposed convolution and the feature maps, and draws
 * them. */
enum pleat_status inspect_model(const struct pleat_model *model,
                                const struct inspection_options *options,
                                struct pleat_error *error);

#endif
