/* Normal numbers for latents: they follow from the seed, what they are for, and a number. */
#ifndef PLEAT_TOOLS_NOISE_H
#define PLEAT_TOOLS_NOISE_H

#include <stdint.h>

#include <pleat/tensor.h>

/* What is drawn is not the same for any two of them. */
enum noise_purpose { NOISE_TRAINING, NOISE_EVALUATION, NOISE_SAMPLES };

/* Overwrites the elements of a float32 tensor. */
void noise_fill(const struct pleat_tensor *tensor, uint64_t seed, enum noise_purpose purpose,
                int64_t number);

#endif
