// The processor as the registers' master: one access at a time, shaped at random where AXI leaves it open.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "silicon_memory.h"

namespace silicon {

// One access; a test may shape it, the driver's are single words.
struct Access {
    uint64_t address;
    uint32_t beats, size, kind;
    uint32_t* data;
    const uint8_t* strobe;  // null for a read
    int order;              // of a write: 0 address first, 1 data first, 2 together
};

// Pins as the twin names them.
struct MasterPins {
    uint8_t *arvalid, *rready, *awvalid, *wvalid, *wlast, *bready, *length, *size, *burst, *wstrb, *lane;
    uint16_t* id;
    uint64_t* address;
    uint32_t* wdata;
    const uint8_t *see, *see_resp;
    const uint32_t *see_rdata, *see_id;
};

class Master {
  public:
    Master(const MasterPins& pins, uint64_t seed) : pins_(pins), random_(seed) { release(); }

    unsigned bits = 32;  // of data, as the port is set

    bool busy() const { return access_ != nullptr; }
    int response() const { return worst_; }
    const std::string& fault() const { return fault_; }

    void start(const Access& access) {
        access_ = &access;
        worst_ = OKAY;
        beat_ = 0;
        write_ = access.strobe != nullptr;
        address_taken_ = data_taken_ = false;
        held_ = false;
        *pins_.address = access.address;
        *pins_.length = uint8_t(access.beats - 1);
        *pins_.size = uint8_t(access.size);
        *pins_.burst = uint8_t(access.kind);
        *pins_.id = uint16_t(random_.below(1u << MASTER_ID_BITS));
        begun_ = false;
    }

    // Before each clock edge.
    void cycle() {
        const uint8_t see = *pins_.see;
        if (!begun_) begin();
        else if (write_) written(see & 32, see & 16, see & 8);
        else read(see & 4, see & 2, see & 1);
    }

    void release() {
        access_ = nullptr;
        *pins_.arvalid = *pins_.awvalid = *pins_.wvalid = *pins_.rready = *pins_.bready = 0;
    }

  private:
    MasterPins pins_;
    Random random_;
    const Access* access_ = nullptr;
    std::string fault_;
    int worst_ = OKAY;
    uint32_t beat_ = 0, held_data_ = 0;
    bool begun_ = false, write_ = false, address_taken_ = false, data_taken_ = false, held_ = false;

    void fail(const char* what) {
        if (fault_.empty()) fault_ = std::string("AXI protocol violation on the registers' port: ") + what;
    }

    // Where a beat's word is: on a port wider than a word it goes by the address.
    uint8_t lane() const {
        const uint64_t step = uint64_t(access_->kind ? beat_ : 0) << access_->size;
        return uint8_t((access_->address + step) / 4 % (bits / 32));
    }

    void answer(unsigned response, unsigned id) {
        worst_ = std::max(worst_, int(response));
        if (id != *pins_.id) fail("an answer does not carry its request's ID");
    }

    void begin() {
        begun_ = true;
        *pins_.lane = lane();
        *pins_.arvalid = !write_;
        *pins_.awvalid = write_ && access_->order != 1;
        if (write_ && access_->order) offer();
    }

    void offer() {
        *pins_.wvalid = 1;
        *pins_.lane = lane();
        *pins_.wdata = access_->data[beat_];
        *pins_.wstrb = access_->strobe[beat_];
        *pins_.wlast = beat_ + 1 == access_->beats;
    }

    void written(bool awready, bool wready, bool bvalid) {
        if (*pins_.awvalid && awready) *pins_.awvalid = 0, address_taken_ = true;
        if (*pins_.wvalid && wready) {
            *pins_.wvalid = 0;
            data_taken_ = ++beat_ == access_->beats;
        }
        if (bvalid && !(address_taken_ && data_taken_)) fail("an answer comes before its request");
        if (bvalid && *pins_.bready) {
            answer(*pins_.see_resp >> 2, *pins_.see_id >> 16);
            release();
            return;
        }
        const bool address_now = access_->order != 1 || data_taken_;
        if (!address_taken_ && address_now) *pins_.awvalid = 1;
        const bool data_now = access_->order != 0 || address_taken_;
        if (!*pins_.wvalid && !data_taken_ && data_now && random_.below(4)) offer();
        *pins_.bready = random_.below(4) != 0;
    }

    void read(bool arready, bool rvalid, bool rlast) {
        if (*pins_.arvalid && arready) *pins_.arvalid = 0, address_taken_ = true;
        if (rvalid && !address_taken_) fail("data comes before its request");
        if (held_ && (!rvalid || *pins_.see_rdata != held_data_)) fail("read data changed before it was accepted");
        held_ = rvalid && !*pins_.rready;
        held_data_ = *pins_.see_rdata;
        if (rvalid && *pins_.rready) {
            answer(*pins_.see_resp & 3, *pins_.see_id & 0xFFFF);
            access_->data[beat_++] = *pins_.see_rdata;
            *pins_.lane = lane();
            if (rlast != (beat_ == access_->beats)) fail("RLAST does not mark the last beat");
            if (beat_ == access_->beats) {
                release();
                return;
            }
        }
        *pins_.rready = random_.below(4) != 0;
    }
};

}  // namespace silicon
