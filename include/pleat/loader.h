/* The loader: batches made ahead by background threads. */
#ifndef PLEAT_LOADER_H
#define PLEAT_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pleat/augment.h>
#include <pleat/batch.h>
#include <pleat/data.h>
#include <pleat/export.h>
#include <pleat/labels.h>
#include <pleat/random.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An augmented item on its way into a batch. */
struct pleat_sample {
    const char *name; /* the path of its image, or NULL */
    size_t index;     /* of the item in the source */
    int64_t epoch;
    struct pleat_random random; /* for the task's own draws, from a copy: seeded by (seed, epoch,
                                   place in the epoch) */
    struct pleat_tensor image;  /* float32 [C][H][W], 0..255 */
    struct pleat_tensor target; /* the second image, float32 [C'][H'][W']; data NULL: none */
    struct pleat_labels labels; /* [H][W], or of rank 0; data NULL: none */
};

/* Makes a task's tensors of a sample: overwrites every input and target of *place, which has the
 * layout's extents and one sample. Called by background threads, several at once where there are
 * several; it must depend on nothing but its arguments. An error ends the batch; the name of the
 * sample's file is put before its message. */
typedef enum pleat_status pleat_prepare(void *context, const struct pleat_sample *sample,
                                        const struct pleat_batch *place, struct pleat_error *error);

/* How batches are made. Start from pleat_loader_options_init. */
struct pleat_loader_options {
    int64_t batch; /* samples in one */
    uint64_t seed;
    bool shuffle;     /* another order each epoch, from (seed, epoch) */
    bool keep_last;   /* an epoch's last batch may be smaller; else its samples are left out */
    int64_t repeats;  /* how often an item occurs in an epoch, each time augmented anew */
    bool skip_broken; /* the place of an item that cannot be read is taken by the next one that
                          can; else it is an error of its batch */
    int64_t depth;    /* batches made ahead */
    int threads;      /* background threads; 0: batches are made when they are asked for */
    struct pleat_augmentation augmentation;
    pleat_prepare *prepare; /* NULL: as below */
    void *prepare_context;  /* the first argument of prepare */
    /* For prepare: the inputs and targets of one sample, whose first extent is 1 and whose data are
     * not looked at. */
    struct pleat_batch layout;
};

/* Returns 1 sample, seed 0, shuffled, no last batch, 1 repeat, nothing skipped, 4 batches ahead, 1
 * thread, no augmentation, no prepare.
 *
 * Without prepare a batch has the input image / 255, float32 [N][C][H][W], and one target: labels
 * as numbers, float32 [N][H][W] or [N] (pleat_labels_from_tensor makes labels of them), the second
 * image / 255, or, where a source has neither, the image / 255 once more. All samples must be of
 * the crop's size, or without one of the first image's. */
PLEAT_API struct pleat_loader_options pleat_loader_options_init(void);

/* Makes batches of a source. Opaque; for one thread of the caller. */
struct pleat_loader;

/* Makes a loader and overwrites *loader; freed by pleat_loader_free. The source, and what
 * prepare_context points at, must outlive it; other loaders may read the source meanwhile. Threads
 * start with the first batch that is asked for. options may be NULL. Memory: depth + 1 batches, and
 * a sample a thread; once every thread has met the largest sample and all items are cached, nothing
 * is allocated but by prepare.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, an option out of its range. PLEAT_INVALID_SHAPE: not one
 * full batch in an epoch, and no smaller one wanted. PLEAT_SIZE_OVERFLOW, PLEAT_OUT_OF_MEMORY. Where
 * the first image decides the size, as pleat_source_read. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_loader_create(struct pleat_loader **loader, struct pleat_source *source,
                    const struct pleat_loader_options *options, struct pleat_error *error);

/* Stops and joins the threads, which finish the batches they are at, and frees the loader; NULL is
 * allowed. */
PLEAT_API void pleat_loader_free(struct pleat_loader *loader);

/* Returns the number of batches in an epoch: batch `step` is number step % batches of epoch
 * step / batches. */
PLEAT_API int64_t pleat_loader_batches(const struct pleat_loader *loader);

/* A pleat_feed whose context is a loader: overwrites *batch with batch `step`, whose data belong to
 * the loader and hold until the next is asked for. The batch follows from the source, the options
 * and the step alone. Asked for in order batches come from those made ahead; any other step is
 * where the threads go on.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, step below 0. PLEAT_OUT_OF_MEMORY: also where a thread
 * cannot be started. An error in the making of a batch, which is that of this step and no other:
 * PLEAT_INVALID_SHAPE: a sample whose size is not that of the others; what prepare returned; as
 * pleat_source_read; with skip_broken, PLEAT_BAD_FORMAT: no item can be read. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_loader_feed(void *loader, int64_t step, struct pleat_batch *batch, struct pleat_error *error);

/* How long a training stood still for its data. */
struct pleat_loader_waits {
    int64_t starts;       /* first batches and jumps, for which nothing can be there yet */
    double start_seconds; /* waited for them */
    int64_t batches;      /* those that followed in order */
    int64_t waits;        /* how many of these were not ready when they were asked for */
    double seconds;       /* waited for them */
};

/* Returns the waits since the loader was made. */
PLEAT_API struct pleat_loader_waits pleat_loader_waits(const struct pleat_loader *loader);

/* Returns how many items have been found broken and skipped so far, each counted once. */
PLEAT_API size_t pleat_loader_skipped_count(struct pleat_loader *loader);

/* Returns the error of item `index` of the source, which names its file, where it has been skipped,
 * else NULL. It holds until the loader is freed. */
PLEAT_API const struct pleat_error *pleat_loader_skipped(struct pleat_loader *loader, size_t index);

#ifdef __cplusplus
}
#endif

#endif
