/* How the batched method cuts a product. */
#ifndef PLEAT_CONV_BATCHED_TILING_H
#define PLEAT_CONV_BATCHED_TILING_H

#include <stddef.h>
#include <stdint.h>

/* How many classes there are (classes.h), of axes and of all three, of outputs and of terms. */
struct pleat__class_counts {
    int64_t axes, classes, outputs, terms;
};

/* The images of a block, as bytes of one element of each: the longest vector. A shorter one makes
 * blocks of fewer images. */
enum { PLEAT__BATCHED_BYTES = 64 };

/* All sizes in bytes, aligned. */
struct pleat__batched_tiling {
    int64_t blocks;     /* filter product: blocks of images that are correlated at once, */
    int64_t pieces;     /* so many pieces of a class's terms after each other */
    size_t coarse_size; /* of a block: one group of its images, */
    size_t fine_size;   /* and of the fine side */
    size_t weight_size; /* packed, of all groups; none of the filter product */
    size_t class_size;  /* of the classes' tables (classes.h) */
    struct pleat__class_counts counts;
};

#endif
