/* The version, which the build knows. */
#include "gantrain/base/version.h"

const char *gt_version(void) {
    return GT_VERSION;
}
