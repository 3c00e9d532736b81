/* External data, found by the environment variable PLEAT_TEST_DATA alone. */
#ifndef DATA_H
#define DATA_H

#include <stdio.h>

/* Opens a file of the data folder for reading. Without the folder it says so on standard output
 * and ends the program with EXIT_SKIP; a folder without the file is an error. */
FILE *data_open(const char *name);

#endif
