/* Half a byte at a time: a table of 16 words is fast enough for what is written once an epoch. */
#include "gantrain/files/crc32c.h"

/* The remainders of 0 to 15 by the polynomial 0x1EDC6F41, bits reflected (0x82F63B78). */
static const uint32_t remainders[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};

uint32_t gt_crc32c(const void *bytes, size_t size) {
    const uint8_t *next = bytes;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= next[i];
        crc = crc >> 4 ^ remainders[crc & 15];
        crc = crc >> 4 ^ remainders[crc & 15];
    }
    return ~crc;
}
