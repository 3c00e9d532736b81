/* Noting SIGINT. */
#include <signal.h>
#include <stddef.h>

#include "interrupt.h"

/* A signal handler can reach nothing but a global. */
static volatile sig_atomic_t came;

static void note(int signal) {
    (void)signal;
    came = 1;
}

void interrupt_catch(void) {
    struct sigaction action = {.sa_flags = (int)(SA_RESETHAND | SA_RESTART)};
    action.sa_handler = note;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}

bool interrupt_came(void) {
    return came != 0;
}
