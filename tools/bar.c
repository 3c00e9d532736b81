/* Drawing bars with characters. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bar.h"

#define BAR 20 /* characters */

void bar_show(double fraction) {
    char bar[BAR + 1];
    const int full = (int)(fraction * BAR + 0.5);
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)full);
    bar[BAR] = '\0';
    printf("[%s] %3.0f%%  ", bar, 100 * fraction);
}

void bar_show_time_left(double seconds, double fraction) {
    const int64_t left = (int64_t)(seconds * (1 - fraction) / fraction + 0.5);
    if (left >= 3600)
        printf("  %" PRId64 ":%02" PRId64 ":%02" PRId64 " left", left / 3600, left / 60 % 60,
               left % 60);
    else
        printf("  %" PRId64 ":%02" PRId64 " left", left / 60, left % 60);
}
