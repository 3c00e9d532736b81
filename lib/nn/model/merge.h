/* Which layers need no forward of their own, since that of an earlier one computes them too. */
#ifndef PLEAT_NN_MODEL_MERGE_H
#define PLEAT_NN_MODEL_MERGE_H

#include "nn/model/lives.h"

/* Sets the source and the activation of every step. In training each layer is its own source. In
 * inference a layer is merged into the source of its input where
 *
 * - it passes its input on,
 * - it normalises what a convolution or a dense layer makes, if the model is frozen: freeze.h,
 * - a convolution can apply it to what it stores,
 *
 * the last two only where nothing else reads what the source makes, under any of its names. What the
 * model reads is not merged with what it puts out. */
void pleat__merge(struct pleat__compilation *c);

#endif
