/* Writing the network to a file and building it again from one. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "superres/checkpoint.h"
#include "fault.h"

/* The metadata that say how to build the network: the only values that this program knows, except
 * those of "network" and "scale". */
static const struct pleat_metadata fixed[] = {
    {"task", "superres"},
    {"architecture", "fsrcnn"},
    {"normalisation", "Y/255"},
    {"residual", "bicubic"},
};
enum { FIXED = sizeof fixed / sizeof fixed[0] };
_Static_assert(FIXED + 2 <= CHECKPOINT_METADATA, "room for all metadata");

void checkpoint_describe(struct checkpoint_description *description,
                         const struct network *network) {
    struct pleat_metadata *metadata = description->metadata;
    memcpy(metadata, fixed, sizeof fixed);
    snprintf(description->scale, sizeof description->scale, "%" PRId64, network->scale);
    metadata[FIXED] = (struct pleat_metadata){"network", network_name(network, description->name)};
    metadata[FIXED + 1] = (struct pleat_metadata){"scale", description->scale};
    description->count = FIXED + 2;
}

/* Returns the metadata's string of that key, or "" where there is none. */
static const char *look_up(const struct pleat_safetensors *file, const char *key) {
    const char *value = pleat_safetensors_metadata(file, key);
    return value != NULL ? value : "";
}

/* The sentence shows no more than the beginning of what a hostile file says. */
static enum pleat_status refuse(const char *path, const char *key, const char *value,
                                const char *wanted, struct pleat_error *error) {
    return fault(error, PLEAT_BAD_FORMAT,
                 "%.100s: is no checkpoint of an up-sampler: its metadata say %s '%.20s', not %s",
                 path, key, value, wanted);
}

static enum pleat_status read_description(const char *path, const struct pleat_safetensors *file,
                                          struct network *network, struct pleat_error *error) {
    for (int i = 0; i < FIXED; i++) {
        const char *value = look_up(file, fixed[i].key);
        if (strcmp(value, fixed[i].value) != 0)
            return refuse(path, fixed[i].key, value, fixed[i].value, error);
    }
    const char *scale = look_up(file, "scale"), *name = look_up(file, "network");
    if (strlen(scale) != 1 || *scale < '0' + NETWORK_MIN_SCALE || *scale > '0' + NETWORK_MAX_SCALE)
        return refuse(path, "scale", scale, "2 to 8", error);
    network->scale = *scale - '0';
    if (!network_from_name(name, network))
        return refuse(path, "network", name, "d,s,m such as 56,12,4", error);
    return PLEAT_OK;
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

/* Fills the network, and puts the file's name before what is wrong with it. */
static enum pleat_status fill(const char *path, const struct pleat_safetensors *file,
                              struct pleat_model *model, struct pleat_error *error) {
    struct pleat_error bare;
    enum pleat_status status = pleat_checkpoint_load(model, file, &bare);
    if (status == PLEAT_OK)
        status = check_finite(model, &bare);
    return status == PLEAT_OK ? PLEAT_OK
                              : fault(error, status, "%.100s: %.150s", path, bare.message);
}

static enum pleat_status build(const char *path, const struct pleat_safetensors *file,
                               struct network *network, struct pleat_model **model,
                               struct pleat_error *error) {
    TRY(read_description(path, file, network, error));
    TRY(network_build(model, network, PLEAT_FLOAT32, error));
    const enum pleat_status status = fill(path, file, *model, error);
    if (status != PLEAT_OK)
        pleat_model_free(*model);
    return status;
}

enum pleat_status checkpoint_read(const char *path, struct network *network,
                                  struct pleat_model **model, struct pleat_error *error) {
    struct pleat_safetensors *file;
    struct network described;
    struct pleat_model *made;
    TRY(pleat_safetensors_read(&file, path, error));
    const enum pleat_status status = build(path, file, &described, &made, error);
    pleat_safetensors_free(file);
    if (status != PLEAT_OK)
        return status;
    *network = described;
    *model = made;
    return PLEAT_OK;
}
