/* Text of any bytes, such as a path, as JSON, which takes UTF-8 only. */
#ifndef GANTRAIN_FILES_JSON_TEXT_H
#define GANTRAIN_FILES_JSON_TEXT_H

/* A JSON string; in a text that is not UTF-8, each byte that is not ASCII becomes '?'. Returns NULL
 * if there is no memory; the caller owns it (json_decref). */
struct json_t *gt_json_text(const char *text);

#endif
