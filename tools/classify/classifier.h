/* A network that tells which class a grey image is of. */
#ifndef PLEAT_TOOLS_CLASSIFIER_H
#define PLEAT_TOOLS_CLASSIFIER_H

#include <stdint.h>

#include <pleat/loader.h>
#include <pleat/model.h>

struct classifier {
    struct pleat_model *model; /* from an image to one logit a class */
    int64_t classes, extent[2], batch;
    int threads;
};

/* Makes the text's network for images of that many pixels: two convolutions, each with pooling, and two
 * dense layers. width channels, then twice as many. */
enum pleat_status classifier_make(struct classifier *classifier, int64_t width,
                                  struct pleat_error *error);

/* Reads a checkpoint of pleat train classify, which may be hostile, for images of extent[2], batch at
 * once, and overwrites *classifier, compiled for inference; its model is freed by the caller. */
enum pleat_status classifier_read(struct classifier *classifier, const char *path,
                                  const int64_t extent[2], int64_t batch, int threads,
                                  struct pleat_error *error);

/* Compiles; refuses a model whose output is not a vector, and tells its length in classes. */
enum pleat_status classifier_compile(struct classifier *classifier, enum pleat_mode mode,
                                     struct pleat_error *error);

/* Overwrites, for images[n][1][extent...] between 0 and 1, n at most the batch, label[n] with the likeliest
 * class and confidence[n] with its probability. */
enum pleat_status classifier_apply(struct classifier *classifier, const struct pleat_tensor *images,
                                   int32_t *label, double *confidence, struct pleat_error *error);

/* Adds to counts[classes][classes] the classes, and those that the classifier tells, of all images of a
 * loader that shows each once. */
enum pleat_status classifier_count(struct classifier *classifier, struct pleat_loader *images,
                                   int64_t *counts, struct pleat_error *error);

#endif
