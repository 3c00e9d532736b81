/* Data sets in memory, from an idx file or a folder. */
#include <sys/stat.h>

#include <pleat/dataset.h>
#include <pleat/image.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/folder.h"
#include "io/path.h"

struct pleat_dataset {
    size_t count;
    struct pleat_tensor *planes;
    struct pleat_tensor all;    /* of an idx file, whose planes are views of it */
    struct pleat__folder files; /* of a folder, whose planes own their data */
};

static enum pleat_status allocate_planes(struct pleat_dataset *dataset, size_t count,
                                         struct pleat_error *error) {
    dataset->planes = pleat__allocate(count, sizeof *dataset->planes);
    if (dataset->planes == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu planes", count);
    return PLEAT_OK;
}

static enum pleat_status read_idx(struct pleat_dataset *dataset, const char *path,
                                  struct pleat_error *error) {
    struct pleat_tensor *all = &dataset->all;
    PLEAT__TRY(pleat_idx_read(all, path, error));
    if (all->rank != 3 || pleat_tensor_size(all) == 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "%s: an idx file of images has rank 3 and some pixels, this has rank %d",
                           pleat__path_end(path), all->rank);
    const size_t count = (size_t)all->extent[0];
    const int64_t pixels = all->extent[1] * all->extent[2];
    PLEAT__TRY(allocate_planes(dataset, count, error));
    for (size_t i = 0; i < count; i++)
        dataset->planes[i] = pleat_tensor_view((const float *)all->data + (int64_t)i * pixels,
                                               PLEAT_FLOAT32, 2, all->extent + 1);
    dataset->count = count;
    return PLEAT_OK;
}

static enum pleat_status read_plane(struct pleat_tensor *plane, const char *path,
                                    struct pleat_error *error) {
    struct pleat_image image;
    PLEAT__TRY(pleat_image_read(&image, path, error));
    const enum pleat_status status = pleat_image_to_y(plane, &image, error);
    pleat_image_free(&image);
    return status;
}

static enum pleat_status read_folder(struct pleat_dataset *dataset, const char *path,
                                     struct pleat_error *error) {
    struct pleat__folder *files = &dataset->files;
    PLEAT__TRY(pleat__folder_list(files, path, error));
    if (files->count == 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "%s: the folder has no file named .png, .jpg or .jpeg",
                           pleat__path_end(path));
    PLEAT__TRY(allocate_planes(dataset, files->count, error));
    for (size_t i = 0; i < files->count; i++) {
        PLEAT__TRY(read_plane(&dataset->planes[i], files->paths[i], error));
        dataset->count++;
    }
    return PLEAT_OK;
}

enum pleat_status pleat_dataset_read(struct pleat_dataset **dataset, const char *path,
                                     struct pleat_error *error) {
    PLEAT__REQUIRE(dataset, error);
    PLEAT__REQUIRE(path, error);
    struct stat status;
    if (stat(path, &status) != 0)
        return pleat__fail_errno(error, path, "open it");
    struct pleat_dataset *made = pleat__allocate(1, sizeof *made);
    if (made == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a data set");
    const enum pleat_status result =
        S_ISDIR(status.st_mode) ? read_folder(made, path, error) : read_idx(made, path, error);
    if (result != PLEAT_OK) {
        pleat_dataset_free(made);
        return result;
    }
    *dataset = made;
    return PLEAT_OK;
}

void pleat_dataset_free(struct pleat_dataset *dataset) {
    if (dataset == NULL)
        return;
    for (size_t i = 0; i < dataset->count && dataset->all.data == NULL; i++)
        pleat_tensor_free(&dataset->planes[i]);
    pleat_tensor_free(&dataset->all);
    pleat__folder_free(&dataset->files);
    pleat__free(dataset->planes);
    pleat__free(dataset);
}

size_t pleat_dataset_count(const struct pleat_dataset *dataset) {
    return dataset->count;
}

const struct pleat_tensor *pleat_dataset_plane(const struct pleat_dataset *dataset, size_t index) {
    return index < dataset->count ? &dataset->planes[index] : NULL;
}

const char *pleat_dataset_name(const struct pleat_dataset *dataset, size_t index) {
    return index < dataset->files.count ? pleat__folder_name(&dataset->files, index) : NULL;
}
