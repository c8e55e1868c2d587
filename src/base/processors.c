/* The affinity mask from the system, the quota from the files of cgroups: cpu.max in version 2,
 * cpu.cfs_quota_us and cpu.cfs_period_us in version 1 (both described in the kernel's
 * Documentation/admin-guide/cgroup-v2.rst and Documentation/scheduler/sched-bwc.rst). */
#define _GNU_SOURCE /* sched_getaffinity. NOLINT(bugprone-reserved-identifier,cert-dcl*) */
#include "gantrain/base/processors.h"

#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/processors_quota.h"
#include "gantrain/base/text.h"

enum { PATH_SIZE = 4096, MOST_PROCESSORS = 1 << 16 };

static int count_allowed(void) {
#ifdef __linux__
    /* The kernel refuses a mask with less room than it has processors. */
    for (int room = 1024; room <= MOST_PROCESSORS; room *= 2) {
        cpu_set_t *mask = CPU_ALLOC((size_t)room);
        size_t size = CPU_ALLOC_SIZE((size_t)room);
        int count = 0;
        if (mask != NULL && sched_getaffinity(0, size, mask) == 0)
            count = CPU_COUNT_S(size, mask);
        CPU_FREE(mask);
        if (count > 0)
            return count;
    }
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 && online <= MOST_PROCESSORS ? (int)online : 1;
}

/* Reads the first line of folder/name. */
static bool read_line(char line[64], const char *folder, const char *name) {
    char path[PATH_SIZE + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    bool found = file != NULL && fgets(line, 64, file) != NULL;
    if (file != NULL)
        fclose(file);
    return found;
}

static double ratio(double quota, double period) {
    return quota > 0 && period > 0 ? quota / period : INFINITY;
}

/* The limit of one group; INFINITY for none. */
static double limit_of(const char *folder) {
    char line[64], period_line[64];
    double quota, period;
    if (read_line(line, folder, "cpu.max")) /* "150000 100000", or "max 100000" */
        return sscanf(line, "%lf %lf", &quota, &period) == 2 ? ratio(quota, period) : INFINITY;
    if (read_line(line, folder, "cpu.cfs_quota_us") && /* -1: none */
        read_line(period_line, folder, "cpu.cfs_period_us"))
        return ratio(strtod(line, NULL), strtod(period_line, NULL));
    return INFINITY;
}

/* The lowest limit of a group and of those above it, up to the mount point. In a container the
 * group's path may be the one that the host sees: then only the mount point itself is there. */
static double lowest_limit(const char *mount, const char *group) {
    char folder[PATH_SIZE];
    double lowest = INFINITY;
    size_t root = strlen(mount);
    if (snprintf(folder, sizeof folder, "%s%s", mount, group) >= (int)sizeof folder)
        return INFINITY;
    for (;;) {
        lowest = fmin(lowest, limit_of(folder));
        char *slash = strrchr(folder, '/');
        if (slash == NULL || (size_t)(slash - folder) < root)
            return lowest;
        *slash = '\0';
    }
}

/* Whether a list such as "cpu,cpuacct" has the word. */
static bool has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (; list[0] != '\0'; list += strcspn(list, ","), list += list[0] == ',')
        if (strcspn(list, ",") == length && strncmp(list, word, length) == 0)
            return true;
    return false;
}

double processors_quota(const char *root) {
    char path[PATH_SIZE], line[PATH_SIZE], mount[PATH_SIZE];
    double lowest = INFINITY;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    /* A line for each hierarchy: "NUMBER:CONTROLLERS:GROUP"; version 2 names no controllers. */
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (group == NULL)
            continue;
        *group++ = '\0';
        controllers++;
        bool is_second = controllers[0] == '\0';
        if (!is_second && !has_word(controllers, "cpu"))
            continue;
        if (snprintf(mount, sizeof mount, "%s/sys/fs/cgroup%s%s", root, is_second ? "" : "/",
                     controllers) < (int)sizeof mount)
            lowest = fmin(lowest, lowest_limit(mount, group));
    }
    if (file != NULL)
        fclose(file);
    return lowest;
}

int gt_processors(void) {
    int allowed = count_allowed();
    double quota = ceil(processors_quota(""));
    return quota < allowed ? (int)fmax(quota, 1) : allowed;
}

int gt_processors_threads(int asked) {
    const char *variable = getenv("OMP_NUM_THREADS");
    int most = gt_processors();
    int64_t wanted = asked;
    char first[32]; /* "4,2" gives a number to each level of nested loops */
    if (asked == 0 && variable != NULL && gt_text_copy(first, sizeof first, variable)) {
        first[strcspn(first, ",")] = '\0';
        gt_text_to_integer(&wanted, first);
    }
    return wanted > 0 && wanted < most ? (int)wanted : most;
}

/* Copies what follows on "model name	: ". */
static bool read_model_name(char *name, size_t capacity) {
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256], *colon = NULL;
    while (file != NULL && colon == NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "model name", strlen("model name")) == 0)
            colon = strchr(line, ':');
    if (file != NULL)
        fclose(file);
    if (colon == NULL)
        return false;
    colon += 1 + strspn(colon + 1, " \t");
    colon[strcspn(colon, "\n")] = '\0';
    gt_text_copy(name, capacity, colon);
    return true;
}

const char *gt_processor_name(char *name, size_t capacity) {
    struct utsname machine;
    if (!read_model_name(name, capacity))
        gt_text_copy(name, capacity, uname(&machine) == 0 ? machine.machine : "unknown");
    return name;
}
