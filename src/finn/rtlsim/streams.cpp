// Drives every AXI-Stream port of one Verilated module: the whole loop, with gaps, stalls and checks.
// finn_streams.h is generated for each module: it binds the ports and gives FINN_INPUTS and FINN_OUTPUTS.
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "Vmodel.h"
#include "streams_ports.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_fst_c.h"
#endif

namespace {

#include "finn_streams.h"

constexpr unsigned RESET_CYCLES = 16;
constexpr unsigned SURPLUS_CYCLES = 64;

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
