/* Ctrl-C: the first asks to stop, the second stops. */
#ifndef PLEAT_TOOLS_INTERRUPT_H
#define PLEAT_TOOLS_INTERRUPT_H

#include <stdbool.h>

/* From here on the first SIGINT is only noted, and the next one ends the program as usual. */
void interrupt_catch(void);

/* Whether a SIGINT came. */
bool interrupt_came(void);

#endif
