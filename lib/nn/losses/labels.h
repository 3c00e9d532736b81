/* Checking labels and the scores that they belong to. */
#ifndef PLEAT_NN_LOSSES_LABELS_H
#define PLEAT_NN_LOSSES_LABELS_H

#include <pleat/labels.h>

#include "nn/kernels/kernels.h"

/* Refuses scores, called name, that are not [N][C][extents...] with C at least 1, and labels that
 * are not [N][extents...]; overwrites *checked with both. */
enum pleat_status pleat__scores_check(struct pleat__scores *checked,
                                      const struct pleat_tensor *scores, const char *name,
                                      const struct pleat_labels *labels, struct pleat_error *error);

#endif
