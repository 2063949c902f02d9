// The simulated chip: the Verilated shell and network, the processor's ports and clock, the DRAM.
// FINN_PS8 is defined for a Zynq UltraScale+.
// C ABI "finn-silicon-2"; silicon.py is its Python side.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "Vmodel.h"
#include "Vmodel___024root.h"
#include "silicon_master.h"
#include "silicon_memory.h"
#include "verilated.h"

namespace silicon {

// After configuration the level shifters are still off: what the fabric drives is not seen.
constexpr unsigned CONFIGURATION_CYCLES = 8;
constexpr unsigned RESET_CYCLES = 24;
constexpr unsigned ANSWER_LIMIT = 10000;  // cycles after which an access counts as never answered
constexpr int FROZEN = -1;

#ifdef FINN_PS8
#define PIN(name) root_.finn_top__DOT__u_processor__DOT__u_ps8__DOT__##name
#else
#define PIN(name) root_.finn_top__DOT__u_processor__DOT__u_ps7__DOT__##name
#endif

class Chip {
  public:
    Chip(uint8_t* dram, uint64_t base, uint64_t bytes, uint64_t seed, const char* config)
        : memory(dram, base, bytes, seed), context_(fresh(seed)), model_(new Vmodel(context_.get(), "")),
          root_(*model_->rootp), master_(master_pins(), seed + 1), pulse_(seed % 2 == 0) {
        see_memory_pins();
        configure(config ? config : "");
        memory.refresh_rate();
        PIN(clk) = 0;
        drive();
        model_->eval();
        tick(RESET_CYCLES);
    }

    ~Chip() { model_->final(); }

    Memory memory;

    uint64_t cycles() const { return cycles_; }
    uint64_t quiet() const { return cycles_ - std::max(access_at_, memory.busy_at()); }

    void tick(uint64_t count) {
        for (uint64_t i = 0; i < count; ++i) edge();
    }

    const char* fault() const {
        for (const std::string* text : {&memory.fault, &master_.fault(), &fault_})
            if (!text->empty()) return text->c_str();
        return nullptr;
    }

    void set(const std::string& key, double value) {
        if (key == "master_bits") {
            master_.bits = unsigned(value);
            return;
        }
        Figures& f = memory.figures;
        const std::pair<const char*, double*> known[] = {
            {"bytes_per_cycle", &f.bytes_per_cycle}, {"latency_min", &f.latency_min},
            {"latency_max", &f.latency_max},         {"refresh_period", &f.refresh_period},
            {"refresh_stall", &f.refresh_stall},     {"outstanding", &f.outstanding},
            {"error_base", &f.error_base},           {"error_bytes", &f.error_bytes},
            {"controllers", &f.controllers}};
        for (const auto& [name, figure] : known) {
            if (key != name) continue;
            *figure = value;
            memory.refresh_rate();
            return;
        }
        fault_ = "the simulated chip has no setting " + key;
    }

    int access(const Access& what) {
        if (frozen_) return FROZEN;
        master_.start(what);
        for (unsigned waited = 0; master_.busy() && waited < ANSWER_LIMIT; ++waited) edge();
        access_at_ = cycles_;
        frozen_ = master_.busy();
        master_.release();
        return frozen_ ? FROZEN : master_.response();
    }

    // Addresses and data of single writes come in any order.
    int order() { return int(++accesses_ % 3); }

  private:
    std::unique_ptr<VerilatedContext> context_;
    std::unique_ptr<Vmodel> model_;
    Vmodel___024root& root_;
    Master master_;
    Seen seen_ = {};
    Driven driven_;
    std::string fault_;
    uint64_t cycles_ = 0, access_at_ = 0, accesses_ = 0;
    bool pulse_;  // whether the processor resets the fabric after a download
    bool frozen_ = false;

    static VerilatedContext* fresh(uint64_t seed) {
        auto* context = new VerilatedContext;
        context->randReset(2);
        context->randSeed(int(seed % 0x7FFFFFFE) + 1);
        return context;
    }

    MasterPins master_pins() {
        return {&PIN(gp_arvalid), &PIN(gp_rready), &PIN(gp_awvalid), &PIN(gp_wvalid), &PIN(gp_wlast),
                &PIN(gp_bready), &PIN(gp_length), &PIN(gp_size), &PIN(gp_burst), &PIN(gp_wstrb),
                &PIN(gp_lane), &PIN(gp_id), &PIN(gp_address), &PIN(gp_wdata), &PIN(see_gp), &PIN(see_gp_resp),
                &PIN(see_gp_rdata), &PIN(see_gp_id)};
    }

    void see_memory_pins() {
        seen_.araddr = &PIN(see_araddr)[0], seen_.awaddr = &PIN(see_awaddr)[0];
        seen_.arinfo = &PIN(see_arinfo)[0], seen_.awinfo = &PIN(see_awinfo)[0];
        seen_.wdata = &PIN(see_wdata)[0], seen_.wstrb = &PIN(see_wstrb)[0], seen_.wid = &PIN(see_wid)[0];
    }

    // "key=value;key=value"
    void configure(const std::string& text) {
        for (size_t at = 0; at < text.size();) {
            const size_t end = std::min(text.find(';', at), text.size());
            const size_t equals = std::min(text.find('=', at), end);
            const size_t value = std::min(equals + 1, end);
            if (end > at) set(text.substr(at, equals - at), std::atof(text.substr(value, end - value).c_str()));
            at = end + 1;
        }
    }

    void edge() {
        if (cycles_ >= CONFIGURATION_CYCLES) {
            seen_.arvalid = PIN(see_arvalid), seen_.awvalid = PIN(see_awvalid), seen_.wvalid = PIN(see_wvalid);
            seen_.rready = PIN(see_rready), seen_.bready = PIN(see_bready), seen_.wlast = PIN(see_wlast);
            memory.cycle(seen_, driven_);
            if (master_.busy()) master_.cycle();
        }
        ++cycles_;
        drive();
        PIN(clk) = 1;
        model_->eval();
        PIN(clk) = 0;
        model_->eval();
    }

    void drive() {
        PIN(next_resetn) = !pulse_ || cycles_ >= RESET_CYCLES;
        PIN(next_arready) = driven_.arready, PIN(next_awready) = driven_.awready;
        PIN(next_wready) = driven_.wready, PIN(next_rvalid) = driven_.rvalid;
        PIN(next_rlast) = driven_.rlast, PIN(next_bvalid) = driven_.bvalid;
        PIN(next_rresp) = driven_.rresp, PIN(next_bresp) = driven_.bresp;
        PIN(next_rid) = driven_.rid, PIN(next_bid) = driven_.bid;
        for (unsigned i = 0; i < PORTS * WORDS; ++i) PIN(next_rdata)[i] = driven_.rdata[i];
    }
};

}  // namespace silicon

using silicon::Access;
using silicon::Chip;

extern "C" {

const char* finn_silicon_abi(void) { return "finn-silicon-2"; }

void* finn_silicon_new(uint8_t* dram, uint64_t base, uint64_t bytes, uint64_t seed, const char* config) {
    return new Chip(dram, base, bytes, seed, config);
}

void finn_silicon_delete(void* chip) { delete static_cast<Chip*>(chip); }

// 0 OKAY, 2 SLVERR, 3 DECERR, -1 never answered.
int finn_silicon_read(void* chip, uint64_t address, uint32_t* data) {
    return static_cast<Chip*>(chip)->access({address, 1, 2, 1, data, nullptr, 0});
}

int finn_silicon_write(void* chip, uint64_t address, uint32_t data, uint32_t strobe) {
    auto* self = static_cast<Chip*>(chip);
    const auto lanes = uint8_t(strobe);
    return self->access({address, 1, 2, 1, &data, &lanes, self->order()});
}

// A burst as a test shapes it; a read where strobe is null. Kind 0 FIXED, 1 INCR, 2 WRAP.
int finn_silicon_burst(void* chip, uint64_t address, uint32_t beats, uint32_t size, uint32_t kind, int order,
                       uint32_t* data, const uint8_t* strobe) {
    return static_cast<Chip*>(chip)->access({address, beats, size, kind, data, strobe, order});
}

uint64_t finn_silicon_tick(void* chip, uint64_t cycles) {
    static_cast<Chip*>(chip)->tick(cycles);
    return static_cast<Chip*>(chip)->cycles();
}

// Cycles since anything happened on any port.
uint64_t finn_silicon_quiet(void* chip) { return static_cast<Chip*>(chip)->quiet(); }

// The first violation in words, or null.
const char* finn_silicon_fault(void* chip) { return static_cast<Chip*>(chip)->fault(); }

// Corrupts what the fabric writes, as a clock above the build's would.
void finn_silicon_poison(void* chip, int on) { static_cast<Chip*>(chip)->memory.poison = on != 0; }

void finn_silicon_set(void* chip, const char* key, double value) { static_cast<Chip*>(chip)->set(key, value); }
}
