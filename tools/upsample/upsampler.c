/* The network on batches of planes and on tiles. */
#include <string.h>

#include <pleat/tensor.h>

#include "fault.h"
#include "upsample/upsampler.h"

/* What does not change from tile to tile. */
struct pass {
    struct pleat_model *model;
    int64_t scale, reach;
    int64_t plane[2], tile[2]; /* height and width, low resolution */
    struct pleat_tensor input; /* [batch][1][tile] */
};

/* Puts the tile at corner of each plane into the input. */
static void gather(const struct pass *pass, const struct pleat_tensor *coarse, int64_t count,
                   const int64_t corner[2]) {
    float *target = pass->input.data;
    for (int64_t n = 0; n < count; n++) {
        const float *source = coarse[n].data;
        for (int64_t y = 0; y < pass->tile[0]; y++)
            for (int64_t x = 0; x < pass->tile[1]; x++)
                *target++ =
                    source[(corner[0] + y) * pass->plane[1] + corner[1] + x] * (1.0F / 255.0F);
    }
}

/* Where a tile's output is right, first..last - 1 of low resolution from the tile's corner: it is
 * wrong within reach of a side that is not the plane's. */
static void right_part(const struct pass *pass, const int64_t corner[2], const int64_t done[2],
                       int64_t first[2], int64_t last[2]) {
    for (int axis = 0; axis < 2; axis++) {
        const bool at_end = corner[axis] + pass->tile[axis] == pass->plane[axis];
        first[axis] = done[axis] - corner[axis];
        last[axis] = at_end ? pass->tile[axis] : pass->tile[axis] - pass->reach;
    }
}

/* Adds the right part of each tile's output to its plane. */
static void scatter(const struct pass *pass, const struct pleat_tensor *fine, int64_t count,
                    const int64_t corner[2], const int64_t first[2], const int64_t last[2]) {
    const int64_t s = pass->scale, row = pass->tile[1] * s, image = pass->tile[0] * s * row;
    const float *output = pleat_model_output(pass->model)->data;
    for (int64_t n = 0; n < count; n++)
        for (int64_t y = first[0] * s; y < last[0] * s; y++) {
            float *target = (float *)fine[n].data + (corner[0] * s + y) * pass->plane[1] * s;
            for (int64_t x = first[1] * s; x < last[1] * s; x++)
                target[corner[1] * s + x] += 255.0F * output[n * image + y * row + x];
        }
}

/* Where the tile that goes on at `done` begins: reach before it, and within the plane. */
static int64_t corner_for(const struct pass *pass, int axis, int64_t done) {
    const int64_t latest = pass->plane[axis] - pass->tile[axis];
    const int64_t wanted = done > pass->reach ? done - pass->reach : 0;
    return wanted < latest ? wanted : latest;
}

/* Walks the row of tiles that goes on at row done[0] of the planes, and moves done[0] behind it. */
static enum pleat_status walk_row(struct pass *pass, const struct pleat_tensor *coarse,
                                  const struct pleat_tensor *fine, int64_t count, int64_t done[2],
                                  struct pleat_error *error) {
    int64_t corner[2] = {corner_for(pass, 0, done[0]), 0}, first[2], last[2] = {0, 0};
    for (done[1] = 0; done[1] < pass->plane[1]; done[1] = corner[1] + last[1]) {
        corner[1] = corner_for(pass, 1, done[1]);
        right_part(pass, corner, done, first, last);
        gather(pass, coarse, count, corner);
        TRY(pleat_model_forward(pass->model, &pass->input, error));
        scatter(pass, fine, count, corner, first, last);
    }
    done[0] = corner[0] + last[0];
    return PLEAT_OK;
}

/* Walks all tiles of `count` planes. */
static enum pleat_status walk(struct pass *pass, const struct pleat_tensor *coarse,
                              const struct pleat_tensor *fine, int64_t count,
                              struct pleat_error *error) {
    pass->input.extent[0] = count;
    for (int64_t done[2] = {0, 0}; done[0] < pass->plane[0];)
        TRY(walk_row(pass, coarse, fine, count, done, error));
    return PLEAT_OK;
}

enum pleat_status upsampler_refine(const struct upsampler *upsampler,
                                   const struct pleat_tensor *coarse,
                                   const struct pleat_tensor *fine, size_t count, int64_t tile,
                                   struct pleat_error *error) {
    struct pass pass = {.model = upsampler->model,
                        .scale = upsampler->network.scale,
                        .reach = network_reach(&upsampler->network)};
    if (count == 0)
        return PLEAT_OK;
    for (int axis = 0; axis < 2; axis++) {
        pass.plane[axis] = coarse[0].extent[axis];
        pass.tile[axis] = pass.plane[axis] < tile ? pass.plane[axis] : tile;
    }
    const int64_t planes = (int64_t)count;
    int64_t batch = tile * tile / (pass.tile[0] * pass.tile[1]);
    if (batch > planes)
        batch = planes;
    struct pleat_compile_options options = pleat_compile_options_init();
    options.mode = PLEAT_INFERENCE;
    options.batch = batch;
    options.extent[0] = pass.tile[0];
    options.extent[1] = pass.tile[1];
    options.threads = upsampler->threads;
    TRY(pleat_model_compile(pass.model, &options, error));
    const int64_t extent[4] = {batch, 1, pass.tile[0], pass.tile[1]};
    TRY(pleat_tensor_allocate(&pass.input, PLEAT_FLOAT32, 4, extent, error));
    enum pleat_status status = PLEAT_OK;
    for (int64_t n = 0; status == PLEAT_OK && n < planes; n += batch)
        status = walk(&pass, coarse + n, fine + n, planes - n < batch ? planes - n : batch, error);
    pleat_tensor_free(&pass.input);
    return status;
}
