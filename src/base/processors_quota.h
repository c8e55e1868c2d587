/* The CPU quota of the process's cgroup. */
#ifndef GANTRAIN_BASE_PROCESSORS_QUOTA_H
#define GANTRAIN_BASE_PROCESSORS_QUOTA_H

/* Returns how many processors' time the cgroup and those above it allow, such as 1.5; INFINITY for
 * no limit, or if that cannot be found out. Reads ROOT/proc/self/cgroup and ROOT/sys/fs/cgroup;
 * root is "" but for tests. */
double processors_quota(const char *root);

#endif
