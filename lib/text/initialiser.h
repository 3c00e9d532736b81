/* Initialisers as text: "he", "normal:0.001", "uniform:-1,1". */
#ifndef PLEAT_TEXT_INITIALISER_H
#define PLEAT_TEXT_INITIALISER_H

#include <pleat/initialise.h>

#include "text/word.h"

/* Stores the initialiser; false where there is no such or what is behind it are no numbers. */
bool pleat__initialiser_read(struct pleat__word word, struct pleat_initialiser *init);

void pleat__initialiser_print(const struct pleat_initialiser *init, struct pleat__writer *writer);

/* Prints the names of all. */
void pleat__initialiser_print_names(struct pleat__writer *writer);

#endif
