/* INI configs. One that is taken must be written back as a config with the same values. */
#include "fuzz/fuzz.h"
#include "gantrain/config/config.h"

static char *rewrite(const gt_config *config) {
    char *text = gt_config_to_text(config);
    fuzz_require(text != NULL, "no memory for the config");
    return text;
}

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_config config, again;
    gt_error error = {0}, second = {0};
    char *text = fuzz_text(bytes, size);
    gt_config_init(&config);
    gt_config_init(&again);
    gt_status status = gt_config_read_text(&config, text, "config", &error);
    fuzz_check_message(status, &error);
    free(text);
    if (status != GT_OK)
        return false;
    char *written = rewrite(&config);
    if (gt_config_read_text(&again, written, "again", &second) != GT_OK)
        fuzz_require(false, second.message);
    char *rewritten = rewrite(&again);
    fuzz_require(strcmp(written, rewritten) == 0, "a config changes when it is written");
    free(written);
    free(rewritten);
    return true;
}
