/* Decoding the files of an item, and what must hold between them. */
#include "data/decode_item.h"

#include "base/error.h"
#include "base/memory.h"
#include "io/path.h"

static enum pleat_status to_grey(struct pleat_image *grey, const struct pleat_image *image,
                                 struct pleat_error *error) {
    struct pleat_tensor luma;
    PLEAT__TRY(pleat_image_to_y(&luma, image, error));
    const enum pleat_status status = pleat_image_from_plane(grey, &luma, error);
    pleat_tensor_free(&luma);
    return status;
}

static enum pleat_status to_rgb(struct pleat_image *rgb, const struct pleat_image *image,
                                struct pleat_error *error) {
    PLEAT__TRY(pleat_image_allocate(rgb, image->width, image->height, 3, error));
    for (int64_t i = 0; i < image->width * image->height; i++)
        for (int c = 0; c < 3; c++)
            rgb->pixels[3 * i + c] = image->pixels[i];
    return PLEAT_OK;
}

/* Reads an image and makes it have that many channels. */
static enum pleat_status read_image(struct pleat_image *image, const char *path, int channels,
                                    struct pleat_error *error) {
    struct pleat_image read;
    PLEAT__TRY(pleat_image_read(&read, path, error));
    if (read.channels == channels) {
        *image = read;
        return PLEAT_OK;
    }
    const enum pleat_status status =
        channels == 1 ? to_grey(image, &read, error) : to_rgb(image, &read, error);
    pleat_image_free(&read);
    return status;
}

static enum pleat_status check_size(const struct pleat_image *image, int64_t width, int64_t height,
                                    const char *path, struct pleat_error *error) {
    if (image->width != width || image->height != height)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "%s: %lldx%lld pixels, its image asks for %lldx%lld",
                           pleat__path_end(path), (long long)image->width, (long long)image->height,
                           (long long)width, (long long)height);
    return PLEAT_OK;
}

/* Labels that were stored in colours, all of them greys, are taken for what they are. */
static bool drop_colours(struct pleat_image *image) {
    for (int64_t i = 0; i < image->width * image->height && image->channels == 3; i++) {
        const uint8_t *rgb = image->pixels + 3 * i;
        if (rgb[0] != rgb[1] || rgb[0] != rgb[2])
            return false;
        image->pixels[i] = rgb[0];
    }
    image->channels = 1;
    return true;
}

static enum pleat_status classify(struct pleat_item *item, struct pleat_image *numbers,
                                  const char *path, const struct pleat_source_options *options,
                                  struct pleat_error *error) {
    const int64_t width = item->image.width, height = item->image.height;
    PLEAT__TRY(check_size(numbers, width, height, path, error));
    if (!drop_colours(numbers))
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%s: labels must be grey, these have colours",
                           pleat__path_end(path));
    int32_t *labels = pleat__allocate((size_t)(width * height), sizeof *labels);
    if (labels == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "%s: no memory for %lldx%lld labels",
                           pleat__path_end(path), (long long)width, (long long)height);
    item->labels = pleat_labels_view(labels, 2, (int64_t[]){height, width});
    int64_t place = 0;
    if (!pleat__source_classify(labels, numbers->pixels, width * height, options, &place))
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "%s: %d at row %lld, column %lld stands for none of the %d classes",
                           pleat__path_end(path), numbers->pixels[place],
                           (long long)(place / width), (long long)(place % width),
                           options->classes);
    return PLEAT_OK;
}

static enum pleat_status read_labels(struct pleat_item *item, const char *path,
                                     const struct pleat_source_options *options,
                                     struct pleat_error *error) {
    struct pleat_image numbers;
    PLEAT__TRY(pleat_image_read(&numbers, path, error));
    const enum pleat_status status = classify(item, &numbers, path, options, error);
    pleat_image_free(&numbers);
    return status;
}

static enum pleat_status read_target(struct pleat_item *item, const char *path,
                                     const struct pleat_source_options *options,
                                     struct pleat_error *error) {
    PLEAT__TRY(read_image(&item->target, path, options->target_channels, error));
    /* Sides below 2^28 times a scale below 2^31 fit. */
    return check_size(&item->target, item->image.width * options->target_scale,
                      item->image.height * options->target_scale, path, error);
}

enum pleat_status pleat__decode_item(struct pleat_item *item, const char *path,
                                     const char *partner_path, enum pleat__partner partner,
                                     const struct pleat_source_options *options,
                                     struct pleat_error *error) {
    struct pleat_item made = {.owned = 1};
    PLEAT__TRY(read_image(&made.image, path, options->channels, error));
    enum pleat_status status = PLEAT_OK;
    if (partner == PLEAT__LABELS)
        status = read_labels(&made, partner_path, options, error);
    else if (partner == PLEAT__TARGET)
        status = read_target(&made, partner_path, options, error);
    if (status == PLEAT_OK)
        *item = made;
    else
        pleat_item_free(&made);
    return status;
}
