/* The ring of batches between those who make them and the one who takes them.
 *
 * Step s lies in slot s % count. The consumer holds step `first`; makers may begin those below
 * first + count, in order. A jump of the consumer moves first and next; batches that are being made
 * for steps which nobody wants any more are finished, and then their slots are taken again. */
#ifndef PLEAT_DATA_RING_H
#define PLEAT_DATA_RING_H

#include <pthread.h>
#include <stdbool.h>

#include <pleat/batch.h>
#include <pleat/loader.h>

enum pleat__slot_state { PLEAT__SLOT_EMPTY, PLEAT__SLOT_BUSY, PLEAT__SLOT_READY };

struct pleat__slot {
    enum pleat__slot_state state;
    int64_t step;
    struct pleat_batch batch;
    enum pleat_status status; /* of the making */
    struct pleat_error error;
};

struct pleat__ring {
    pthread_mutex_t mutex; /* guards all that follows, but for what is in a busy slot */
    pthread_cond_t made, wanted;
    struct pleat__slot *slots; /* [count] */
    int64_t count;
    int64_t first, next; /* the step that the consumer holds; that which a maker takes next */
    bool started, stopped;
    bool jumped, was_ready; /* what the consumer found when it asked for its step, */
    double asked;           /* and when */
    struct pleat_loader_waits waits;
};

/* Begins a ring of `count` slots whose batches have room for `batch` samples of a layout; freed by
 * pleat__ring_free. PLEAT_SIZE_OVERFLOW, PLEAT_OUT_OF_MEMORY. */
enum pleat_status pleat__ring_create(struct pleat__ring *ring, int64_t count,
                                     const struct pleat_batch *layout, int64_t batch,
                                     struct pleat_error *error);

/* No thread may use the ring any more. */
void pleat__ring_free(struct pleat__ring *ring);

/* For makers: waits until a batch is wanted and returns its slot, which is the maker's until it is
 * delivered; or NULL once the ring has stopped. */
struct pleat__slot *pleat__ring_take(struct pleat__ring *ring);
void pleat__ring_deliver(struct pleat__ring *ring, struct pleat__slot *slot);

/* For the consumer: releases the batch that it holds, names the one that it wants, and returns
 * whether it is there. */
bool pleat__ring_want(struct pleat__ring *ring, int64_t step);

/* Waits for the batch that is wanted, and counts. */
const struct pleat__slot *pleat__ring_wait(struct pleat__ring *ring);

/* Lets every maker end after what it is at. */
void pleat__ring_stop(struct pleat__ring *ring);

#endif
