/* The figures of the verb eval: PSNR of each up-sampler on each image of a data set. */
#ifndef PLEAT_TOOLS_EVALUATION_H
#define PLEAT_TOOLS_EVALUATION_H

#include <stdbool.h>

#include <pleat/dataset.h>

#include "superres/upsampler.h"

enum method { METHOD_NEAREST, METHOD_BILINEAR, METHOD_BICUBIC, METHOD_NETWORK, METHODS };

struct evaluation {
    size_t count;          /* images */
    bool wanted[METHODS];  /* set before; others are not computed */
    double *psnr[METHODS]; /* one an image; NULL where not wanted */
    size_t exact;          /* images that some method reproduces exactly: their PSNR is infinite */
    double mean[METHODS];  /* over the other images */
};

/* Computes the figures that evaluation->wanted says, leaving out so many pixels at each border;
 * freed by evaluation_free, on an error too. */
enum pleat_status evaluation_run(struct evaluation *evaluation, const struct upsampler *upsampler,
                                 const struct pleat_dataset *dataset, int64_t border,
                                 struct pleat_error *error);

void evaluation_free(struct evaluation *evaluation);

#endif
