/* What the metadata of an up-sampler say, written and read. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"
#include "superres/checkpoint.h"
#include "superres/network.h"

#define SCALE_KEY "superres.scale"
#define RESIDUAL_KEY "superres.residual"

static const char *const residuals[] = {[RESIDUAL_NONE] = "none", [RESIDUAL_BICUBIC] = "bicubic"};

void checkpoint_describe(struct checkpoint_description *description,
                         const struct upsampler *upsampler) {
    snprintf(description->scale, sizeof description->scale, "%" PRId64, upsampler->scale);
    description->metadata[0] = (struct pleat_metadata){SCALE_KEY, description->scale};
    description->metadata[1] =
        (struct pleat_metadata){RESIDUAL_KEY, residuals[upsampler->residual]};
}

/* The sentence shows no more than the beginning of what a hostile file says. */
static enum pleat_status read_metadata(struct upsampler *upsampler,
                                       const struct pleat_safetensors *file,
                                       struct pleat_error *error) {
    const char *scale = pleat_safetensors_metadata(file, SCALE_KEY);
    const char *residual = pleat_safetensors_metadata(file, RESIDUAL_KEY);
    if (scale == NULL || residual == NULL)
        return fault(error, PLEAT_BAD_FORMAT, "it is no up-sampler's: its metadata have no %s",
                     scale == NULL ? SCALE_KEY : RESIDUAL_KEY);
    if (strlen(scale) != 1 || *scale < '0' + NETWORK_MIN_SCALE || *scale > '0' + NETWORK_MAX_SCALE)
        return fault(error, PLEAT_BAD_FORMAT, SCALE_KEY " is '%.20s', not %d to %d", scale,
                     NETWORK_MIN_SCALE, NETWORK_MAX_SCALE);
    upsampler->scale = *scale - '0';
    for (int i = 0; i < (int)(sizeof residuals / sizeof *residuals); i++)
        if (strcmp(residual, residuals[i]) == 0) {
            upsampler->residual = (enum residual)i;
            return PLEAT_OK;
        }
    return fault(error, PLEAT_BAD_FORMAT, RESIDUAL_KEY " is '%.20s', not none or bicubic",
                 residual);
}

/* A network with one number that is none makes nothing but such numbers. */
static enum pleat_status check_finite(const struct pleat_model *model, struct pleat_error *error) {
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter parameter = pleat_model_parameter(model, i);
        const float *value = parameter.value.data;
        for (int64_t k = 0; k < pleat_tensor_size(&parameter.value); k++)
            if (!isfinite(value[k]))
                return fault(error, PLEAT_NOT_FINITE, "parameter '%s' holds NaN or infinity",
                             parameter.name);
    }
    return PLEAT_OK;
}

static enum pleat_status open(struct upsampler *upsampler, const struct pleat_safetensors *file,
                              struct pleat_error *error) {
    TRY(read_metadata(upsampler, file, error));
    TRY(pleat_checkpoint_model(&upsampler->model, file, error));
    enum pleat_status status = pleat_model_dtype(upsampler->model) == PLEAT_FLOAT32
                                   ? check_finite(upsampler->model, error)
                                   : fault(error, PLEAT_TYPE_MISMATCH, "it is not float32");
    if (status == PLEAT_OK)
        status = upsampler_check(upsampler, error);
    if (status != PLEAT_OK)
        pleat_model_free(upsampler->model);
    return status;
}

enum pleat_status checkpoint_read(struct upsampler *upsampler, const char *path,
                                  struct pleat_error *error) {
    struct pleat_safetensors *file;
    struct upsampler made = *upsampler;
    struct pleat_error bare;
    TRY(pleat_safetensors_read(&file, path, error));
    const enum pleat_status status = open(&made, file, &bare);
    pleat_safetensors_free(file);
    if (status != PLEAT_OK)
        return fault(error, status, "%.100s: %.150s", path, bare.message);
    *upsampler = made;
    return PLEAT_OK;
}
