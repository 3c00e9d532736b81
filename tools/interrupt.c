/* Noting signals instead of ending by them. */
#include <stddef.h>

#include "interrupt.h"

static const int signals[INTERRUPT_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

/* A signal handler can reach nothing but globals. */
static volatile sig_atomic_t came, held;

static void note(int signal) {
    (void)signal;
    came = 1;
}

static void put_off(int signal) {
    held = signal;
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

void interrupt_hold(struct interrupt_hold *hold) {
    struct sigaction action = {.sa_flags = SA_RESTART};
    action.sa_handler = put_off;
    sigemptyset(&action.sa_mask);
    held = 0;
    for (int i = 0; i < INTERRUPT_SIGNALS; i++) {
        sigaction(signals[i], NULL, &hold->before[i]);
        if (hold->before[i].sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

void interrupt_release(const struct interrupt_hold *hold) {
    for (int i = 0; i < INTERRUPT_SIGNALS; i++)
        sigaction(signals[i], &hold->before[i], NULL);
    if (held != 0)
        raise(held);
}
