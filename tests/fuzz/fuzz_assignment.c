/* What --set is given: SECTION.KEY=VALUE. */
#include "fuzz/fuzz.h"
#include "gantrain/config/config.h"

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_config config;
    gt_error error = {0};
    char *text = fuzz_text(bytes, size);
    gt_config_init(&config);
    gt_status status = gt_config_read_assignment(&config, text, &error);
    fuzz_check_message(status, &error);
    free(text);
    return status == GT_OK;
}
