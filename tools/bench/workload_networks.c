/* The networks of the workloads. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench/workload.h"
#include "fault.h"

/* The longest name of a layer, its closing 0 included. */
enum { NAME_BYTES = 32 };

/* A model that grows at its end. */
struct chain {
    struct pleat_model *model;
    struct pleat_error *error;
    char last[NAME_BYTES]; /* layer */
    int count;             /* of layers, which number their names */
};

/* Begins with an input. */
static enum pleat_status begin(struct chain *chain, struct pleat_model *model, int64_t channels,
                               struct pleat_error *error) {
    *chain = (struct chain){.model = model, .error = error, .last = "input"};
    return pleat_model_add_input(model, "input", channels, 2, error);
}

/* The name of the next layer; the caller reads chain->last before it puts the name there. */
static void next_name(struct chain *chain, const char *kind, char name[static NAME_BYTES]) {
    snprintf(name, NAME_BYTES, "%s%d", kind, chain->count++);
}

static enum pleat_status conv(struct chain *chain, int64_t in, int64_t out, int64_t kernel) {
    char name[NAME_BYTES];
    const struct pleat_conv_params params =
        pleat_conv_params_init(2, in, out, kernel, 1, kernel / 2);
    next_name(chain, "conv", name);
    TRY(pleat_model_add_conv(chain->model, name, chain->last, &params, 1, chain->error));
    strcpy(chain->last, name);
    return PLEAT_OK;
}

static enum pleat_status conv_transpose(struct chain *chain, int64_t in, int64_t out,
                                        int64_t kernel, int64_t stride, int64_t padding,
                                        int64_t output_padding) {
    char name[NAME_BYTES];
    struct pleat_conv_params params = pleat_conv_params_init(2, in, out, kernel, stride, padding);
    for (int axis = 0; axis < 2; axis++)
        params.axis[axis].output_padding = output_padding;
    next_name(chain, "up", name);
    TRY(pleat_model_add_conv_transpose(chain->model, name, chain->last, &params, 1, chain->error));
    strcpy(chain->last, name);
    return PLEAT_OK;
}

/* A layer that a function of model, name and input adds. */
static enum pleat_status simple(struct chain *chain, const char *kind,
                                enum pleat_status (*add)(struct pleat_model *model,
                                                         const char *name, const char *input,
                                                         struct pleat_error *error)) {
    char name[NAME_BYTES];
    next_name(chain, kind, name);
    TRY(add(chain->model, name, chain->last, chain->error));
    strcpy(chain->last, name);
    return PLEAT_OK;
}

/* Batch normalisation and a ReLU. */
static enum pleat_status norm_relu(struct chain *chain) {
    char name[NAME_BYTES];
    next_name(chain, "norm", name);
    TRY(pleat_model_add_batch_norm(chain->model, name, chain->last, NULL, chain->error));
    strcpy(chain->last, name);
    return simple(chain, "relu", pleat_model_add_relu);
}

/* FSRCNN (Dong, Loy and Tang, "Accelerating the super-resolution convolutional neural network",
 * 2016) with d = 56, s = 12 and m = 4. */
static enum pleat_status fsrcnn(struct pleat_model *model, int64_t scale,
                                struct pleat_error *error) {
    enum { FEATURES = 56, SHRUNK = 12, MAPPINGS = 4, LAST_KERNEL = 9 };
    struct chain chain;
    TRY(begin(&chain, model, 1, error));
    TRY(conv(&chain, 1, FEATURES, 5));
    TRY(simple(&chain, "prelu", pleat_model_add_prelu));
    TRY(conv(&chain, FEATURES, SHRUNK, 1));
    TRY(simple(&chain, "prelu", pleat_model_add_prelu));
    for (int i = 0; i < MAPPINGS; i++) {
        TRY(conv(&chain, SHRUNK, SHRUNK, 3));
        TRY(simple(&chain, "prelu", pleat_model_add_prelu));
    }
    TRY(conv(&chain, SHRUNK, FEATURES, 1));
    TRY(simple(&chain, "prelu", pleat_model_add_prelu));
    return conv_transpose(&chain, FEATURES, 1, LAST_KERNEL, scale, 4, scale - 1);
}

static enum pleat_status fsrcnn_x2(struct pleat_model *model, struct pleat_error *error) {
    return fsrcnn(model, 2, error);
}

static enum pleat_status fsrcnn_x3(struct pleat_model *model, struct pleat_error *error) {
    return fsrcnn(model, 3, error);
}

/* Two convolutions of a U-Net. */
static enum pleat_status block(struct chain *chain, int64_t in, int64_t out) {
    TRY(conv(chain, in, out, 3));
    TRY(norm_relu(chain));
    TRY(conv(chain, out, out, 3));
    return norm_relu(chain);
}

/* U-Net (Ronneberger, Fischer and Brox, 2015), padded, with three levels, batch normalisation and
 * two classes. */
static enum pleat_status unet(struct pleat_model *model, struct pleat_error *error) {
    enum { LEVELS = 3, WIDTH = 16, CLASSES = 2 };
    const struct pleat_pool_params halves = pleat_pool_params_init(2, 2, 2, 0);
    char skipped[LEVELS][NAME_BYTES], name[NAME_BYTES];
    struct chain chain;
    TRY(begin(&chain, model, 1, error));
    for (int level = 0; level < LEVELS; level++) {
        TRY(block(&chain, level == 0 ? 1 : WIDTH << (level - 1), WIDTH << level));
        strcpy(skipped[level], chain.last);
        next_name(&chain, "pool", name);
        TRY(pleat_model_add_max_pool(model, name, chain.last, &halves, error));
        strcpy(chain.last, name);
    }
    TRY(block(&chain, WIDTH << (LEVELS - 1), WIDTH << LEVELS));
    for (int level = LEVELS - 1; level >= 0; level--) {
        TRY(conv_transpose(&chain, WIDTH << (level + 1), WIDTH << level, 2, 2, 0, 0));
        const char *const both[] = {chain.last, skipped[level]};
        next_name(&chain, "join", name);
        TRY(pleat_model_add_concatenate(model, name, 2, both, error));
        strcpy(chain.last, name);
        TRY(block(&chain, WIDTH << (level + 1), WIDTH << level));
    }
    return conv(&chain, WIDTH, CLASSES, 1);
}

/* The decoder of a DCGAN (Radford, Metz and Chintala, 2016) for images of 28 x 28. */
static enum pleat_status decoder(struct pleat_model *model, struct pleat_error *error) {
    struct chain chain;
    TRY(begin(&chain, model, 64, error));
    TRY(conv_transpose(&chain, 64, 256, 7, 1, 0, 0));
    TRY(norm_relu(&chain));
    TRY(conv_transpose(&chain, 256, 128, 4, 2, 1, 0));
    TRY(norm_relu(&chain));
    TRY(conv_transpose(&chain, 128, 1, 4, 2, 1, 0));
    return simple(&chain, "tanh", pleat_model_add_tanh);
}

const struct workload workloads[WORKLOADS] = {
    {"fsrcnn_x3_small", FIT_IMAGES, 64, 1, 10, 10, fsrcnn_x3},
    {"fsrcnn_x3_large", FIT_IMAGES, 16, 1, 32, 32, fsrcnn_x3},
    {"unet", FIT_LABELS, 4, 1, 256, 256, unet},
    {"dcgan_decoder", FIT_IMAGES, 64, 64, 1, 1, decoder},
    {"fsrcnn_x2_apply", APPLY, 1, 1, 540, 960, fsrcnn_x2},
};
