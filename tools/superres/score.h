/* How well an up-sampler does: PSNR by the protocol of the super-resolution papers. */
#ifndef PLEAT_TOOLS_SCORE_H
#define PLEAT_TOOLS_SCORE_H

#include <pleat/resize.h>

#include "superres/pair.h"
#include "superres/upsampler.h"

/* Overwrites psnr[i] with the PSNR of pairs[i].coarse enlarged by an interpolation, rounded and
 * clipped to 8 bits, against pairs[i].fine, without so many pixels at each border: for i <
 * count. */
enum pleat_status score_interpolation(const struct pair *pairs, size_t count,
                                      enum pleat_resize_method method, int64_t border, int threads,
                                      double *psnr, struct pleat_error *error);

/* The same of the network. */
enum pleat_status score_network(const struct upsampler *upsampler, const struct pair *pairs,
                                size_t count, int64_t border, double *psnr,
                                struct pleat_error *error);

/* Returns the mean of psnr[count], without those that are infinite; infinite where all are. */
double score_mean(const double *psnr, size_t count);

#endif
