/* Prediction: a model applied to images of any size, whole where they fit into a given memory and
 * otherwise by tiles that show no seams.
 *
 * A tile has, beside the pixels that it is there for, all input pixels that they depend on
 * (receptive_field.h), or ends where the image does. It begins at a multiple of the model's total
 * stride, so that pooling and strides fall on the same pixels as in the whole image. Each output
 * pixel is taken from one tile. The numbers are those of the whole image but for rounding: plans for
 * other sizes may sum in another order. */
#ifndef PLEAT_PREDICT_H
#define PLEAT_PREDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pleat/export.h>
#include <pleat/model.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pleat_predictor;

/* What becomes of an image whose extents are no multiples of the model's total stride, such as one
 * of 500 x 375 for a U-Net that halves four times. An image that is extended gets pixels at the end
 * of each axis, up to the next multiple, and its outputs are cut to what lies over the image's own,
 * rounded up. */
enum pleat_extension {
    PLEAT_EXTEND_NONE,    /* the model takes it as it is, or refuses it */
    PLEAT_EXTEND_REFLECT, /* mirrored at the last pixel, which is not repeated */
    PLEAT_EXTEND_EDGE     /* the last pixel repeated */
};

/* Start from pleat_predict_options_init. */
struct pleat_predict_options {
    size_t
        memory; /* the most bytes that activations, scratch and the copies of tiles take together,
                      for all sizes that the predictor keeps ready; 0: no bound */
    int64_t batch; /* the most images at once, at least 1; fewer where memory bounds them */
    int threads;   /* 0..PLEAT_MAX_THREADS; 0: as many as OpenMP offers */
    enum pleat_extension extension;
    bool add; /* add to what the outputs hold, as a residual, rather than overwrite it */
    /* NULL, or called after each pass with how many of all passes (tiles, or batches of whole
     * images) are done; anything but PLEAT_OK stops the run, which returns it. */
    enum pleat_status (*progress)(void *context, int64_t done, int64_t total);
    void *context;
};

/* Returns batch 1 and the rest 0. */
PLEAT_API struct pleat_predict_options pleat_predict_options_init(void);

/* Makes a predictor for a model with one input and any number of outputs, and overwrites *predictor
 * with it; freed by pleat_predictor_free. options may be NULL, and is copied. The model must outlive
 * it and get no more layers. What the model itself is compiled for, and what its last forward left,
 * stays as it is; parameters are read when it runs.
 *
 * PLEAT_INVALID_ARGUMENT: predictor or model NULL, an option outside its range, a model without
 * layers. PLEAT_UNSUPPORTED: several inputs. PLEAT_SIZE_OVERFLOW: strides that int64_t does not
 * hold. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_predictor_create(struct pleat_predictor **predictor, struct pleat_model *model,
                       const struct pleat_predict_options *options, struct pleat_error *error);

/* Frees a predictor, but not its model; NULL is allowed. */
PLEAT_API void pleat_predictor_free(struct pleat_predictor *predictor);

/* How images are worked on. */
struct pleat_prediction {
    int rank;                         /* spatial axes of the input */
    int64_t extended[PLEAT_MAX_AXES]; /* the image's extents as the model sees them */
    int64_t tile[PLEAT_MAX_AXES];     /* of a tile's input; as extended where there is one */
    int64_t tiles[PLEAT_MAX_AXES];    /* how many along each axis */
    int64_t batch;                    /* images at once */
    size_t memory;                    /* bytes, as options.memory counts them */
    int output_count;
    struct pleat_tensor output[PLEAT_MAX_OUTPUTS]; /* extents of the outputs; data NULL */
};

/* Chooses how `images` images (at least 0) of these spatial extents are worked on, and overwrites
 * *prediction with it. The predictor remembers it, with plans and memory, and some of those for
 * other sizes as long as they fit the bound together; what was not used for longest goes first.
 *
 * Whole images are taken where one fits the bound, and as many at once as fit; otherwise the largest
 * square tiles (cubes) that fit, of one size, then made as small as their number allows.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, an extent below 1. PLEAT_WRONG_STATE: the model has
 * other layers than when the predictor was made. PLEAT_OUT_OF_MEMORY: also where the smallest tile
 * does not fit the bound; the detail says how much it takes. PLEAT_UNSUPPORTED: tiles are needed,
 * and a layer, which the detail names, mixes all pixels. Other statuses as pleat_model_compile.
 * Cost for a size not seen of late: the making of some plans. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_predictor_plan(struct pleat_predictor *predictor, int64_t images, const int64_t *extent,
                     struct pleat_prediction *prediction, struct pleat_error *error);

/* Computes outputs[count], one for each output of the model by its number, for
 * input[N][channels][extents...], N >= 0. Their extents are those of pleat_prediction.output; they
 * are overwritten, or added to where the options say so, and overlap neither the input nor each
 * other.
 *
 * The same bits for any number of threads and any batch (but for layers whose bits depend on it).
 * Not to be called by two threads at once, as little as the model's own functions.
 *
 * Statuses as pleat_predictor_plan; PLEAT_INVALID_ARGUMENT also: data NULL in a tensor that is not
 * empty, another count. PLEAT_INVALID_SHAPE, PLEAT_TYPE_MISMATCH: tensors that are not as said. What
 * progress returns. On an error outputs are as they were, but for a run that progress stops: the
 * passes that are done have been written. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_predictor_run(struct pleat_predictor *predictor, const struct pleat_tensor *input, int count,
                    const struct pleat_tensor *outputs, struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
