/* Feeds the files of a corpus to a reader: those whose names begin with "valid" must be taken, all
 * others refused. So a seed that no longer reaches what it was written for is noticed. */
#include "fuzz/fuzz.h"

static bool replay(const char *path) {
    enum { MOST = 1 << 20 };
    static uint8_t bytes[MOST];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    size_t size = fread(bytes, 1, MOST, file);
    fclose(file);
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    bool expected = strncmp(name, "valid", strlen("valid")) == 0;
    bool taken = fuzz_reader(bytes, size);
    if (taken != expected)
        fprintf(stderr, "%s: is %s\n", path, taken ? "taken" : "refused");
    return taken == expected;
}

int main(int argc, char **argv) {
    int wrong = argc < 2;
    for (int i = 1; i < argc; i++)
        wrong += !replay(argv[i]);
    unlink(fuzz_path());
    return wrong > 0;
}
