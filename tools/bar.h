/* What a line of progress on a terminal is made of. */
#ifndef PLEAT_TOOLS_BAR_H
#define PLEAT_TOOLS_BAR_H

/* Prints "[#####...............]  25%  ". fraction is 0 to 1. */
void bar_show(double fraction);

/* Prints "  1:05 left", where so much was done in so many seconds. fraction is above 0, up to 1. */
void bar_show_time_left(double seconds, double fraction);

#endif
