// The part of LZ4's interface that Verilator's FST writer uses, answered with one run of literals,
// which the LZ4 block format allows: tracing then needs no library. The writer keeps the original
// wherever "compressed" data is not smaller.
#pragma once
#include <cstring>

constexpr int FINN_LZ4_INLINE_LENGTH = 15;

static inline int LZ4_compressBound(int size) { return size + size / 255 + 16; }

static inline int LZ4_compress_default(const char* data, char* output, int size, int capacity) {
    if (capacity < LZ4_compressBound(size)) return 0;
    char* at = output;
    if (size < FINN_LZ4_INLINE_LENGTH) {
        *at++ = static_cast<char>(size << 4);
    } else {
        *at++ = static_cast<char>(FINN_LZ4_INLINE_LENGTH << 4);
        int rest = size - FINN_LZ4_INLINE_LENGTH;
        for (; rest >= 255; rest -= 255) *at++ = static_cast<char>(255);
        *at++ = static_cast<char>(rest);
    }
    std::memcpy(at, data, size);
    return static_cast<int>(at - output) + size;
}
