/* One mutex and two conditions. */
#include "data/ring.h"

#include <time.h>

#include "base/error.h"
#include "base/memory.h"

static enum pleat_status allocate_tensors(struct pleat_tensor *tensors,
                                          const struct pleat_tensor *layout, int count,
                                          int64_t batch, struct pleat_error *error) {
    for (int i = 0; i < count; i++) {
        struct pleat_tensor full = layout[i];
        full.extent[0] = batch;
        PLEAT__TRY(pleat_tensor_allocate(&tensors[i], full.dtype, full.rank, full.extent, error));
    }
    return PLEAT_OK;
}

static enum pleat_status allocate_slot(struct pleat__slot *slot, const struct pleat_batch *layout,
                                       int64_t batch, struct pleat_error *error) {
    struct pleat_batch *made = &slot->batch;
    made->input_count = layout->input_count;
    made->target_count = layout->target_count;
    PLEAT__TRY(allocate_tensors(made->input, layout->input, layout->input_count, batch, error));
    return allocate_tensors(made->target, layout->target, layout->target_count, batch, error);
}

enum pleat_status pleat__ring_create(struct pleat__ring *ring, int64_t count,
                                     const struct pleat_batch *layout, int64_t batch,
                                     struct pleat_error *error) {
    struct pleat__slot *slots = pleat__allocate((size_t)count, sizeof *slots);
    if (slots == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for %lld batches",
                           (long long)count);
    *ring = (struct pleat__ring){.slots = slots, .count = count};
    pthread_mutex_init(&ring->mutex, NULL);
    pthread_cond_init(&ring->made, NULL);
    pthread_cond_init(&ring->wanted, NULL);
    enum pleat_status status = PLEAT_OK;
    for (int64_t i = 0; i < count && status == PLEAT_OK; i++)
        status = allocate_slot(&slots[i], layout, batch, error);
    if (status != PLEAT_OK)
        pleat__ring_free(ring);
    return status;
}

void pleat__ring_free(struct pleat__ring *ring) {
    for (int64_t i = 0; i < ring->count; i++) {
        for (int k = 0; k < ring->slots[i].batch.input_count; k++)
            pleat_tensor_free(&ring->slots[i].batch.input[k]);
        for (int k = 0; k < ring->slots[i].batch.target_count; k++)
            pleat_tensor_free(&ring->slots[i].batch.target[k]);
    }
    pleat__free(ring->slots);
    pthread_cond_destroy(&ring->wanted);
    pthread_cond_destroy(&ring->made);
    pthread_mutex_destroy(&ring->mutex);
}

static struct pleat__slot *slot_of(struct pleat__ring *ring, int64_t step) {
    return &ring->slots[step % ring->count];
}

static bool may_take(struct pleat__ring *ring) {
    return ring->started && ring->next - ring->first < ring->count &&
           slot_of(ring, ring->next)->state != PLEAT__SLOT_BUSY;
}

struct pleat__slot *pleat__ring_take(struct pleat__ring *ring) {
    struct pleat__slot *slot = NULL;
    pthread_mutex_lock(&ring->mutex);
    while (!ring->stopped && !may_take(ring))
        pthread_cond_wait(&ring->wanted, &ring->mutex);
    if (!ring->stopped) {
        slot = slot_of(ring, ring->next);
        slot->state = PLEAT__SLOT_BUSY;
        slot->step = ring->next++;
    }
    pthread_mutex_unlock(&ring->mutex);
    return slot;
}

void pleat__ring_deliver(struct pleat__ring *ring, struct pleat__slot *slot) {
    pthread_mutex_lock(&ring->mutex);
    slot->state = PLEAT__SLOT_READY;
    pthread_cond_signal(&ring->made);
    /* A jump may have made another step want this very slot. */
    pthread_cond_broadcast(&ring->wanted);
    pthread_mutex_unlock(&ring->mutex);
}

/* Before a maker has taken the step, its slot may be ready with what was made before a jump: that is
 * about to be made again. */
static bool is_ready(struct pleat__ring *ring) {
    const struct pleat__slot *slot = slot_of(ring, ring->first);
    return ring->first < ring->next && slot->state == PLEAT__SLOT_READY &&
           slot->step == ring->first;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

bool pleat__ring_want(struct pleat__ring *ring, int64_t step) {
    pthread_mutex_lock(&ring->mutex);
    const bool follows = ring->started && step >= ring->first && step <= ring->next;
    if (!follows)
        ring->next = step;
    ring->started = true;
    ring->first = step;
    ring->jumped = !follows;
    ring->asked = now();
    ring->was_ready = is_ready(ring);
    pthread_cond_broadcast(&ring->wanted);
    pthread_mutex_unlock(&ring->mutex);
    return ring->was_ready;
}

static void count_wait(struct pleat__ring *ring) {
    struct pleat_loader_waits *waits = &ring->waits;
    const double seconds = ring->was_ready ? 0 : now() - ring->asked;
    if (ring->jumped) {
        waits->starts++;
        waits->start_seconds += seconds;
    } else {
        waits->batches++;
        waits->waits += !ring->was_ready;
        waits->seconds += seconds;
    }
}

const struct pleat__slot *pleat__ring_wait(struct pleat__ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    while (!is_ready(ring))
        pthread_cond_wait(&ring->made, &ring->mutex);
    count_wait(ring);
    const struct pleat__slot *slot = slot_of(ring, ring->first);
    pthread_mutex_unlock(&ring->mutex);
    return slot;
}

void pleat__ring_stop(struct pleat__ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    ring->stopped = true;
    pthread_cond_broadcast(&ring->wanted);
    pthread_mutex_unlock(&ring->mutex);
}
