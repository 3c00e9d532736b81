/* Sheets of plates. */
#include "inspect/pages.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "drawing.h"
#include "fault.h"

/* The highest sheet that cairo draws. */
#define HIGHEST 32000

static double measure(struct page *page) {
    double height = 0;
    for (int i = 0; i < page->count; i++)
        height += plate_measure(&page->plate[i]);
    return height;
}

static enum pleat_status draw_plates(cairo_t *cr, const struct page *pages, int count,
                                     struct pleat_error *error) {
    double y = 8;
    for (int k = 0; k < count; k++)
        for (int i = 0; i < pages[k].count; i++) {
            struct plate plate = pages[k].plate[i];
            TRY(plate_draw(cr, y, &plate, error));
            y += plate_measure(&plate);
        }
    return PLEAT_OK;
}

static enum pleat_status draw_file(const char *file, struct page *pages, int count,
                                   struct pleat_error *error) {
    const char *reason = "";
    double height = 16;
    for (int k = 0; k < count; k++)
        height += measure(&pages[k]);
    if (height > HIGHEST)
        return fault(error, PLEAT_UNSUPPORTED,
                     "%.150s: a sheet of %.0f pixels is too high: choose layers by --layer, or a "
                     "folder",
                     file, height);
    cairo_t *cr = drawing_open(file, PLATE_WIDTH, (int)height, &reason);
    if (cr == NULL)
        return fault(error, PLEAT_IO, "%.150s: %s", file, reason);
    const enum pleat_status status = draw_plates(cr, pages, count, error);
    if (!drawing_finish(cr, file, &reason))
        return fault(error, PLEAT_IO, "%.150s: %s", file, reason);
    return status;
}

/* The file of a page, whose layer may have any bytes in its name. */
static void name_file(char path[PATH_MAX], const char *folder, const struct page *page) {
    char name[128];
    snprintf(name, sizeof name, "%s", page->name);
    for (char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at <= ' ' || *at == '/')
            *at = '_';
    snprintf(path, PATH_MAX, "%s/%02d-%s.png", folder, page->number, name);
}

static bool is_file(const char *out) {
    const char *ending = strrchr(out, '.');
    return ending != NULL && (strcmp(ending, ".png") == 0 || strcmp(ending, ".svg") == 0);
}

enum pleat_status pages_draw(const char *out, struct page *pages, int count,
                             struct pleat_error *error) {
    char path[PATH_MAX];
    if (is_file(out))
        return draw_file(out, pages, count, error);
    if (mkdir(out, 0777) != 0 && errno != EEXIST)
        return fault(error, PLEAT_IO, "%.150s: %s", out, strerror(errno));
    for (int k = 0; k < count; k++)
        if (pages[k].count > 0) {
            name_file(path, out, &pages[k]);
            TRY(draw_file(path, &pages[k], 1, error));
        }
    return PLEAT_OK;
}
