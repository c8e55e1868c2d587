/* Processors that the process may use: affinity masks, quotas of cgroups of both versions in a
 * made-up tree of files, and OMP_NUM_THREADS. */
#define _GNU_SOURCE /* sched_setaffinity */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <sched.h>

#include "base/processors_quota.h"
#include "gantrain/base/processors.h"
#include "helpers.h"

/* Makes ROOT/path with text in it; folders too. */
static void put(const char *root, const char *path, const char *text) {
    char full[512];
    snprintf(full, sizeof full, "%s/%s", in_folder(root), path);
    for (char *c = full + strlen(test_folder) + 1; *c != '\0'; c++)
        if (*c == '/') {
            *c = '\0';
            mkdir(full, 0777);
            *c = '/';
        }
    put_file(full, text, strlen(text));
}

static void test_no_cgroups(void **state) {
    (void)state;
    assert_true(processors_quota(in_folder("nothing")) == INFINITY);
}

static void test_version_2(void **state) {
    (void)state;
    put("v2", "proc/self/cgroup", "0::/a/b\n");
    put("v2", "sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    assert_true(processors_quota(in_folder("v2")) == INFINITY);
    put("v2", "sys/fs/cgroup/a/cpu.max", "150000 100000\n");
    assert_true(processors_quota(in_folder("v2")) == 1.5);
    put("v2", "sys/fs/cgroup/a/b/cpu.max", "200000 100000\n");
    assert_true(processors_quota(in_folder("v2")) == 1.5);
    put("v2", "sys/fs/cgroup/a/b/cpu.max", "50000 100000\n");
    assert_true(processors_quota(in_folder("v2")) == 0.5);
}

/* The container sees its own group as the root, but reads the host's path of it. */
static void test_container(void **state) {
    (void)state;
    put("container", "proc/self/cgroup", "0::/docker/0123\n");
    put("container", "sys/fs/cgroup/cpu.max", "300000 100000\n");
    assert_true(processors_quota(in_folder("container")) == 3);
}

static void test_version_1(void **state) {
    (void)state;
    put("v1", "proc/self/cgroup", "9:name=systemd:/\n5:cpuset:/job\n3:cpu,cpuacct:/job\n0::/\n");
    put("v1", "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
    put("v1", "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
    put("v1", "sys/fs/cgroup/cpuset/job/cpu.cfs_quota_us", "1\n"); /* not of that controller */
    put("v1", "sys/fs/cgroup/cpuset/job/cpu.cfs_period_us", "100000\n");
    assert_true(processors_quota(in_folder("v1")) == INFINITY);
    put("v1", "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "250000\n");
    assert_true(processors_quota(in_folder("v1")) == 2.5);
}

static void test_nonsense(void **state) {
    (void)state;
    put("odd", "proc/self/cgroup", "\n:\n0:\n0::\n::::\n0::/x\n");
    put("odd", "sys/fs/cgroup/x/cpu.max", "-5 0\n");
    assert_true(processors_quota(in_folder("odd")) == INFINITY);
    put("odd", "sys/fs/cgroup/x/cpu.max", "");
    assert_true(processors_quota(in_folder("odd")) == INFINITY);
}

static void test_affinity(void **state) {
    cpu_set_t before, one;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_in_range(gt_processors(), 1, CPU_COUNT(&before));
    int first = 0;
    while (!CPU_ISSET(first, &before))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(gt_processors(), 1);
    assert_int_equal(gt_processors_threads(64), 1);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

static void test_environment(void **state) {
    int most = gt_processors();
    (void)state;
    static const char *const useless[] = {"", "0", "-1", "many", "99999999999999999999", "1000000"};
    unsetenv("OMP_NUM_THREADS");
    assert_int_equal(gt_processors_threads(0), most);
    assert_int_equal(gt_processors_threads(1), 1);
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++) {
        setenv("OMP_NUM_THREADS", useless[i], 1);
        assert_int_equal(gt_processors_threads(0), most);
    }
    setenv("OMP_NUM_THREADS", "1", 1);
    assert_int_equal(gt_processors_threads(0), 1);
    assert_int_equal(gt_processors_threads(most), most); /* what is asked for comes first */
    setenv("OMP_NUM_THREADS", "1,4", 1);
    assert_int_equal(gt_processors_threads(0), 1);
    unsetenv("OMP_NUM_THREADS");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_cgroups),  cmocka_unit_test(test_version_2),
        cmocka_unit_test(test_container),   cmocka_unit_test(test_version_1),
        cmocka_unit_test(test_nonsense),    cmocka_unit_test(test_affinity),
        cmocka_unit_test(test_environment),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
