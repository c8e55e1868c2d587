/* jansson checks for UTF-8; only what it refuses is copied and changed. */
#include "gantrain/files/json_text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

json_t *gt_json_text(const char *text) {
    json_t *string = json_string(text);
    if (string != NULL)
        return string;
    char *plain = strdup(text);
    for (char *c = plain; c != NULL && *c != '\0'; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    string = json_string(plain);
    free(plain);
    return string;
}
