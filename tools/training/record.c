/* Writing and reading the record of a training. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "training/record.h"

#define HEADER "step,epoch,loss,metric,rate,seconds\n"
#define STEPS_A_LINE 100
#define LINE 256

static enum pleat_status refuse(const char *path, struct pleat_error *error) {
    return fault(error, PLEAT_IO, "%.150s: %s", path, strerror(errno));
}

/* Copies the header and whole lines up to that step; a line that was being written when the program was
 * killed is left out. */
static void copy_lines(FILE *from, FILE *to, int64_t last_step) {
    char line[LINE];
    fputs(HEADER, to);
    while (fgets(line, sizeof line, from) != NULL)
        if (line[0] >= '0' && line[0] <= '9' && strchr(line, '\n') != NULL &&
            strtoll(line, NULL, 10) <= last_step)
            fputs(line, to);
}

/* Takes out the lines beyond that step, by way of a new file. */
static enum pleat_status shorten(const char *path, int64_t last_step, struct pleat_error *error) {
    char temporary[PATH_MAX];
    FILE *from = fopen(path, "r");
    if (from == NULL)
        return errno == ENOENT ? PLEAT_OK : refuse(path, error);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    FILE *to = fopen(temporary, "w");
    if (to == NULL) {
        fclose(from);
        return refuse(temporary, error);
    }
    copy_lines(from, to, last_step);
    const bool bad = ferror(from) != 0 || ferror(to) != 0;
    fclose(from);
    if (fclose(to) == 0 && !bad && rename(temporary, path) == 0)
        return PLEAT_OK;
    const enum pleat_status status = refuse(path, error);
    remove(temporary);
    return status;
}

enum pleat_status record_open(struct record *record, const char *path, int64_t resumed,
                              struct pleat_error *error) {
    if (resumed >= 0)
        TRY(shorten(path, resumed, error));
    FILE *stream = fopen(path, resumed >= 0 ? "a" : "w");
    if (stream == NULL)
        return refuse(path, error);
    *record = (struct record){.path = path, .stream = stream};
    fseek(stream, 0, SEEK_END);
    if (ftell(stream) == 0)
        fputs(HEADER, stream);
    return PLEAT_OK;
}

/* Writes a number behind a comma, or nothing where it is none. */
static void put_number(FILE *stream, double number) {
    putc(',', stream);
    if (!isnan(number))
        fprintf(stream, "%.8g", number);
}

enum pleat_status record_report(struct record *record, const struct pleat_train_report *report,
                                struct pleat_error *error) {
    if (record->stream == NULL)
        return PLEAT_OK;
    if (!isnan(report->loss)) {
        record->sum += report->loss;
        record->count++;
    }
    if (!report->validated && report->step % STEPS_A_LINE != 0)
        return PLEAT_OK;
    fprintf(record->stream, "%" PRId64 ",%" PRId64, report->step, report->epoch);
    put_number(record->stream, record->count > 0 ? record->sum / (double)record->count : NAN);
    put_number(record->stream, report->validated ? report->metric : NAN);
    put_number(record->stream, report->rate);
    fprintf(record->stream, ",%.3f\n", report->seconds);
    record->sum = 0;
    record->count = 0;
    return fflush(record->stream) == 0 ? PLEAT_OK : refuse(record->path, error);
}

void record_close(struct record *record) {
    if (record->stream != NULL)
        fclose(record->stream);
    record->stream = NULL;
}

/* Reads the number at *text and moves it behind the comma that follows; NaN where there is none. */
static double scan(const char **text) {
    char *end;
    const double number = strtod(*text, &end);
    const double result = end == *text ? NAN : number;
    *text = *end == ',' ? end + 1 : end;
    return result;
}

static bool grow(struct record_line **lines, size_t count) {
    if (count < 64 || (count & (count - 1)) != 0)
        return count != 0 || (*lines = malloc(64 * sizeof **lines)) != NULL;
    struct record_line *more = realloc(*lines, 2 * count * sizeof *more);
    if (more == NULL)
        return false;
    *lines = more;
    return true;
}

enum pleat_status record_read(const char *path, struct record_line **lines, size_t *count,
                              struct pleat_error *error) {
    char line[LINE];
    struct record_line *read = NULL;
    size_t found = 0;
    FILE *stream = fopen(path, "r");
    if (stream == NULL)
        return refuse(path, error);
    while (fgets(line, sizeof line, stream) != NULL) {
        const char *text = line;
        if (line[0] < '0' || line[0] > '9')
            continue;
        if (!grow(&read, found)) {
            free(read);
            fclose(stream);
            return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for %.150s", path);
        }
        struct record_line *next = &read[found++];
        next->step = scan(&text);
        scan(&text);
        next->loss = scan(&text);
        next->metric = scan(&text);
    }
    fclose(stream);
    *lines = read;
    *count = found;
    return PLEAT_OK;
}
