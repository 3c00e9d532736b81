/* Images between 0 and 1, labels as numbers. */
#include "data/prepare.h"

#include "base/error.h"
#include "data/source.h"

static enum pleat_status copy_image(const struct pleat_tensor *to, const struct pleat_tensor *from,
                                    struct pleat_error *error) {
    if (from->extent[1] != to->extent[2] || from->extent[2] != to->extent[3])
        return pleat__fail(
            error, PLEAT_INVALID_SHAPE,
            "a sample of %lldx%lld pixels in a batch of %lldx%lld: a crop makes them "
            "equal",
            (long long)from->extent[2], (long long)from->extent[1], (long long)to->extent[3],
            (long long)to->extent[2]);
    const float *in = from->data;
    float *out = to->data;
    for (int64_t i = 0; i < pleat_tensor_size(to); i++)
        out[i] = in[i] * (1.0F / 255.0F);
    return PLEAT_OK;
}

enum pleat_status pleat__prepare_default(void *context, const struct pleat_sample *sample,
                                         const struct pleat_batch *place,
                                         struct pleat_error *error) {
    (void)context;
    const struct pleat_tensor *target = &place->target[0];
    PLEAT__TRY(copy_image(&place->input[0], &sample->image, error));
    if (sample->labels.data == NULL)
        return copy_image(target, sample->target.data != NULL ? &sample->target : &sample->image,
                          error);
    /* Labels that are rank 0, or have the image's size, which has been compared. */
    float *out = target->data;
    for (int64_t i = 0; i < pleat_tensor_size(target); i++)
        out[i] = (float)sample->labels.data[i];
    return PLEAT_OK;
}

void pleat__prepare_layout(struct pleat_batch *layout, const struct pleat_source *source,
                           int64_t height, int64_t width) {
    const struct pleat_source_options *o = &source->options;
    const int64_t image[4] = {1, o->channels, height, width};
    const int64_t labels[3] = {1, height, width};
    const int64_t target[4] = {1, o->target_channels, height * o->target_scale,
                               width * o->target_scale};
    *layout = (struct pleat_batch){.input_count = 1, .target_count = 1};
    layout->input[0] = pleat_tensor_view(NULL, PLEAT_FLOAT32, 4, image);
    if (source->label_rank >= 0)
        layout->target[0] = pleat_tensor_view(NULL, PLEAT_FLOAT32, 1 + source->label_rank, labels);
    else
        layout->target[0] =
            pleat_tensor_view(NULL, PLEAT_FLOAT32, 4, o->target_channels != 0 ? target : image);
}
