/* Resizing a plane: nearest, bilinear and MATLAB's bicubic. */
#ifndef PLEAT_RESIZE_H
#define PLEAT_RESIZE_H

#include <pleat/export.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pleat_resize_method {
    PLEAT_NEAREST,  /* the input pixel whose area holds the output pixel's centre */
    PLEAT_BILINEAR, /* f(t) = max(0, 1 - |t|) */
    PLEAT_BICUBIC   /* f(t) = 1.5|t|^3 - 2.5|t|^2 + 1 for |t| <= 1,
                       -0.5|t|^3 + 2.5|t|^2 - 4|t| + 2 for 1 < |t| <= 2, else 0 */
};

/* Resizes input, float32 [height][width], to output's extents, along each axis by
 *
 *     output[o] = sum over i of w[o][i] input[mirror(i)],  w[o][i] = f(c (u(o) - i)) / (their sum)
 *     u(o) = (o + 0.5) in / out - 0.5,  c = min(1, out / in)
 *
 * All methods share this pixel grid (the images' borders coincide). Where it shrinks, c widens f
 * against aliasing. mirror reflects at the borders with the edge pixel repeated (index -1 is
 * pixel 0, -2 is pixel 1), as often as needed. Bicubic is Keys, "Cubic convolution interpolation
 * for digital image processing", IEEE Trans. ASSP 29 (1981), with a = -0.5, and with the rest
 * MATLAB's imresize(image, [height width]) of a floating-point image; bilinear is its
 * 'bilinear'. Sums are taken in double. Nothing is clipped: bicubic overshoots 0..255.
 *
 * input [in]; output [out], float32 of rank 2, overwritten; they must not overlap in memory.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer or its data NULL, no such method. PLEAT_TYPE_MISMATCH: not
 * float32. PLEAT_INVALID_SHAPE: not of rank 2, or a side below 1. PLEAT_SIZE_OVERFLOW: a side
 * beyond 2^31 - 1. PLEAT_OUT_OF_MEMORY: none for the tables of weights, about (4 in + 7 out)
 * numbers an axis. Cost: out height times (width in times taps of a column, and width out times
 * taps of a row). Thread-safe. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_resize(const struct pleat_tensor *input,
                                                         const struct pleat_tensor *output,
                                                         enum pleat_resize_method method,
                                                         struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
