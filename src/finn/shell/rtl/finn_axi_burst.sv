`default_nettype none

// Addresses of an AXI3 burst's beats (AMBA AXI, "Burst address"): FIXED, INCR and WRAP.
module finn_axi_burst (
    input  wire         aclk,
    input  wire         load,
    input  wire         step,
    input  wire  [11:0] id,
    input  wire  [31:0] start,
    input  wire  [3:0]  length,
    input  wire  [1:0]  size,
    input  wire  [1:0]  kind,
    output logic [31:0] address,
    output logic [3:0]  beat,
    output logic        last,
    output logic [11:0] held_id
);
    localparam logic [1:0] FIXED = 2'b00;
    localparam logic [1:0] WRAP = 2'b10;

    logic [3:0] held_length;
    logic [1:0] held_kind;
    logic [6:0] beat_mask; // address bits within a beat
    logic [6:0] wrap_mask; // address bits that change within a wrapping burst
    logic [11:0] aligned;
    logic [11:0] next;

    // A burst stays within 4 KiB, so only the low bits count on. Steps are three cycles apart.
    always_ff @(posedge aclk) aligned <= (address[11:0] | 12'(beat_mask)) + 12'd1;

    always_comb begin
        next = aligned;
        if (held_kind == FIXED) next = address[11:0];
        else if (held_kind == WRAP) begin
            next = (address[11:0] & ~12'(wrap_mask)) | (aligned & 12'(wrap_mask));
        end
    end

    always_ff @(posedge aclk) begin
        if (load) begin
            address <= start;
            held_id <= id;
            held_length <= length;
            held_kind <= kind;
            beat_mask <= (7'd1 << size) - 7'd1;
            wrap_mask <= 7'(((32'(length) + 32'd1) << size) - 32'd1);
            beat <= '0;
            last <= length == '0;
        end else if (step) begin
            address[11:0] <= next;
            beat <= beat + 1'b1;
            last <= beat + 1'b1 == held_length;
        end
    end
endmodule

`default_nettype wire
