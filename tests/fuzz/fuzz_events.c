/* events.jsonl: each line is an event or is counted as damaged. */
#include "fuzz/fuzz.h"

#include "gantrain/store/events.h"

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_events events;
    gt_error error = {0};
    fuzz_put(bytes, size);
    gt_status status = gt_events_load(&events, fuzz_path(), &error);
    fuzz_check_file_message(status, &error);
    if (status != GT_OK)
        return false;
    bool whole = events.damaged == 0;
    for (int i = 0; i < events.count; i++) {
        fuzz_require(events.list[i].kind < GT_EVENT_KIND_COUNT, "an event of no kind");
        fuzz_touch(events.list[i].text, strlen(events.list[i].text));
    }
    gt_events_free(&events);
    return whole;
}
