/* Which gantrain this is. */
#ifndef GANTRAIN_BASE_VERSION_H
#define GANTRAIN_BASE_VERSION_H

/* "0.1.0": the version of the library that is linked. Static text. */
const char *gt_version(void);

#endif
