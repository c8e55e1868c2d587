/* The checksum's place is the first text that reads "crc32":"........" in the header. A text that
 * is not UTF-8 is stored under KEY:latin1. */
#include "files/safetensors_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 8, KEY_CAPACITY = 64 };

static const char latin1[] = ":latin1";

size_t find_checksum(const char *header, size_t size) {
    static const char prefix[] = "\"" CHECKSUM_KEY "\":\"";
    const size_t length = sizeof prefix - 1, whole = length + DIGITS + 1;
    for (size_t i = 0; i + whole <= size; i++)
        if (memcmp(header + i, prefix, length) == 0 && header[i + whole - 1] == '"')
            return i + length;
    return 0;
}

void write_checksum(char *digits, uint32_t checksum) {
    for (int i = 0; i < DIGITS; i++)
        digits[i] = "0123456789abcdef"[checksum >> (4 * (DIGITS - 1 - i)) & 15];
}

/* The text's bytes as the characters U+0001 to U+00FF, in UTF-8. NULL: no memory. The caller
 * frees. */
static char *latin1_to_utf8(const char *text) {
    char *encoded = malloc(2 * strlen(text) + 1), *to = encoded;
    for (; encoded != NULL && *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte >= 0x80)
            *to++ = (char)(0xc0 | byte >> 6);
        *to++ = (char)(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
    }
    if (encoded != NULL)
        *to = '\0';
    return encoded;
}

/* Undoes that in place; characters above U+00FF, which it did not make, become others. */
static void utf8_to_latin1(char *text) {
    char *to = text;
    while (*text != '\0') {
        bool pair = ((unsigned char)*text & 0xfc) == 0xc0 && text[1] != '\0';
        if (pair)
            *to++ = (char)((*text & 3) << 6 | (text[1] & 0x3f));
        else
            *to++ = *text;
        text += pair ? 2 : 1;
    }
    *to = '\0';
}

bool encode_metadata(json_t *metadata, const char *key, const char *text) {
    if (json_object_set_new(metadata, key, json_string(text)) == 0)
        return true;
    char other_key[KEY_CAPACITY], *encoded = latin1_to_utf8(text);
    int length = snprintf(other_key, sizeof other_key, "%s%s", key, latin1);
    bool added = encoded != NULL && length < KEY_CAPACITY &&
                 json_object_set_new(metadata, other_key, json_string(encoded)) == 0;
    free(encoded);
    return added;
}

static bool decode_text(json_t *metadata, const char *key, size_t key_length, const json_t *value) {
    char plain_key[KEY_CAPACITY], *text = strdup(json_string_value(value));
    if (text == NULL)
        return false;
    memcpy(plain_key, key, key_length);
    plain_key[key_length] = '\0';
    utf8_to_latin1(text);
    bool added = json_object_set_new(metadata, plain_key, json_string_nocheck(text)) == 0;
    free(text);
    return added;
}

bool decode_metadata(json_t *metadata) {
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(metadata, next, key, value) {
        size_t length = strlen(key), end = sizeof latin1 - 1;
        if (length > end && length - end < KEY_CAPACITY && json_is_string(value) &&
            strcmp(key + length - end, latin1) == 0 &&
            !decode_text(metadata, key, length - end, value))
            return false;
    }
    return true;
}
