/* Files that people give for images and that are something else: named as what they are, with a way
 * out. A table of how each begins. */
#include <string.h>
#include <strings.h>

#include "data/source.h"

static const struct {
    const char *begins;
    size_t at, length;
    const char *what;
} known[] = {
#define BEGINS(text, offset, words)                                                                \
    { text, offset, sizeof text - 1, words }
    BEGINS("\x89PNG", 0, "is one PNG picture: give the folder that holds your pictures"),
    BEGINS("\xff\xd8\xff", 0, "is one JPEG picture: give the folder that holds your pictures"),
    BEGINS("version https://git-lfs", 0,
           "is a Git LFS pointer and not the file itself: run `git lfs pull`"),
    BEGINS("PAR1", 0, "is a Parquet table: export its images as PNG files or with numpy.save"),
    BEGINS("\x89HDF", 0, "is an HDF5 file: save its images with numpy.save"),
    BEGINS("MATLAB ", 0, "is a MATLAB file: save its images with scipy.io.loadmat and numpy.save"),
    BEGINS("ustar", 257, "is a tar archive: unpack it with tar -xf, and give what was in it"),
    BEGINS("7z\xbc\xaf", 0, "is a 7z archive: unpack it, and give what was in it"),
    BEGINS("Rar!", 0, "is a RAR archive: unpack it, and give what was in it"),
    BEGINS("\xfd"
           "7zXZ",
           0, "is compressed with xz: run `unxz` on it"),
    BEGINS("BZh", 0, "is compressed with bzip2: run `bunzip2` on it"),
    BEGINS("\x28\xb5\x2f\xfd", 0, "is compressed with Zstandard: run `unzstd` on it"),
    BEGINS("GIF8", 0, "is a GIF picture: convert it to PNG"),
    BEGINS("BM", 0, "is a BMP picture: convert it to PNG"),
    BEGINS("II*\0", 0, "is a TIFF picture: convert it to PNG"),
    BEGINS("MM\0*", 0, "is a TIFF picture: convert it to PNG"),
    BEGINS("WEBP", 8, "is a WebP picture: convert it to PNG"),
    BEGINS("ftyp", 4, "is a film, or an HEIC or AVIF picture: convert it to PNG files"),
    BEGINS("%PDF", 0, "is a PDF document: export its pictures as PNG files"),
    BEGINS(
        "\x80\x02", 0,
        "is a Python pickle, perhaps of PyTorch: save its images with numpy.save; CIFAR-10 comes "
        "in a binary version too"),
    BEGINS("\x80\x03", 0, "is a Python pickle: save its images with numpy.save"),
    BEGINS("\x80\x04", 0, "is a Python pickle: save its images with numpy.save"),
    BEGINS("\x80\x05", 0, "is a Python pickle: save its images with numpy.save"),
    BEGINS("{", 0, "is a JSON file: give the images, as PNG files or with numpy.save"),
    BEGINS("[", 0, "is a JSON file, or a config: give the images themselves"),
#undef BEGINS
};

/* A page that a server sent in place of the file. */
static bool is_web_page(const struct probe *probe) {
    const char *text = (const char *)probe->start;
    text += strspn(text, " \t\r\n");
    return strncasecmp(text, "<!doctype", 9) == 0 || strncasecmp(text, "<html", 5) == 0 ||
           strncasecmp(text, "<?xml", 5) == 0;
}

const char *source_explain(const struct probe *probe) {
    if (probe->length == 0)
        return "is empty: get the file again";
    if (is_web_page(probe))
        return "is a web page, saved in the place of a file: get the file again, by the address of "
               "the file itself";
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (probe->length >= known[i].at + known[i].length &&
            memcmp(probe->start + known[i].at, known[i].begins, known[i].length) == 0)
            return known[i].what;
    return NULL;
}
