// The part of zlib's interface that Verilator's FST writer uses, answered with stored (uncompressed)
// data: tracing then needs no library. RFC 1950 and RFC 1951 3.2.4 define the format. The writer
// keeps the original wherever "compressed" data is not smaller.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

typedef unsigned char Bytef;
typedef unsigned long uLong;
typedef unsigned long uLongf;

constexpr int Z_OK = 0;
constexpr int Z_BUF_ERROR = -5;
constexpr uLong FINN_STORED_BLOCK = 65535;

static inline uLong compressBound(uLong size) { return size + 5 * (size / FINN_STORED_BLOCK + 1) + 6; }

static inline uint32_t finn_adler32(const Bytef* data, uLong size) {
    uint32_t low = 1, high = 0;
    for (uLong i = 0; i < size; ++i) {
        low = (low + data[i]) % 65521;
        high = (high + low) % 65521;
    }
    return high << 16 | low;
}

static inline int compress2(Bytef* output, uLongf* output_size, const Bytef* data, uLong size, int) {
    if (*output_size < compressBound(size)) return Z_BUF_ERROR;
    Bytef* at = output;
    *at++ = 0x78;
    *at++ = 0x01;
    uLong done = 0;
    do {
        const uLong block = size - done < FINN_STORED_BLOCK ? size - done : FINN_STORED_BLOCK;
        *at++ = done + block == size;
        for (const uLong field : {block, ~block}) {
            *at++ = field & 0xff;
            *at++ = field >> 8 & 0xff;
        }
        std::memcpy(at, data + done, block);
        at += block;
        done += block;
    } while (done < size);
    const uint32_t check = finn_adler32(data, size);
    for (int shift = 24; shift >= 0; shift -= 8) *at++ = check >> shift & 0xff;
    *output_size = at - output;
    return Z_OK;
}
