// The two ends of a stream: a source that pauses before beats, a sink that stalls and checks.
// The struct layouts are mirrored in library.py.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Port {
    const char* name;
    uint8_t* valid;
    uint8_t* ready;
    void* data;
    unsigned width;
};

constexpr unsigned LONG_PAUSE_ONE_IN = 16;
constexpr unsigned LONG_PAUSE_CYCLES = 64;

struct Beats {
    uint8_t* data;     // (total, bytes per beat)
    uint64_t* cycles;  // (total): cycle of each handshake
    uint64_t total;
    uint64_t per_frame;
};

struct Run {
    const char* directory;  // where the memory files are
    const char* trace;      // FST file or null
    const Beats* inputs;
    const Beats* outputs;
    uint8_t* status;
    uint64_t reset_seed;
    uint64_t seed;
    uint64_t throttle;  // least cycles from one frame to the next at the sources; 0 = none
    uint64_t timeout;   // cycles without any handshake that count as a stall
    int64_t reset_at;   // cycle at which the module is reset once more and all starts anew; -1 = never
    double input_gap;
    double output_stall;
};

class Pauses {
  public:
    Pauses(double probability, uint64_t seed)
        : limit_(static_cast<uint64_t>(probability * 4294967296.0)), state_(seed * 0x9e3779b97f4a7c15ULL + 1) {
        for (int i = 0; i < 4; ++i) draw();
    }
    bool pause() {
        if (limit_ == 0) return false;
        if (left_) return left_--, true;
        if (draw() >= limit_) return false;
        if (draw() % LONG_PAUSE_ONE_IN == 0) left_ = draw() % LONG_PAUSE_CYCLES;
        return true;
    }

  private:
    uint64_t draw() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_ >> 32;
    }
    uint64_t limit_;
    uint64_t state_;
    uint64_t left_ = 0;
};

unsigned bytes(const Port& port) { return (port.width + 7) / 8; }

class Source {
  public:
    Source(const Port& port, const Beats& beats, const Run& run, uint64_t seed)
        : port_(port), beats_(beats), throttle_(run.throttle), pauses_(run.input_gap, seed) {}
    void restart() { next_ = 0, *port_.valid = 0; }
    bool done() const { return next_ == beats_.total; }
    // Once TVALID is up it stays up until the handshake.
    void drive(uint64_t cycle) {
        if (*port_.valid || done() || cycle < earliest() || pauses_.pause()) return;
        std::memcpy(port_.data, beats_.data + next_ * bytes(port_), bytes(port_));
        *port_.valid = 1;
    }
    bool sample() { return fired_ = *port_.valid && *port_.ready; }
    void advance(uint64_t cycle) {
        if (!fired_) return;
        beats_.cycles[next_++] = cycle;
        *port_.valid = 0;
    }
    std::string state() const {
        return std::string(port_.name) + (*port_.valid ? " was not accepted after " : " waits after ") +
               std::to_string(next_) + " of " + std::to_string(beats_.total) + " beats";
    }

  private:
    uint64_t earliest() const {
        if (throttle_ == 0) return 0;
        const uint64_t beat = next_ % beats_.per_frame;
        return next_ / beats_.per_frame * throttle_ + beat * throttle_ / beats_.per_frame;
    }
    Port port_;
    Beats beats_;
    uint64_t throttle_;
    Pauses pauses_;
    uint64_t next_ = 0;
    bool fired_ = false;
};

class Sink {
  public:
    Sink(const Port& port, const Beats& beats, const Run& run, uint64_t seed)
        : port_(port), beats_(beats), pauses_(run.output_stall, seed), held_(bytes(port)) {}
    void restart() { next_ = 0, stalled_ = false, *port_.ready = 0; }
    bool done() const { return next_ == beats_.total; }
    void drive() { *port_.ready = !pauses_.pause(); }
    void check_reset() const {
        if (*port_.valid) throw std::runtime_error(std::string(port_.name) + " has TVALID up in reset");
    }
    bool sample(uint64_t cycle) {
        if (stalled_) check_held(cycle);
        fired_ = *port_.valid && *port_.ready;
        stalled_ = *port_.valid && !*port_.ready;
        if (stalled_) std::memcpy(held_.data(), port_.data, held_.size());
        if (fired_) take(cycle);
        return fired_;
    }
    std::string state() const {
        return std::string(port_.name) + " gave " + std::to_string(next_) + " of " +
               std::to_string(beats_.total) + " beats";
    }

  private:
    void check_held(uint64_t cycle) const {
        const char* what = !*port_.valid ? " dropped TVALID"
                           : std::memcmp(held_.data(), port_.data, held_.size()) ? " changed TDATA"
                                                                                  : nullptr;
        if (what)
            throw std::runtime_error(std::string(port_.name) + what + " while stalled, at cycle " +
                                     std::to_string(cycle));
    }
    void take(uint64_t cycle) {
        if (done()) throw std::runtime_error(std::string(port_.name) + " gave more beats than " +
                                             std::to_string(beats_.total));
        std::memcpy(beats_.data + next_ * held_.size(), port_.data, held_.size());
        beats_.cycles[next_++] = cycle;
    }
    Port port_;
    Beats beats_;
    Pauses pauses_;
    std::vector<uint8_t> held_;
    uint64_t next_ = 0;
    bool stalled_ = false;
    bool fired_ = false;
};

}  // namespace
