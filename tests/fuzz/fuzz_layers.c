/* Layer lists. One that is taken must be the same list when its layers are written down, and its
 * memory must be counted without an overflow. */
#include "fuzz/fuzz.h"
#include "gantrain/nn/network.h"

enum { BATCH = 64, TEXT = 1 << 14 };

static const gt_shape input = {.channels = 3, .height = 2, .width = 2};

static void write_list(char list[TEXT], const gt_network *network) {
    size_t used = 0;
    list[0] = '\0';
    for (int i = 0; i < network->layer_count; i++) {
        char layer[128];
        gt_layer_format(layer, sizeof layer, &network->layers[i]);
        used += (size_t)snprintf(list + used, TEXT - used, "%s%s", i > 0 ? ", " : "", layer);
        fuzz_require(used < TEXT, "a layer is written in more than 128 bytes");
    }
}

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    static char list[TEXT], again[TEXT];
    static gt_network network, second;
    static gt_compute compute;
    gt_error error = {0};
    char *text = fuzz_text(bytes, size);
    gt_status status = gt_network_parse(&network, text, input, &error);
    fuzz_check_message(status, &error);
    free(text);
    if (status != GT_OK)
        return false;
    write_list(list, &network);
    if (gt_network_parse(&second, list, input, &error) != GT_OK)
        fuzz_require(false, error.message);
    write_list(again, &second);
    fuzz_require(strcmp(list, again) == 0, "a list changes when it is written");

    gt_arena arena = {0};
    network.compute = &compute;
    gt_network_carve(&network, &arena, BATCH, true);
    fuzz_require(arena.used >= network.parameter_count * sizeof(gt_real),
                 "the parameters have no room");
    return true;
}
