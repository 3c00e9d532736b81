/* segment MODEL IMAGE OUTPUT.png: the class of each pixel of an image, as grey levels, by a checkpoint
 * of `pleat train segment`. Build it with pkg-config --cflags --libs pleat-io. */
#include <pleat/pleat-io.h>
#include <pleat/pleat.h>
#include <stdio.h>

static struct pleat_error error;

/* Ends the program where something could not be done. */
#define TRY(call)                                                                                  \
    do                                                                                             \
        if ((call) != PLEAT_OK) {                                                                  \
            fprintf(stderr, "%s\n", error.message);                                                \
            return 1;                                                                              \
        }                                                                                          \
    while (0)

int main(int argc, char **argv) {
    struct pleat_model *model;
    struct pleat_predictor *predictor;
    struct pleat_prediction plan;
    struct pleat_image image, picture;
    struct pleat_tensor y, scores, plane;
    if (argc != 4)
        return fprintf(stderr, "usage: segment MODEL IMAGE OUTPUT.png\n"), 2;
    TRY(pleat_checkpoint_open(&model, argv[1], &error));
    TRY(pleat_image_read(&image, argv[2], &error));

    /* The input, [1][1][height][width]: this example is for networks that see grey images. */
    TRY(pleat_image_to_y(&y, &image, &error));
    for (int64_t i = 0; i < image.height * image.width; i++)
        ((float *)y.data)[i] /= 255;
    const int64_t sides[] = {image.height, image.width};
    const int64_t shape[] = {1, 1, image.height, image.width};
    const struct pleat_tensor input = pleat_tensor_view(y.data, PLEAT_FLOAT32, 4, shape);

    /* Any size: mirrored to what the network's strides ask for, in tiles above 256 MiB. */
    struct pleat_predict_options options = pleat_predict_options_init();
    options.extension = PLEAT_EXTEND_REFLECT;
    options.memory = (size_t)256 << 20;
    TRY(pleat_predictor_create(&predictor, model, &options, &error));
    TRY(pleat_predictor_plan(predictor, 1, sides, &plan, &error));
    TRY(pleat_tensor_allocate(&scores, PLEAT_FLOAT32, 4, plan.output[0].extent, &error));
    TRY(pleat_predictor_run(predictor, &input, 1, &scores, &error));

    /* The class with the largest score, as a grey level; y serves once more. */
    const int64_t classes = scores.extent[1], pixels = scores.extent[2] * scores.extent[3];
    for (int64_t i = 0; i < pixels; i++) {
        int64_t best = 0;
        for (int64_t c = 1; c < classes; c++)
            if (((float *)scores.data)[c * pixels + i] > ((float *)scores.data)[best * pixels + i])
                best = c;
        ((float *)y.data)[i] = 255 * (float)best / (float)(classes - 1);
    }
    plane = pleat_tensor_view(y.data, PLEAT_FLOAT32, 2, sides);
    TRY(pleat_image_from_plane(&picture, &plane, &error));
    TRY(pleat_image_write_png(argv[3], &picture, &error));

    pleat_image_free(&picture);
    pleat_tensor_free(&scores);
    pleat_tensor_free(&y);
    pleat_image_free(&image);
    pleat_predictor_free(predictor);
    pleat_model_free(model);
}
