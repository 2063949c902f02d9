// DRAM behind the processor's four HP ports: timing, responses and AXI protocol checks.
// AXI3 and AXI4 as in ARM IHI 0022; the timing model and its figures are those of the board's file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include "silicon_types.h"

namespace silicon {

class Memory {
  public:
    Memory(uint8_t* dram, uint64_t base, uint64_t bytes, uint64_t seed)
        : dram_(dram), base_(base), bytes_(bytes), random_(seed) {}

    Figures figures;
    bool poison = false;
    std::string fault;

    uint64_t busy_at() const { return busy_at_; }

    // One clock edge: `pins` holds what the fabric sees before it, and after it.
    void cycle(const Seen& seen, Driven& pins) {
        ++now_;
        const bool stalled = refreshing();
        if (!stalled) budget_ = std::min(budget_ + rate_, rate_ + BEAT_BYTES);
        const uint8_t asked = seen.arvalid | seen.awvalid | seen.wvalid;
        if (!(asked | active_ | waiting_ar_ | waiting_aw_ | waiting_w_)) {
            pins.arready = pins.awready = 0xF;
            return;
        }
        if (asked) busy_at_ = now_;
        const Driven before = pins;
        check(seen);
        uint8_t active = 0;
        for (unsigned i = 0; i < PORTS; ++i) {
            accept(i, seen, pins);
            Port& port = ports_[i];
            const unsigned held = port.reads.size() + port.addresses.size() + port.beats.size() + port.answers.size();
            if (held) active |= 1u << i;
        }
        active_ = active | (pins.rvalid & ~seen.rready) | (pins.bvalid & ~seen.bready);
        if (active_) busy_at_ = now_;
        move(seen, pins, stalled);
        active_ |= pins.rvalid | pins.bvalid | pins.wready;
        waiting_ar_ = seen.arvalid & ~before.arready;
        waiting_aw_ = seen.awvalid & ~before.awready;
        waiting_w_ = seen.wvalid & ~before.wready;
        remember(seen);
    }

    void refresh_rate() {
        unsigned digits = unsigned(figures.controllers);
        for (unsigned i = PORTS; i-- > 0; digits /= 10) controller_[i] = 1u << digits % 10 % 8;
        const double period = std::max(figures.refresh_period, 1.0);
        rate_ = figures.bytes_per_cycle * period / std::max(period - figures.refresh_stall, 1.0);
    }

  private:
    uint8_t* dram_;
    uint64_t base_, bytes_;
    Random random_;
    Port ports_[PORTS];
    uint8_t last_wlast_ = 0;
    uint64_t now_ = 0, busy_at_ = 0;
    double budget_ = 0, rate_ = 0;
    uint8_t active_ = 0;
    uint8_t waiting_ar_ = 0, waiting_aw_ = 0, waiting_w_ = 0;  // valid, but not taken
    unsigned turn_ = 0;
    uint8_t controller_[PORTS] = {};  // one bit each

    bool refreshing() const {
        const uint64_t period = uint64_t(std::max(figures.refresh_period, 1.0));
        return now_ % period < uint64_t(figures.refresh_stall);
    }

    void fail(unsigned port, const char* what) {
        if (!fault.empty()) return;
        char text[256];
        std::snprintf(text, sizeof text, "AXI protocol violation on S_AXI_HP%u in cycle %llu: %s", port,
                      static_cast<unsigned long long>(now_), what);
        fault = text;
    }

    // A valid that was not answered stays, and so does all that goes with it.
    void check(const Seen& seen) {
        const uint8_t ar = waiting_ar_, aw = waiting_aw_, w = waiting_w_;
        if (!(ar | aw | w)) return;
        for (unsigned i = 0; i < PORTS; ++i) {
            const Port& port = ports_[i];
            const unsigned bit = 1u << i;
            const bool same_ar = seen.araddr[i] == port.last_araddr && seen.arinfo[i] == port.last_arinfo;
            const bool same_aw = seen.awaddr[i] == port.last_awaddr && seen.awinfo[i] == port.last_awinfo;
            const bool same_w =
                std::equal(port.last_wdata, port.last_wdata + WORDS, seen.wdata + i * WORDS) &&
                std::equal(port.last_wstrb, port.last_wstrb + WORDS, seen.wstrb + i * WORDS) &&
                !((seen.wlast ^ last_wlast_) & bit);
            if ((ar & bit) && !((seen.arvalid & bit) && same_ar))
                fail(i, "the read address changed before it was accepted");
            if ((aw & bit) && !((seen.awvalid & bit) && same_aw))
                fail(i, "the write address changed before it was accepted");
            if ((w & bit) && !((seen.wvalid & bit) && same_w))
                fail(i, "the write data changed before it was accepted");
        }
    }

    void remember(const Seen& seen) {
        for (unsigned i = 0; i < PORTS; ++i) {
            Port& port = ports_[i];
            port.last_araddr = seen.araddr[i], port.last_arinfo = seen.arinfo[i];
            port.last_awaddr = seen.awaddr[i], port.last_awinfo = seen.awinfo[i];
            std::copy_n(seen.wdata + i * WORDS, WORDS, port.last_wdata);
            std::copy_n(seen.wstrb + i * WORDS, WORDS, port.last_wstrb);
        }
        last_wlast_ = seen.wlast;
    }

    // {ID 6, burst 2, size 3, length 8, cache 4} as the twin packs it.
    Burst address(unsigned i, uint64_t at, uint32_t info, int& constant_id) {
        const unsigned beats = (info >> 4 & 255) + 1;
        const uint8_t id = uint8_t(info >> 17 & 63);
        if (1u << (info >> 12 & 7) != BEAT_BYTES) fail(i, "the beats of a burst are not as wide as the port");
        if ((info >> 15 & 3) != 1) fail(i, "a burst is not incrementing");
        if (at % BEAT_BYTES) fail(i, "an address is not a multiple of a beat");
        if (at % PAGE + beats * BEAT_BYTES > PAGE) fail(i, "a burst crosses a 4 KiB boundary");
        if (constant_id >= 0 && constant_id != id)
            fail(i, "the ID is not constant, so answers may come in any order");
        constant_id = id;
        return {at, uint16_t(beats), 0, id, response(at, beats * BEAT_BYTES), 0};
    }

    uint8_t response(uint64_t at, uint64_t size) const {
        if (at < base_ || at + size > base_ + bytes_) return DECERR;
        const auto base = uint64_t(figures.error_base);
        const auto bytes = uint64_t(figures.error_bytes);
        return bytes && at < base + bytes && at + size > base ? SLVERR : OKAY;
    }

    uint64_t due() {
        const auto least = unsigned(figures.latency_min);
        const auto most = std::max(least, unsigned(figures.latency_max));
        return now_ + least + random_.below(most - least + 1);
    }

    // Cycles between two addresses; now and then so many that a write's data is there first.
    unsigned pause() { return random_.below(random_.below(4) ? 3 : BLOCK_BEATS * 3 / 2); }

    void accept(unsigned i, const Seen& seen, Driven& pins) {
        Port& port = ports_[i];
        const unsigned bit = 1u << i;
        if (seen.arvalid & pins.arready & bit) {
            port.reads.push(address(i, seen.araddr[i], seen.arinfo[i], port.read_id));
            port.reads[port.reads.size() - 1].due = due();
            port.hold_ar = pause();
        }
        if (seen.awvalid & pins.awready & bit) {
            port.addresses.push(address(i, seen.awaddr[i], seen.awinfo[i], port.write_id));
            port.hold_aw = pause();
        }
        if (seen.wvalid & pins.wready & bit) {
            const bool last = seen.wlast & bit;
            Beat beat = {{}, {}, seen.wid[i], last};
            std::copy_n(seen.wdata + i * WORDS, WORDS, beat.data);
            std::copy_n(seen.wstrb + i * WORDS, WORDS, beat.strobe);
            port.beats.push(beat);
            port.whole += last;
            if (!last && port.beats.size() - port.whole > 16 * RING - 16) fail(i, "WLAST is missing");
        }
        if (port.whole && port.addresses.size()) match(i);
        if (seen.rready & pins.rvalid & bit) pins.rvalid &= ~bit;
        if (seen.bready & pins.bvalid & bit) pins.bvalid &= ~bit;
        const auto limit = std::min(unsigned(figures.outstanding), RING - 1);
        const auto writes = port.addresses.size() + port.answers.size();
        const bool take_ar = port.hold_ar ? (--port.hold_ar, false) : port.reads.size() < limit;
        const bool take_aw = port.hold_aw ? (--port.hold_aw, false) : writes < limit;
        pins.arready = uint8_t((pins.arready & ~bit) | (take_ar ? bit : 0));
        pins.awready = uint8_t((pins.awready & ~bit) | (take_aw ? bit : 0));
        // A grant is good for one beat, and goes back if there is none.
        if (pins.wready & ~seen.wvalid & bit) budget_ += BEAT_BYTES;
        pins.wready &= ~bit;
    }

    // The first address has all its data: its answer is on the way.
    void match(unsigned i) {
        Port& port = ports_[i];
        Burst burst = port.addresses.front();
        for (unsigned beat = 0; beat < burst.beats && beat < port.beats.size(); ++beat) {
            if (port.beats[beat].id != burst.id) fail(i, "WID is not AWID");
            if (port.beats[beat].last != (beat + 1 == burst.beats)) {
                fail(i, "WLAST does not mark the last beat");
                return;
            }
        }
        port.addresses.pop();
        --port.whole;
        burst.due = due();
        port.answers.push(burst);
    }

    // Data and answers move as the budget allows, each way one beat for each port of the controller.
    void move(const Seen& seen, Driven& pins, bool stalled) {
        uint8_t reading = 0, writing = 0;
        turn_ = (turn_ + 1) % PORTS;
        for (unsigned k = 0; k < PORTS; ++k) {
            const unsigned i = (turn_ + k) % PORTS;
            const unsigned bit = 1u << i, shared = controller_[i];
            Port& port = ports_[i];
            const bool reads = port.reads.size() && !(pins.rvalid & bit) && port.reads.front().due <= now_;
            if (reads && !stalled && !(reading & shared) && budget_ >= BEAT_BYTES) {
                budget_ -= BEAT_BYTES;
                reading |= shared;
                read(i, pins);
            }
            const bool writes = (seen.wvalid & bit) && !(pins.wready & bit) && port.whole < RING - 1 &&
                                port.beats.size() < 16 * RING - 16;
            if (writes && !stalled && !(writing & shared) && budget_ >= BEAT_BYTES) {
                budget_ -= BEAT_BYTES;
                writing |= shared;
                pins.wready |= bit;
            }
            if (port.answers.size() && !(pins.bvalid & bit) && port.answers.front().due <= now_) answer(i, pins);
        }
    }

    void read(unsigned i, Driven& pins) {
        Port& port = ports_[i];
        Burst& burst = port.reads.front();
        const unsigned bit = 1u << i;
        uint64_t* data = pins.rdata + i * WORDS;
        const uint64_t offset = burst.address - base_ + burst.done * BEAT_BYTES;
        if (burst.response == OKAY) std::memcpy(data, dram_ + offset, BEAT_BYTES);
        else std::generate_n(data, WORDS, [this] { return random_.next(); });
        const bool last = ++burst.done == burst.beats;
        pins.rvalid |= bit;
        pins.rlast = uint8_t((pins.rlast & ~bit) | (last ? bit : 0));
        pins.rresp = uint8_t((pins.rresp & ~(3u << 2 * i)) | unsigned(burst.response) << 2 * i);
        pins.rid = (pins.rid & ~(63u << 6 * i)) | uint32_t(burst.id) << 6 * i;
        if (last) port.reads.pop();
    }

    // Only now is the data in memory.
    void answer(unsigned i, Driven& pins) {
        Port& port = ports_[i];
        const Burst burst = port.answers.front();
        port.answers.pop();
        for (unsigned beat = 0; beat < burst.beats; ++beat) {
            if (burst.response == OKAY) store(burst.address - base_ + beat * BEAT_BYTES, port.beats.front());
            port.beats.pop();
        }
        pins.bvalid |= 1u << i;
        pins.bresp = uint8_t((pins.bresp & ~(3u << 2 * i)) | unsigned(burst.response) << 2 * i);
        pins.bid = (pins.bid & ~(63u << 6 * i)) | uint32_t(burst.id) << 6 * i;
    }

    void store(uint64_t offset, const Beat& beat) {
        for (unsigned word = 0; word < WORDS; ++word) {
            const uint64_t data = poison ? beat.data[word] ^ random_.next() : beat.data[word];
            for (unsigned lane = 0; lane < 8; ++lane)
                if (beat.strobe[word] >> lane & 1) dram_[offset + 8 * word + lane] = uint8_t(data >> 8 * lane);
        }
    }
};

}  // namespace silicon
