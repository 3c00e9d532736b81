/* Sources of idx files, which lie in memory whole: their items are views. */
#include "base/error.h"
#include "base/memory.h"
#include "data/source.h"
#include "io/idx.h"
#include "io/path.h"

struct idx_source {
    struct pleat_source base;
    struct pleat__idx images;
    int32_t *labels; /* NULL: there are none */
};

static struct idx_source *of(struct pleat_source *source) {
    return (struct idx_source *)source;
}

static enum pleat_status read_item(struct pleat_source *source, size_t index,
                                   struct pleat_item *item, struct pleat_error *error) {
    (void)error;
    const struct idx_source *idx = of(source);
    const int64_t *extent = idx->images.extent;
    const int64_t pixels = extent[1] * extent[2];
    *item = (struct pleat_item){.image = {.width = extent[2],
                                          .height = extent[1],
                                          .channels = 1,
                                          .pixels = idx->images.data + (int64_t)index * pixels}};
    if (idx->labels != NULL)
        item->labels =
            pleat_labels_view(idx->labels + (int64_t)index * (source->label_rank == 0 ? 1 : pixels),
                              source->label_rank, extent + 1);
    return PLEAT_OK;
}

static const char *item_name(const struct pleat_source *source, size_t index) {
    (void)source, (void)index;
    return NULL;
}

static void free_source(struct pleat_source *source) {
    pleat__idx_free(&of(source)->images);
    pleat__free(of(source)->labels);
    pleat__free(source);
}

static const struct pleat__source_kind kind = {read_item, item_name, free_source};

static enum pleat_status classify(struct idx_source *made, const struct pleat__idx *numbers,
                                  const char *path, struct pleat_error *error) {
    const int rank = numbers->rank;
    bool fits = rank == 1 || rank == 3;
    for (int i = 0; i < rank && fits; i++)
        fits = numbers->extent[i] == made->images.extent[i];
    if (!fits)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "%s: labels must be one for each of the %lld images, or for each pixel",
                           pleat__path_end(path), (long long)made->images.extent[0]);
    made->base.label_rank = rank - 1;
    made->labels = pleat__allocate((size_t)numbers->size, sizeof *made->labels);
    if (made->labels == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "%s: no memory for %lld labels",
                           pleat__path_end(path), (long long)numbers->size);
    int64_t place = 0;
    if (!pleat__source_classify(made->labels, numbers->data, numbers->size, &made->base.options,
                                &place))
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "%s: number %lld is %d, which stands for none of the %d classes",
                           pleat__path_end(path), (long long)place, numbers->data[place],
                           made->base.options.classes);
    return PLEAT_OK;
}

static enum pleat_status fill(struct idx_source *made, const char *images, const char *labels,
                              struct pleat_error *error) {
    PLEAT__TRY(pleat__idx_read(&made->images, images, error));
    if (made->images.rank != 3 || made->images.size == 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "%s: an idx file of images has rank 3 and some pixels, this has rank %d",
                           pleat__path_end(images), made->images.rank);
    made->base.count = (size_t)made->images.extent[0];
    if (labels == NULL)
        return PLEAT_OK;
    struct pleat__idx numbers;
    PLEAT__TRY(pleat__idx_read(&numbers, labels, error));
    const enum pleat_status status = classify(made, &numbers, labels, error);
    pleat__idx_free(&numbers);
    return status;
}

enum pleat_status pleat_source_open_idx(struct pleat_source **source, const char *images,
                                        const char *labels,
                                        const struct pleat_source_options *options,
                                        struct pleat_error *error) {
    struct pleat_source_options checked;
    PLEAT__REQUIRE(source, error);
    PLEAT__REQUIRE(images, error);
    PLEAT__TRY(pleat__source_options_check(&checked, options, error));
    if (checked.channels != 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "channels must be 1 for idx files, whose images are grey, got %d",
                           checked.channels);
    checked.target_channels = 0;
    struct idx_source *made = pleat__allocate(1, sizeof *made);
    if (made == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a source");
    made->base = (struct pleat_source){.kind = &kind, .options = checked, .label_rank = -1};
    const enum pleat_status status = fill(made, images, labels, error);
    if (status == PLEAT_OK)
        *source = &made->base;
    else
        free_source(&made->base);
    return status;
}
