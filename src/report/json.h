/* JSON documents that are built a piece at a time: whether there was memory for all of it is asked
 * once, at the end. */
#ifndef GANTRAIN_REPORT_JSON_H
#define GANTRAIN_REPORT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Initialise with {0}. */
struct json_builder {
    bool out_of_memory;
};

/* Sets a key, or appends; takes over the value, which may be NULL for want of memory. */
void json_put(struct json_builder *builder, json_t *object, const char *key, json_t *value);
void json_add(struct json_builder *builder, json_t *array, json_t *value);

/* A string; null for NULL. */
json_t *json_text(const char *text);

/* The last part of a path; the path itself if it has none. */
json_t *json_base_name(const char *path);

/* A label as a title: without space before it, its first letter a capital if it is of ASCII. */
json_t *json_title(const char *label);

/* A command of words, NULL after the last, for a shell; null if it is over-long. */
json_t *json_command(const char *const words[]);

/* A number; null for a NaN or an infinity. */
json_t *json_number(double value);

/* Bytes as text in base64 (RFC 4648, section 4), after a prefix. */
json_t *json_base64(const char *prefix, const void *bytes, size_t size);

#endif
