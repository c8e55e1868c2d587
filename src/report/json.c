/* jansson's calls, with what can fail in them noted. */
#include "report/json.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/files/file.h"
#include "gantrain/files/json_text.h"

void json_put(struct json_builder *builder, json_t *object, const char *key, json_t *value) {
    builder->out_of_memory |= json_object_set_new(object, key, value) != 0;
}

void json_add(struct json_builder *builder, json_t *array, json_t *value) {
    builder->out_of_memory |= json_array_append_new(array, value) != 0;
}

json_t *json_text(const char *text) {
    return text != NULL ? gt_json_text(text) : json_null();
}

json_t *json_base_name(const char *path) {
    char name[GT_PATH_CAPACITY];
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    snprintf(name, sizeof name, "%.*s", (int)(end - start), path + start);
    return json_text(end > start ? name : path);
}

json_t *json_title(const char *label) {
    char *title = strdup(label + strspn(label, " "));
    if (title == NULL)
        return NULL;
    title[0] = (char)toupper((unsigned char)title[0]);
    json_t *text = json_text(title);
    free(title);
    return text;
}

json_t *json_command(const char *const words[]) {
    char command[4 * GT_PATH_CAPACITY] = "";
    for (; *words != NULL; words++)
        if (!gt_text_append_word(command, sizeof command, *words))
            return json_null();
    return json_text(command);
}

json_t *json_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

/* Three bytes, of which `count` are there, as four characters. */
static void encode_group(char characters[4], const uint8_t *bytes, size_t count) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = (uint32_t)bytes[0] << 16;
    if (count > 1)
        bits |= (uint32_t)bytes[1] << 8;
    if (count > 2)
        bits |= bytes[2];
    for (size_t i = 0; i < 4; i++)
        characters[i] = i <= count ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
}

json_t *json_base64(const char *prefix, const void *bytes, size_t size) {
    size_t start = strlen(prefix), length = start + (size + 2) / 3 * 4;
    char *text = malloc(length + 1), *to = text + start;
    if (text == NULL)
        return NULL;
    memcpy(text, prefix, start);
    for (size_t done = 0; done < size; done += 3, to += 4)
        encode_group(to, (const uint8_t *)bytes + done, size - done < 3 ? size - done : 3);
    json_t *string = json_stringn_nocheck(text, length);
    free(text);
    return string;
}
