`default_nettype none

// Joins RATIO narrow words to a wide one, the first in the least significant bits; s_last ends a
// wide word early.
module finn_widen #(
    // Bits of a narrow word
    parameter int unsigned NARROW = 8,
    // Narrow words in a wide one, a power of two
    parameter int unsigned RATIO = 1
) (
    input  wire                     aclk,
    input  wire                     aresetn,
    input  wire                     s_valid,
    output wire                     s_ready,
    input  wire  [NARROW-1:0]       s_data,
    input  wire                     s_last,
    output wire                     m_valid,
    input  wire                     m_ready,
    output wire  [NARROW*RATIO-1:0] m_data
);
    if (RATIO == 1) begin : gen_same
        wire unused = &{aclk, aresetn, s_last};
        assign m_valid = s_valid;
        assign s_ready = m_ready;
        assign m_data = s_data;
    end else begin : gen_join
        localparam int unsigned BITS = $clog2(RATIO);
        logic [BITS-1:0]         place;
        logic [NARROW*RATIO-1:0] joined;
        logic                    full;

        assign s_ready = !full || m_ready;
        assign m_valid = full;
        assign m_data = joined;

        for (genvar slot = 0; slot < RATIO; slot++) begin : gen_slot
            always_ff @(posedge aclk) begin
                if (s_valid && s_ready && place == BITS'(slot)) joined[slot*NARROW+:NARROW] <= s_data;
            end
        end

        always_ff @(posedge aclk) begin
            if (!aresetn) begin
                place <= '0;
                full <= 1'b0;
            end else if (s_ready) begin
                full <= s_valid && (s_last || (&place));
                if (s_valid) place <= s_last ? '0 : place + 1'b1;
            end
        end
    end
endmodule

`default_nettype wire
