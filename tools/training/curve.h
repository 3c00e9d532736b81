/* The curves of a training: loss and metric against the step, as a picture. */
#ifndef PLEAT_TOOLS_CURVE_H
#define PLEAT_TOOLS_CURVE_H

#include <pleat/status.h>

/* Draws the curves of a record (record.h) into a PNG or SVG file. metric is what the metric is called,
 * such as "PSNR (dB)". */
enum pleat_status curve_draw(const char *record, const char *picture, const char *metric,
                             struct pleat_error *error);

#endif
