/* Boxes are copied row by row; an image has three axes here, of which the first may be idle. */
#include "predict/box.h"

#include <string.h>

#include "nn/kernels/kernels.h"
#include "nn/model/layer.h"

#include "base/checked.h"

/* The extents and the origin on three axes. */
struct view {
    unsigned char *data;
    size_t element;
    int64_t extent[3], origin[3];
};

static struct view view_of(const struct pleat_tensor *tensor, const int64_t *origin) {
    struct view view = {
        .data = tensor->data, .element = pleat_dtype_size(tensor->dtype), .extent = {1, 1, 1}};
    const int rank = tensor->rank - 2;
    for (int i = 0; i < rank; i++) {
        view.extent[3 - rank + i] = tensor->extent[2 + i];
        view.origin[3 - rank + i] = origin != NULL ? origin[i] : 0;
    }
    return view;
}

/* The address of pixel (plane, d, h, w), counted without the origin. */
static unsigned char *pixel(const struct view *view, int64_t plane, int64_t d, int64_t h,
                            int64_t w) {
    const int64_t row = (plane * view->extent[0] + d) * view->extent[1] + h;
    return view->data + (size_t)(row * view->extent[2] + w) * view->element;
}

/* The pixel of an axis of `extent` pixels that stands for pixel i, which is not before the first.
 * Mirrored, the axis repeats after 2 (extent - 1) pixels. */
static int64_t extend(int64_t i, int64_t extent, enum pleat_extension extension) {
    if (i < extent)
        return i;
    if (extension != PLEAT_EXTEND_REFLECT || extent == 1)
        return extent - 1;
    const int64_t period = 2 * (extent - 1), rest = i % period;
    return rest < extent ? rest : period - rest;
}

void pleat__copy_in(const struct pleat__place *image, const struct pleat_tensor *tile,
                    enum pleat_extension extension) {
    const struct view from = view_of(image->tensor, image->origin), to = view_of(tile, NULL);
    const int64_t planes = tile->extent[0] * tile->extent[1], *end = to.extent;
    const int64_t inside = pleat__min(pleat__max(from.extent[2] - from.origin[2], 0), end[2]);
    for (int64_t plane = 0; plane < planes; plane++)
        for (int64_t d = 0; d < end[0]; d++)
            for (int64_t h = 0; h < end[1]; h++) {
                const int64_t depth = extend(from.origin[0] + d, from.extent[0], extension),
                              row = extend(from.origin[1] + h, from.extent[1], extension);
                memcpy(pixel(&to, plane, d, h, 0), pixel(&from, plane, depth, row, from.origin[2]),
                       (size_t)inside * to.element);
                for (int64_t w = inside; w < end[2]; w++) {
                    const int64_t column = extend(from.origin[2] + w, from.extent[2], extension);
                    memcpy(pixel(&to, plane, d, h, w), pixel(&from, plane, depth, row, column),
                           to.element);
                }
            }
}

void pleat__copy_out(const struct pleat__place *tile, const struct pleat__place *image,
                     const int64_t *size, bool add) {
    const struct view from = view_of(tile->tensor, tile->origin),
                      to = view_of(image->tensor, image->origin);
    const int rank = tile->tensor->rank - 2;
    const int64_t planes = tile->tensor->extent[0] * tile->tensor->extent[1];
    int64_t end[3] = {1, 1, 1};
    for (int i = 0; i < rank; i++)
        end[3 - rank + i] = size[i];
    for (int64_t plane = 0; plane < planes; plane++)
        for (int64_t d = 0; d < end[0]; d++)
            for (int64_t h = 0; h < end[1]; h++) {
                const void *source =
                    pixel(&from, plane, from.origin[0] + d, from.origin[1] + h, from.origin[2]);
                void *target = pixel(&to, plane, to.origin[0] + d, to.origin[1] + h, to.origin[2]);
                if (add)
                    pleat__kernels(tile->tensor->dtype)->add(end[2], source, target, 1);
                else
                    memcpy(target, source, (size_t)end[2] * to.element);
            }
}
