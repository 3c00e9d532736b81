/* Networks for segmentation, as text (pleat/text.h). */
#ifndef PLEAT_TOOLS_SEGMENT_NETWORK_H
#define PLEAT_TOOLS_SEGMENT_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

enum segment_network { SEGMENT_UNET, SEGMENT_FCN };

#define SEGMENT_MAX_DEPTH 8
#define SEGMENT_MAX_WIDTH 1024

struct segment_network_options {
    enum segment_network kind;
    int64_t channels, classes;
    int64_t depth; /* how often it halves, 1..SEGMENT_MAX_DEPTH */
    int64_t
        width; /* channels of the highest level, 1..SEGMENT_MAX_WIDTH; each below has twice as many */
    bool batch_norm; /* behind each 3x3 convolution, which then has no bias */
};

/* Returns the network as text, freed by free; NULL where there is no memory.
 *
 * UNET (Ronneberger, Fischer and Brox, "U-Net: convolutional networks for biomedical image
 * segmentation", 2015), padded: two 3x3 convolutions a level, max pooling by 2, up-convolutions of
 * 2x2, and each level's features joined with what comes up.
 *
 * FCN (Long, Shelhamer and Darrell, "Fully convolutional networks for semantic segmentation", 2015):
 * the same way down; then scores of each level, enlarged by transposed convolutions of kernel 4 and
 * stride 2 that begin as bilinear interpolation, and added. */
char *segment_network_text(const struct segment_network_options *options);

#endif
