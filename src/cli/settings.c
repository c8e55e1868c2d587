/* Options that several commands share. */
#include "cli/settings.h"

#include <inttypes.h>
#include <string.h>

#include "gantrain/base/text.h"

gt_status settings_read(gt_config *config, const gt_arguments *arguments, gt_error *error) {
    const char *path = gt_arguments_value(arguments, "config");
    gt_config_init(config);
    if (path != NULL)
        gt_config_read_file(config, path, error);
    for (int i = 0; i < arguments->count; i++) {
        gt_error detail = {0};
        if (strcmp(arguments->options[i].option->name, "set") == 0 &&
            gt_config_read_assignment(config, arguments->options[i].value, &detail) != GT_OK)
            gt_error_add(error, GT_USAGE, "%s", detail.message);
    }
    return error->status;
}

gt_status settings_number(uint64_t *value, const gt_arguments *arguments, const char *name,
                          uint64_t fallback, uint64_t lowest, uint64_t highest, gt_error *error) {
    const char *text = gt_arguments_value(arguments, name);
    *value = fallback;
    if (text == NULL)
        return GT_OK;
    if (!gt_text_to_unsigned(value, text) || *value < lowest || *value > highest)
        return gt_error_set(error, GT_USAGE, "--%s %s: needs %" PRIu64 " to %" PRIu64, name, text,
                            lowest, highest);
    return GT_OK;
}
