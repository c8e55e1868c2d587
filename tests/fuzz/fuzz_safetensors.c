/* Safetensors files, byte by byte. What is taken must be readable to its last byte. */
#include "fuzz/fuzz.h"
#include "gantrain/files/safetensors.h"

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_safetensors tensors;
    gt_error error = {0};
    fuzz_put(bytes, size);
    gt_status status = gt_safetensors_open(&tensors, fuzz_path(), &error);
    fuzz_check_file_message(status, &error);
    for (int i = 0; i < tensors.count; i++) {
        const gt_safetensors_entry *entry = &tensors.entries[i];
        fuzz_touch(entry->bytes, entry->size);
        fuzz_require(gt_safetensors_find(&tensors, entry->name) != NULL, "a tensor is not found");
    }
    if (status == GT_OK)
        gt_safetensors_metadata(&tensors, "config");
    gt_safetensors_close(&tensors);
    return status == GT_OK;
}
