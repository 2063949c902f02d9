`default_nettype none

// Splits a wide word into RATIO narrow ones, the least significant bits first.
module finn_narrow #(
    // Bits of a narrow word
    parameter int unsigned NARROW = 8,
    // Narrow words in a wide one, a power of two
    parameter int unsigned RATIO = 1
) (
    input  wire                     aclk,
    input  wire                     aresetn,
    input  wire                     s_valid,
    output wire                     s_ready,
    input  wire  [NARROW*RATIO-1:0] s_data,
    output wire                     m_valid,
    input  wire                     m_ready,
    output wire  [NARROW-1:0]       m_data
);
    if (RATIO == 1) begin : gen_same
        wire unused = &{aclk, aresetn};
        assign m_valid = s_valid;
        assign s_ready = m_ready;
        assign m_data = s_data;
    end else begin : gen_split
        logic [RATIO-1:0]        present;
        logic [NARROW*RATIO-1:0] held;

        assign s_ready = !present[0] || (m_ready && !present[1]);
        assign m_valid = present[0];
        assign m_data = held[NARROW-1:0];

        always_ff @(posedge aclk) begin
            if (!aresetn) present <= '0;
            else if (s_ready) present <= {RATIO{s_valid}};
            else if (m_ready) present <= present >> 1;
            if (s_ready) held <= s_data;
            else if (m_ready) held <= held >> NARROW;
        end
    end
endmodule

`default_nettype wire
