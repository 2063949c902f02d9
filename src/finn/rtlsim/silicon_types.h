// What the simulated memory is made of: its figures, the ports' pins, bursts in flight.
#pragma once

#include <cstdint>

namespace silicon {

constexpr unsigned PORTS = 4;
constexpr unsigned RING = 32;  // most bursts a port can hold; a power of two
#ifdef FINN_PS8
constexpr unsigned BEAT_BYTES = 16;
constexpr unsigned MASTER_ID_BITS = 16;
#else
constexpr unsigned BEAT_BYTES = 8;
constexpr unsigned MASTER_ID_BITS = 12;
#endif
constexpr unsigned WORDS = BEAT_BYTES / 8;  // the twin shows a beat as so many words of 64 bits
constexpr unsigned BLOCK_BEATS = 128 / BEAT_BYTES;
constexpr unsigned PAGE = 4096;  // no burst crosses one
enum Response : uint8_t { OKAY = 0, SLVERR = 2, DECERR = 3 };

// xorshift64*, Vigna 2016.
class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u | 1u) {}
    uint64_t next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545F4914F6CDD1Du;
    }
    unsigned below(unsigned bound) { return unsigned((next() >> 32) * bound >> 32); }

  private:
    uint64_t state_;
};

struct Figures {
    double bytes_per_cycle = 15.75;  // both ways, all ports, refresh included
    double latency_min = 20;
    double latency_max = 60;
    double refresh_period = 780;
    double refresh_stall = 26;
    double outstanding = 8;
    double controllers = 11;  // for HP0..3 a digit each: ports of the same one take turns
    double error_base = 0;  // accesses to [base, base + bytes) are answered with SLVERR
    double error_bytes = 0;
};

// What the fabric drives.
struct Seen {
    uint8_t arvalid, rready, awvalid, wvalid, wlast, bready;
    const uint64_t *araddr, *awaddr;
    const uint32_t *arinfo, *awinfo;
    const uint64_t* wdata;  // WORDS for each port
    const uint8_t *wstrb, *wid;
};

// What the memory drives; one bit per port, IDs and responses packed as at the twin's signals.
struct Driven {
    uint8_t arready = 0, rvalid = 0, rlast = 0, awready = 0, wready = 0, bvalid = 0;
    uint8_t rresp = 0, bresp = 0;
    uint32_t rid = 0, bid = 0;
    uint64_t rdata[PORTS * WORDS] = {};
};

struct Burst {
    uint64_t address;
    uint16_t beats, done;
    uint8_t id, response;
    uint64_t due;
};

struct Beat {
    uint64_t data[WORDS];
    uint8_t strobe[WORDS];
    uint8_t id, last;
};

template <class T, unsigned SIZE>
class Ring {
  public:
    unsigned size() const { return count_; }
    T& front() { return items_[first_]; }
    T& operator[](unsigned i) { return items_[(first_ + i) % SIZE]; }
    void push(const T& item) { items_[(first_ + count_++) % SIZE] = item; }
    void pop() { first_ = (first_ + 1) % SIZE, --count_; }

  private:
    T items_[SIZE] = {};
    unsigned first_ = 0, count_ = 0;
};

struct Port {
    Ring<Burst, RING> reads;
    Ring<Burst, RING> addresses;  // of writes whose data is not complete
    Ring<Beat, RING * 16> beats;
    unsigned whole = 0;  // complete bursts among the beats
    Ring<Burst, RING> answers;
    unsigned hold_ar = 0, hold_aw = 0;  // cycles until the next address is taken
    // Of the cycle before, for the stability check.
    uint64_t last_wdata[WORDS] = {};
    uint64_t last_araddr = 0, last_awaddr = 0;
    uint32_t last_arinfo = 0, last_awinfo = 0;
    uint8_t last_wstrb[WORDS] = {};
    int read_id = -1, write_id = -1;
};

}  // namespace silicon
