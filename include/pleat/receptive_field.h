/* The receptive field: which pixels of an input a pixel of an output depends on, along one axis
 * (Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill,
 * 2019, from which the words are; here strides may be fractions, and gaps between taps count).
 *
 * It follows from the graph alone. It is exact for parameters in general; zeros among them can make
 * less of it. Channels are not told apart: a layer is taken to read every channel of its inputs. Axes
 * are looked at one by one: a way through the graph that on another axis sees padding alone counts. */
#ifndef PLEAT_RECEPTIVE_FIELD_H
#define PLEAT_RECEPTIVE_FIELD_H

#include <stdint.h>

#include <pleat/export.h>
#include <pleat/model.h>
#include <pleat/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What an axis of an output sees of an input, far from the image's ends. */
struct pleat_receptive_field {
    int64_t size;                  /* from the first to the last input pixel that an output pixel
                                      depends on: the most that any has; 0 where it depends on none */
    int64_t stride_in, stride_out; /* stride_in input pixels lie under stride_out output pixels, in
                                      lowest terms: 1 and 3 of an up-sampling by 3, 16 and 1 of an
                                      encoder that halves four times */
    int64_t period;                /* what is said of an output pixel holds for the one `period`
                                      further on, period stride_in / stride_out input pixels further on */
};

/* A run of pixels; count 0: none. */
struct pleat_pixel_range {
    int64_t first, count;
};

/* Overwrites *field with that of output number `output` over input number `input`, on an axis
 * counted from 0.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, no such input, output or axis. PLEAT_UNSUPPORTED: a layer
 * between the two mixes all pixels (reshape), or joins pixels of different strides; the detail
 * names it. PLEAT_SIZE_OVERFLOW: strides that int64_t does not hold, a field of 2^31 pixels.
 * PLEAT_OUT_OF_MEMORY. Cost: some microseconds a layer. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_receptive_field(const struct pleat_model *model, int input, int output, int axis,
                            struct pleat_receptive_field *field, struct pleat_error *error);

/* Overwrites *range with the input pixels, from the first to the last, that some output pixel of
 * `outputs` depends on. options tells the extents of the images, as for a compile; NULL: images
 * without end, whose pixel 0 is the input's and whose pixels before it are counted below 0.
 *
 * Statuses as pleat_model_receptive_field and, with options, as pleat_model_compile;
 * PLEAT_INVALID_ARGUMENT also: a count below 1, with options output pixels that are not there.
 * Cost: the pixels that are walked in every layer, times its kernel. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_receptive_range(const struct pleat_model *model, int input, int output, int axis,
                            const struct pleat_compile_options *options,
                            struct pleat_pixel_range outputs, struct pleat_pixel_range *range,
                            struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
