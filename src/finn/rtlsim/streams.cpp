// Drives every AXI-Stream port of one Verilated module: the whole loop, with gaps, stalls and checks.
// The struct layouts are mirrored in library.py. finn_streams.h is generated for each module: it
// binds the ports and gives FINN_INPUTS, FINN_OUTPUTS and FINN_STATUS_BYTES.
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "Vmodel.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_fst_c.h"
#endif

namespace {

struct Port {
    const char* name;
    uint8_t* valid;
    uint8_t* ready;
    void* data;
    unsigned width;
};

#include "finn_streams.h"

constexpr unsigned RESET_CYCLES = 16;
constexpr unsigned SURPLUS_CYCLES = 64;
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

// The module reads its memory files by relative names when it is evaluated first.
class WorkingDirectory {
  public:
    explicit WorkingDirectory(const char* directory) : before_(open(".", O_RDONLY)) {
        if (before_ < 0 || chdir(directory)) throw std::runtime_error(std::string("cannot enter ") + directory);
    }
    ~WorkingDirectory() {
        if (before_ >= 0) {
            if (fchdir(before_)) std::perror("fchdir");
            close(before_);
        }
    }

  private:
    int before_;
};

class Simulation {
  public:
    explicit Simulation(const Run& run) : run_(run) {
        context_.randReset(2);
        // Zero would let Verilator choose a seed.
        context_.randSeed(static_cast<int>(run.reset_seed + 1));
        context_.traceEverOn(run.trace != nullptr);
        model_ = std::make_unique<Vmodel>(&context_);
        bind();
        open_trace();
        const WorkingDirectory here(run.directory);
        reset();
    }
    ~Simulation() {
#if VM_TRACE
        if (trace_) trace_->close();
#endif
        if (model_) model_->final();
    }
    // 0: more to do, 1: done.
    int step(uint64_t cycles) {
        for (; cycles; --cycles) {
            if (static_cast<int64_t>(cycle_) == run_.reset_at) restart();
            one_cycle();
            if (complete() && cycle_ > last_ + SURPLUS_CYCLES) return finish(), 1;
            if (!complete() && cycle_ >= last_ + run_.timeout + run_.throttle) throw std::runtime_error(stall());
        }
        return 0;
    }
    uint64_t cycles() const { return last_; }
    std::string error;

  private:
    void bind() {
        Port inputs[FINN_INPUTS], outputs[FINN_OUTPUTS];
        finn_bind(*model_, inputs, outputs);
        for (unsigned i = 0; i < FINN_INPUTS; ++i)
            sources_.emplace_back(inputs[i], run_.inputs[i], run_, run_.seed * 131 + i + 1);
        for (unsigned i = 0; i < FINN_OUTPUTS; ++i)
            sinks_.emplace_back(outputs[i], run_.outputs[i], run_, run_.seed * 137 + i + 10007);
    }
    void open_trace() {
#if VM_TRACE
        if (!run_.trace) return;
        trace_ = std::make_unique<VerilatedFstC>();
        model_->trace(trace_.get(), 99);
        trace_->open(run_.trace);
        if (!trace_->isOpen()) throw std::runtime_error(std::string("cannot write ") + run_.trace);
#endif
    }
    void evaluate(bool clock) {
        model_->aclk = clock;
        model_->eval();
#if VM_TRACE
        if (trace_) trace_->dump(time_++);
#endif
    }
    void reset() {
        model_->aresetn = 0;
        for (auto& source : sources_) source.restart();
        for (auto& sink : sinks_) sink.restart();
        for (unsigned i = 0; i < RESET_CYCLES; ++i) {
            evaluate(false);
            evaluate(true);
        }
        evaluate(false);
        for (auto& sink : sinks_) sink.check_reset();
        model_->aresetn = 1;
        cycle_ = last_ = 0;
    }
    void restart() {
        run_.reset_at = -1;
        reset();
    }
    void one_cycle() {
        for (auto& source : sources_) source.drive(cycle_);
        for (auto& sink : sinks_) sink.drive();
        evaluate(false);
        bool progress = false;
        for (auto& source : sources_) progress |= source.sample();
        for (auto& sink : sinks_) progress |= sink.sample(cycle_);
        evaluate(true);
        for (auto& source : sources_) source.advance(cycle_);
        ++cycle_;
        if (progress) last_ = cycle_;
    }
    bool complete() const {
        for (const auto& source : sources_)
            if (!source.done()) return false;
        for (const auto& sink : sinks_)
            if (!sink.done()) return false;
        return true;
    }
    std::string stall() const {
        std::string text = "no stream moved for " + std::to_string(cycle_ - last_) + " cycles:";
        const char* separator = " ";
        for (const auto& source : sources_)
            if (!source.done()) text += separator + source.state(), separator = ", ";
        for (const auto& sink : sinks_)
            if (!sink.done()) text += separator + sink.state(), separator = ", ";
        return text;
    }
    void finish() { finn_status(*model_, run_.status); }

    Run run_;
    VerilatedContext context_;
    std::unique_ptr<Vmodel> model_;
#if VM_TRACE
    std::unique_ptr<VerilatedFstC> trace_;
#endif
    std::vector<Source> sources_;
    std::vector<Sink> sinks_;
    uint64_t cycle_ = 0;
    uint64_t last_ = 0;
    uint64_t time_ = 0;
};

thread_local std::string new_error;

}  // namespace

extern "C" {

// Null if the module cannot be started: then finn_streams_error(nullptr) says why.
void* finn_streams_new(const Run* run) {
    try {
        return new Simulation(*run);
    } catch (const std::exception& error) {
        new_error = error.what();
        return nullptr;
    }
}

// 0: more to do, 1: done, -1: failed.
int finn_streams_step(void* handle, uint64_t cycles) {
    auto* simulation = static_cast<Simulation*>(handle);
    try {
        return simulation->step(cycles);
    } catch (const std::exception& error) {
        simulation->error = error.what();
        return -1;
    }
}

const char* finn_streams_error(void* handle) {
    return handle ? static_cast<Simulation*>(handle)->error.c_str() : new_error.c_str();
}

// Cycles from the end of reset to the last handshake.
uint64_t finn_streams_cycles(void* handle) { return static_cast<Simulation*>(handle)->cycles(); }

void finn_streams_delete(void* handle) { delete static_cast<Simulation*>(handle); }
}
