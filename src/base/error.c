/* Error values: a status and the sentence that goes with it. */
#include "gantrain/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Replaces control characters, so that a file name cannot inject terminal escapes. Newlines are
 * kept. */
static void tame(char *text) {
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < ' ' && *text != '\n') || *text == 0x7f)
            *text = '?';
}

gt_status gt_error_set(gt_error *error, gt_status status, const char *format, ...) {
    if (error == NULL)
        return status;
    va_list arguments;
    va_start(arguments, format);
    error->status = status;
    error->dropped = 0;
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    tame(error->message);
    return status;
}

gt_status gt_error_add(gt_error *error, gt_status status, const char *format, ...) {
    if (error == NULL)
        return status;
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    tame(line);

    error->status = status;
    size_t used = strlen(error->message);
    size_t room = sizeof error->message - used;
    if (strlen(line) + 2 > room)
        error->dropped++;
    else
        snprintf(error->message + used, room, "%s%s", used ? "\n" : "", line);
    return status;
}
