/* Applying an up-sampling network to planes of any size. */
#ifndef PLEAT_TOOLS_UPSAMPLER_H
#define PLEAT_TOOLS_UPSAMPLER_H

#include <stddef.h>
#include <stdint.h>

#include <pleat/model.h>

/* What is added to a network's output. */
enum residual {
    RESIDUAL_NONE,   /* nothing: the network makes the whole image */
    RESIDUAL_BICUBIC /* the bicubic enlargement: the network makes what that lacks */
};

/* A network, and what its output means. */
struct upsampler {
    struct pleat_model *model;
    int64_t scale;
    enum residual residual;
    int threads; /* 0: as many as OpenMP offers */
    /* NULL, or called as pleat_predict_options says. */
    enum pleat_status (*progress)(void *context, int64_t done, int64_t total);
    void *context;
};

/* The most bytes that the network works in, unless another number is asked for. */
#define UPSAMPLER_MEMORY ((size_t)64 << 20)

/* PLEAT_INVALID_SHAPE: the model does not make one plane of one, larger by the scale. */
enum pleat_status upsampler_check(const struct upsampler *upsampler, struct pleat_error *error);

/* Enlarges planes:
 *
 *     fine = 255 network(coarse / 255)          RESIDUAL_NONE
 *     fine += 255 network(coarse / 255)         RESIDUAL_BICUBIC: fine holds the enlargement
 *
 * coarse, float32 [h][w] or [count][h][w]; fine, float32 [h scale][w scale] or as many of them.
 * Small planes go through the network together, large ones by tiles (pleat/predict.h) that take so
 * many bytes of memory at most, 0 being no bound. */
enum pleat_status upsampler_run(const struct upsampler *upsampler,
                                const struct pleat_tensor *coarse, const struct pleat_tensor *fine,
                                size_t memory, struct pleat_error *error);

#endif
