/* Signals that ask the program to end: SIGINT (Ctrl-C), SIGTERM and SIGHUP. */
#ifndef PLEAT_TOOLS_INTERRUPT_H
#define PLEAT_TOOLS_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* From here on the first SIGINT is only noted, and the next one ends the program as usual. */
void interrupt_catch(void);

/* Whether a SIGINT came since then. */
bool interrupt_came(void);

#define INTERRUPT_SIGNALS 3

/* What the signals did before they were held. */
struct interrupt_hold {
    struct sigaction before[INTERRUPT_SIGNALS];
};

/* Puts the signals off while files are written, so that no temporary file is left behind: one that
 * comes is sent again by interrupt_release. */
void interrupt_hold(struct interrupt_hold *hold);
void interrupt_release(const struct interrupt_hold *hold);

#endif
