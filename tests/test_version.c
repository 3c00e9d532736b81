/* The version of the header is that of the library, and the numbers are those of the text. */
#include <check.h>
#include <stdio.h>

#include <pleat/version.h>

#include "suites.h"

START_TEST(version) {
    char text[64];
    snprintf(text, sizeof text, "%d.%d.%d", PLEAT_VERSION_MAJOR, PLEAT_VERSION_MINOR,
             PLEAT_VERSION_PATCH);
    ck_assert_str_eq(text, PLEAT_VERSION);
    ck_assert_str_eq(pleat_version(), PLEAT_VERSION);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("version");
    suite_add_loop(suite, "version", version, 1);
    return run_suite(suite);
}
