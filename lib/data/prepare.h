/* What the loader makes of samples where no task says otherwise: loader.h describes it. */
#ifndef PLEAT_DATA_PREPARE_H
#define PLEAT_DATA_PREPARE_H

#include <pleat/loader.h>

/* A pleat_prepare; its context is not looked at. */
enum pleat_status pleat__prepare_default(void *context, const struct pleat_sample *sample,
                                         const struct pleat_batch *place,
                                         struct pleat_error *error);

/* Overwrites *layout with that of samples of a source, seen through a window of height x width. */
void pleat__prepare_layout(struct pleat_batch *layout, const struct pleat_source *source,
                           int64_t height, int64_t width);

#endif
