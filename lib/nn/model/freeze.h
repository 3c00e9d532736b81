/* Values that do not change between two compiles: copied, and batch normalisation folded into the
 * weights before it.
 *
 * In inference batch normalisation is factor[c] x + shift[c], and x of a convolution is linear in its
 * weight: w'[c] = factor[c] w[c] and b'[c] = factor[c] b[c] + shift[c] do the same at once (Markus,
 * "Fusing batch normalization and convolution in runtime", 2018). Factors are computed, and products
 * rounded once, in double. */
#ifndef PLEAT_NN_MODEL_FREEZE_H
#define PLEAT_NN_MODEL_FREEZE_H

#include "nn/model/lives.h"

/* Copies what layer i reads, and folds the layers that were merged into it. */
enum pleat_status pleat__freeze_layer(const struct pleat__compilation *c, int i,
                                      struct pleat_error *error);

/* Frees the copy of the first parameter, of which `bytes` were made. */
void pleat__freeze_packed(struct pleat__frozen *frozen, size_t bytes);

/* Frees the copies that there are. */
void pleat__freeze_end(struct pleat__frozen *frozen);

#endif
