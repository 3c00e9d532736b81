/* From files to an item. */
#ifndef PLEAT_DATA_DECODE_ITEM_H
#define PLEAT_DATA_DECODE_ITEM_H

#include "data/source.h"

/* What the second file of an item is. */
enum pleat__partner { PLEAT__NO_PARTNER, PLEAT__LABELS, PLEAT__TARGET };

/* Reads an item of its image's file and its partner's (NULL for none), and overwrites *item, which
 * owns its data. Statuses as pleat_source_read. */
enum pleat_status pleat__decode_item(struct pleat_item *item, const char *path,
                                     const char *partner_path, enum pleat__partner partner,
                                     const struct pleat_source_options *options,
                                     struct pleat_error *error);

#endif
