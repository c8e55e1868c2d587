/* The checksum's place is the first text that reads "crc32":"........" in the header. */
#include "files/safetensors_header.h"

#include <string.h>

enum { DIGITS = 8 };

size_t find_checksum(const char *header, size_t size) {
    static const char prefix[] = "\"" CHECKSUM_KEY "\":\"";
    const size_t length = sizeof prefix - 1, whole = length + DIGITS + 1;
    for (size_t i = 0; i + whole <= size; i++)
        if (memcmp(header + i, prefix, length) == 0 && header[i + whole - 1] == '"')
            return i + length;
    return 0;
}

void write_checksum(char *digits, uint32_t checksum) {
    for (int i = 0; i < DIGITS; i++)
        digits[i] = "0123456789abcdef"[checksum >> (4 * (DIGITS - 1 - i)) & 15];
}
