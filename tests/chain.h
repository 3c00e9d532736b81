/* Building models in tests layer by layer, without inventing names. */
#ifndef CHAIN_H
#define CHAIN_H

#include <pleat/pleat.h>

#define CHAIN_NAME 16

/* A model under construction: the next layer reads `last`. */
struct chain {
    struct pleat_model *model;
    int rank, count;
    int64_t channels;
    char last[CHAIN_NAME];
};

/* A model with one input. */
struct chain chain_begin(enum pleat_dtype dtype, int64_t channels, int rank);

/* Each adds one layer. Geometry is the same on every axis; chain_operator takes one of its own, but
 * for rank and in_channels, which are the chain's. */
void chain_operator(struct chain *chain, enum pleat_operator op, struct pleat_conv_params params);
void chain_conv(struct chain *chain, int64_t out_channels, int64_t kernel, int64_t stride,
                int64_t padding);
void chain_transpose(struct chain *chain, int64_t out_channels, int64_t kernel, int64_t stride,
                     int64_t padding);
void chain_pool(struct chain *chain, int64_t kernel, int64_t stride, int64_t padding);
void chain_upsample(struct chain *chain, enum pleat_upsampling method, int64_t factor);
void chain_shuffle(struct chain *chain, int64_t factor);
void chain_pad(struct chain *chain, int64_t begin, int64_t end);
void chain_leaky(struct chain *chain);

/* Joins another layer, of so many channels, to the last one. */
void chain_sum(struct chain *chain, const char *other);
void chain_concatenate(struct chain *chain, const char *other, int64_t channels);

/* A U-Net: at each level two 3 x 3 convolutions, then max pooling by 2; back by transposed
 * convolutions (kernel 2, stride 2), with a skip at each level. */
struct pleat_model *make_unet(enum pleat_dtype dtype, int levels, int64_t width);

/* Fills every parameter with numbers in [0.5, 1.5) over its fan-in, so that numbers keep their size
 * from layer to layer, and no pixel in reach goes unseen. */
void fill_positive(struct pleat_model *model, uint64_t seed);

#endif
