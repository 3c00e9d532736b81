/* Sources of files: the images of a folder, alone or with partners from another. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/cache.h"
#include "data/decode_item.h"
#include "data/source.h"
#include "io/folder.h"
#include "io/path.h"

struct file_source {
    struct pleat_source base;
    enum pleat__partner partner;
    struct pleat__folder images, partners;
    const char **partner_path; /* [count], of partners */
    struct pleat__cache cache;
};

static struct file_source *of(struct pleat_source *source) {
    return (struct file_source *)source;
}

static enum pleat_status read_item(struct pleat_source *source, size_t index,
                                   struct pleat_item *item, struct pleat_error *error) {
    struct file_source *files = of(source);
    if (pleat__cache_find(&files->cache, index, item))
        return PLEAT_OK;
    const char *partner = files->partner_path != NULL ? files->partner_path[index] : NULL;
    struct pleat_item made;
    PLEAT__TRY(pleat__decode_item(&made, files->images.paths[index], partner, files->partner,
                                  &source->options, error));
    pleat__cache_offer(&files->cache, index, &made);
    *item = made;
    return PLEAT_OK;
}

static const char *item_name(const struct pleat_source *source, size_t index) {
    return ((const struct file_source *)source)->images.paths[index];
}

/* Frees what has been made of a source, whose cache is the last of it. */
static void free_files(struct file_source *files) {
    pleat__folder_free(&files->images);
    pleat__folder_free(&files->partners);
    pleat__free(files->partner_path);
    pleat__free(files);
}

static void free_source(struct pleat_source *source) {
    pleat__cache_free(&of(source)->cache);
    free_files(of(source));
}

static const struct pleat__source_kind kind = {read_item, item_name, free_source};

/* The file's name without folder and ending. */
struct stem {
    const char *start;
    size_t length;
};

static struct stem stem_of(const char *path) {
    const char *start = strrchr(path, '/') + 1; /* a folder's path and "/" come first */
    return (struct stem){start, (size_t)(strrchr(start, '.') - start)};
}

static int compare_stems(const void *a, const void *b) {
    const struct stem x = stem_of(*(const char *const *)a), y = stem_of(*(const char *const *)b);
    const int order = memcmp(x.start, y.start, x.length < y.length ? x.length : y.length);
    return order != 0 ? order : (x.length > y.length) - (x.length < y.length);
}

/* Finds the partner of every image among the partners, sorted by their stems now. */
static enum pleat_status match(struct file_source *files, struct pleat_error *error) {
    char **paths = files->partners.paths;
    const size_t count = files->partners.count;
    qsort(paths, count, sizeof *paths, compare_stems);
    for (size_t i = 1; i < count; i++)
        if (compare_stems(&paths[i - 1], &paths[i]) == 0)
            return pleat__fail(error, PLEAT_BAD_FORMAT,
                               "%s: another file of its folder differs in the ending only",
                               pleat__path_end(paths[i]));
    for (size_t i = 0; i < files->images.count; i++) {
        char **found = bsearch(&files->images.paths[i], paths, count, sizeof *paths, compare_stems);
        if (found == NULL)
            return pleat__fail(error, PLEAT_BAD_FORMAT,
                               "%s: the other folder has no file of its name",
                               pleat__path_end(files->images.paths[i]));
        files->partner_path[i] = *found;
    }
    return PLEAT_OK;
}

static enum pleat_status list(struct pleat__folder *folder, const char *path,
                              struct pleat_error *error) {
    PLEAT__TRY(pleat__folder_list(folder, path, error));
    if (folder->count == 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "%s: the folder has no file named .png, .jpg or .jpeg",
                           pleat__path_end(path));
    return PLEAT_OK;
}

static enum pleat_status fill(struct file_source *files, const char *images, const char *partners,
                              struct pleat_error *error) {
    PLEAT__TRY(list(&files->images, images, error));
    const size_t count = files->images.count;
    files->base.count = count;
    if (files->partner != PLEAT__NO_PARTNER) {
        PLEAT__TRY(list(&files->partners, partners, error));
        files->partner_path = pleat__allocate(count, sizeof *files->partner_path);
        if (files->partner_path == NULL)
            return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu names", count);
        PLEAT__TRY(match(files, error));
    }
    return pleat__cache_create(&files->cache, count, files->base.options.cache_bytes, error);
}

static enum pleat_status open_files(struct pleat_source **source, const char *images,
                                    const char *partners, enum pleat__partner partner,
                                    const struct pleat_source_options *options,
                                    struct pleat_error *error) {
    struct pleat_source_options checked;
    PLEAT__REQUIRE(source, error);
    PLEAT__TRY(pleat__source_options_check(&checked, options, error));
    if (partner != PLEAT__TARGET)
        checked.target_channels = 0;
    struct file_source *made = pleat__allocate(1, sizeof *made);
    if (made == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a source");
    made->base = (struct pleat_source){
        .kind = &kind, .options = checked, .label_rank = partner == PLEAT__LABELS ? 2 : -1};
    made->partner = partner;
    const enum pleat_status status = fill(made, images, partners, error);
    if (status == PLEAT_OK)
        *source = &made->base;
    else
        free_files(made);
    return status;
}

enum pleat_status pleat_source_open_folder(struct pleat_source **source, const char *path,
                                           const struct pleat_source_options *options,
                                           struct pleat_error *error) {
    PLEAT__REQUIRE(path, error);
    return open_files(source, path, NULL, PLEAT__NO_PARTNER, options, error);
}

enum pleat_status pleat_source_open_labelled(struct pleat_source **source, const char *images,
                                             const char *labels,
                                             const struct pleat_source_options *options,
                                             struct pleat_error *error) {
    PLEAT__REQUIRE(images, error);
    PLEAT__REQUIRE(labels, error);
    return open_files(source, images, labels, PLEAT__LABELS, options, error);
}

enum pleat_status pleat_source_open_pairs(struct pleat_source **source, const char *images,
                                          const char *targets,
                                          const struct pleat_source_options *options,
                                          struct pleat_error *error) {
    PLEAT__REQUIRE(images, error);
    PLEAT__REQUIRE(targets, error);
    return open_files(source, images, targets, PLEAT__TARGET, options, error);
}
