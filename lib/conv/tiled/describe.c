/* The tiled method's tiles, in words. */
#include <stdio.h>

#include "conv/method.h"

void pleat__tiled_describe(const struct pleat__work *work, enum pleat__kind kind,
                           char text[PLEAT_TILES_SIZE]) {
    const struct pleat__fold_tiling *fold = &work->tiling.fold;
    const struct pleat__unfold_tiling *unfold = &work->tiling.unfold;
    if (kind == PLEAT__FOLD)
        snprintf(text, PLEAT_TILES_SIZE,
                 "%lld channels x %lld rows x %lld columns, ring of %lld coarse rows",
                 (long long)fold->channels, (long long)fold->strip, (long long)fold->tile,
                 (long long)fold->slots);
    else
        snprintf(text, PLEAT_TILES_SIZE, "%lld matrix rows x %lld coarse pixels",
                 (long long)(kind == PLEAT__FILTER ? unfold->block : unfold->rows),
                 (long long)(kind == PLEAT__FILTER ? unfold->pixels : unfold->part));
}
