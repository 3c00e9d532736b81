/* Sums in double, in eight interleaved parts: an order that vectors can follow, and the same for every
 * instruction set. Element i belongs to part i mod 8. */
#ifndef PLEAT_BASE_PARTS_H
#define PLEAT_BASE_PARTS_H

#define PLEAT__LANES 8

static inline double pleat__total(const double parts[PLEAT__LANES]) {
    return ((parts[0] + parts[1]) + (parts[2] + parts[3])) +
           ((parts[4] + parts[5]) + (parts[6] + parts[7]));
}

#endif
