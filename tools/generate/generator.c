/* Reading a generator, and applying it. */
#include "generate/generator.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"
#include "generate/noise.h"

static enum pleat_status read_kind(struct generator *generator, const char *path,
                                   const struct pleat_safetensors *file,
                                   struct pleat_error *error) {
    const char *task = pleat_safetensors_metadata(file, "task"),
               *kind = pleat_safetensors_metadata(file, "kind");
    if (task == NULL || kind == NULL || strcmp(task, "generate") != 0)
        return fault(error, PLEAT_BAD_FORMAT, "%.150s: is no checkpoint of pleat train generate",
                     path);
    for (int i = 0; i < GENERATE_KINDS; i++)
        if (strcmp(kind, generate_kind_name(i)) == 0) {
            generator->kind = i;
            return PLEAT_OK;
        }
    return fault(error, PLEAT_BAD_FORMAT, "%.150s: is of a kind that is unknown, '%.20s'", path,
                 kind);
}

static enum pleat_status read_models(struct generator *generator,
                                     const struct pleat_safetensors *file,
                                     struct pleat_error *error) {
    TRY(pleat_checkpoint_model_part(
        &generator->model, network_part_name(generator->kind, NETWORK_GENERATOR), file, error));
    if (generator->kind == GENERATE_VAE)
        TRY(pleat_checkpoint_model_part(
            &generator->encoder, network_part_name(GENERATE_VAE, NETWORK_CRITIC), file, error));
    return pleat_model_check_finite(generator->model, error);
}

static enum pleat_status compile(struct generator *generator, struct pleat_error *error) {
    struct pleat_compile_options options = pleat_compile_options_init();
    options.mode = PLEAT_INFERENCE;
    options.batch = GENERATOR_BATCH;
    options.threads = generator->threads;
    if (pleat_model_dtype(generator->model) != PLEAT_FLOAT32 ||
        pleat_model_input_count(generator->model) != 1 ||
        pleat_model_input_shape(generator->model, 0, &generator->latents) != 0)
        return fault(error, PLEAT_BAD_FORMAT,
                     "its generator must have one vector of float32 as its input");
    TRY(pleat_model_compile(generator->model, &options, error));
    const struct pleat_tensor *image = pleat_model_output(generator->model);
    if (image->rank != 4 || image->extent[1] != 1)
        return fault(error, PLEAT_BAD_FORMAT, "its generator does not make grey images");
    generator->extent[0] = image->extent[2];
    generator->extent[1] = image->extent[3];
    return PLEAT_OK;
}

enum pleat_status generator_read(struct generator *generator, const char *path, int threads,
                                 struct pleat_error *error) {
    struct generator read = {.threads = threads};
    struct pleat_safetensors *file;
    struct pleat_error detail = {.message = ""};
    TRY(pleat_safetensors_read(&file, path, error));
    enum pleat_status status = read_kind(&read, path, file, error);
    if (status == PLEAT_OK) {
        status = read_models(&read, file, &detail);
        if (status == PLEAT_OK)
            status = compile(&read, &detail);
        if (status != PLEAT_OK)
            fault(error, status, "%.100s: %.150s", path, detail.message);
    }
    pleat_safetensors_free(file);
    if (status == PLEAT_OK)
        *generator = read;
    else
        generator_free(&read);
    return status;
}

void generator_free(struct generator *generator) {
    pleat_model_free(generator->model);
    pleat_model_free(generator->encoder);
}

/* From what the network makes to a pixel: a logit (vae), or a number between -1 and 1 (gan). */
static float pixel_of(enum generate_kind kind, float number) {
    return kind == GENERATE_VAE ? 1 / (1 + expf(-number)) : (number + 1) / 2;
}

enum pleat_status generator_make(struct generator *generator, const struct pleat_tensor *latents,
                                 const struct pleat_tensor *images, struct pleat_error *error) {
    const int64_t n = latents->extent[0], size = generator->extent[0] * generator->extent[1];
    float *pixel = images->data;
    for (int64_t first = 0; first < n; first += GENERATOR_BATCH) {
        struct pleat_tensor some = *latents;
        some.extent[0] = n - first < GENERATOR_BATCH ? n - first : GENERATOR_BATCH;
        some.data = (float *)latents->data + first * generator->latents;
        TRY(pleat_model_forward(generator->model, &some, error));
        const float *made = pleat_model_output(generator->model)->data;
        for (int64_t i = 0; i < some.extent[0] * size; i++)
            pixel[first * size + i] = pixel_of(generator->kind, made[i]);
    }
    return PLEAT_OK;
}

enum pleat_status generator_sample(struct generator *generator, int64_t count, uint64_t seed,
                                   struct pleat_tensor *images, struct pleat_error *error) {
    const int64_t vector[2] = {count, generator->latents};
    const int64_t image[4] = {count, 1, generator->extent[0], generator->extent[1]};
    struct pleat_tensor latents;
    TRY(pleat_tensor_allocate(&latents, PLEAT_FLOAT32, 2, vector, error));
    noise_fill(&latents, seed, NOISE_SAMPLES, 0);
    enum pleat_status status = pleat_tensor_allocate(images, PLEAT_FLOAT32, 4, image, error);
    if (status == PLEAT_OK) {
        status = generator_make(generator, &latents, images, error);
        if (status != PLEAT_OK)
            pleat_tensor_free(images);
    }
    pleat_tensor_free(&latents);
    return status;
}
