`default_nettype none

// Addresses of an AXI burst's beats (AMBA AXI, "Burst address"): FIXED, INCR and WRAP.
module finn_axi_burst (
    input  wire         aclk,
    input  wire         load,
    input  wire         step,
    input  wire  [15:0] id,
    input  wire  [39:0] start,
    input  wire  [7:0]  length,
    input  wire  [2:0]  size,
    input  wire  [1:0]  kind,
    output logic [39:0] address,
    output logic [3:0]  beat,    // of the sixteen that it is in
    output logic        last,
    output logic        wide,    // its beats are wider than 32 bits
    output logic [15:0] held_id
);
    localparam logic [1:0] FIXED = 2'b00;
    localparam logic [1:0] WRAP = 2'b10;

    logic [7:0] left;      // beats behind this one
    logic [1:0] held_kind;
    logic [6:0] beat_mask; // address bits within a beat
    logic [7:0] wrap_mask; // address bits that change within a wrapping burst
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
            left <= length;
            wide <= size > 3'd2;
            held_kind <= kind;
            beat_mask <= (7'd1 << size) - 7'd1;
            // A burst that wraps has at most sixteen beats.
            wrap_mask <= 8'((32'(length[3:0]) + 32'd1) << size) - 8'd1;
            beat <= '0;
            last <= length == '0;
        end else if (step) begin
            address[11:0] <= next;
            beat <= beat + 1'b1;
            left <= left - 1'b1;
            last <= left == 8'd1;
        end
    end
endmodule

`default_nettype wire
