// What a 7-series block RAM does in the modes that Yosys maps to, for RAMB18E1.sv and RAMB36E1.sv.
// From AMD's UG473: two ports of their own widths on one memory, output latches, no output registers.
// The ports are taken to share one clock: a word that one port reads while the other writes it is
// undefined unless the writer is READ_FIRST, and so is a word that both write.
`default_nettype none
// Strings of several lengths are compared.
/* verilator lint_off WIDTHEXPAND */

module finn_block_ram #(
    parameter integer BYTES = 2048,           // each with its parity bit
    parameter [8*BYTES-1:0] CONTENTS = 0,     // first data, byte 0 lowest
    parameter [BYTES-1:0] PARITY = 0,         // first parity bits
    parameter integer READ_A = 0,             // data bits of a word, 0 where a port does not read or write
    parameter integer READ_B = 0,
    parameter integer WRITE_A = 0,
    parameter integer WRITE_B = 0,
    parameter MODE_A = "WRITE_FIRST",         // what a port shows of a word that it writes
    parameter MODE_B = "WRITE_FIRST",
    parameter [71:0] FIRST_A = 0,             // first value of an output latch: {parity, data}
    parameter [71:0] FIRST_B = 0,
    parameter [71:0] RESET_A = 0,             // its value after reset
    parameter [71:0] RESET_B = 0
) (
    input  wire        clk_a,
    input  wire        clk_b,
    input  wire        enable_a,
    input  wire        enable_b,
    input  wire        reset_a,
    input  wire        reset_b,
    input  wire [7:0]  write_a,
    input  wire [7:0]  write_b,
    input  wire [14:0] address_a,
    input  wire [14:0] address_b,
    input  wire [71:0] in_a,
    input  wire [71:0] in_b,
    output reg  [71:0] out_a,
    output reg  [71:0] out_b
);
    localparam integer WIDEST = READ_A > READ_B ? READ_A : READ_B;
    localparam integer WIDEST_IN = WRITE_A > WRITE_B ? WRITE_A : WRITE_B;
    localparam integer GRAIN = $clog2(WIDEST > WIDEST_IN ? WIDEST : WIDEST_IN);

    reg [8:0] memory[0:BYTES-1];

    // Address of the byte in which a word of so many bits starts.
    function automatic integer first_byte(input [14:0] address, input integer bits);
        first_byte = (address >> 3) & ~((bits >> 3) - (bits >= 8 ? 1 : 0)) & (BYTES - 1);
    endfunction

    // A byte after a port's write to `address`.
    function automatic [8:0] written(
        input integer index, input [14:0] address, input integer bits, input [7:0] enables, input [71:0] word
    );
        integer i;
        begin
            written = memory[index];
            if (bits >= 8) begin
                i = index - first_byte(address, bits);
                if (i >= 0 && i < bits / 8 && enables[i[2:0]])
                    written = {word[64+i[2:0]], word[8*i[2:0]+:8]};
            end else if (bits > 0 && enables[0] && index == first_byte(address, bits))
                for (i = 0; i < bits; i = i + 1)
                    written[(32'(address[2:0]) & ~(bits - 1)) + i] = word[i];
        end
    endfunction

    // The word at `address`, as it is before the edge or (`after`) as this port's own write leaves it.
    function automatic [71:0] word_at(
        input [14:0] address, input integer bits, input after, input integer write_bits, input [7:0] enables,
        input [71:0] word
    );
        integer   i;
        reg [8:0] found;
        begin
            word_at = 0;
            for (i = 0; i < (bits < 8 ? 1 : bits / 8); i = i + 1) begin
                found = memory[first_byte(address, bits)+i];
                if (after) found = written(first_byte(address, bits) + i, address, write_bits, enables, word);
                {word_at[64+i], word_at[8*i+:8]} = found;
            end
            if (bits < 8)
                word_at = 72'(found[7:0] >> (32'(address[2:0]) & ~(bits - 1))) & ((72'd1 << bits) - 1);
        end
    endfunction

    integer row;
    initial begin
        for (row = 0; row < BYTES; row = row + 1) memory[row] = {PARITY[row], CONTENTS[8*row+:8]};
        out_a = FIRST_A;
        out_b = FIRST_B;
    end

    wire writes_a = enable_a && |write_a && WRITE_A != 0;
    wire writes_b = enable_b && |write_b && WRITE_B != 0;
    wire same = address_a >> GRAIN == address_b >> GRAIN;
    wire clash = writes_a && writes_b && same;

    // Bits written within a byte, where a word is no more than that.
    localparam integer PART_A = WRITE_A == 0 || WRITE_A > 8 ? 8 : WRITE_A;
    localparam integer PART_B = WRITE_B == 0 || WRITE_B > 8 ? 8 : WRITE_B;
    wire [2:0] part_a = address_a[2:0] & ~3'(PART_A - 1);
    wire [2:0] part_b = address_b[2:0] & ~3'(PART_B - 1);

    integer lane_a, lane_b;

    always @(posedge clk_a)
        if (enable_a) begin
            if (reset_a) out_a <= RESET_A;
            else if (READ_A == 0) out_a <= 'x;
            else if (writes_b && same && MODE_B != "READ_FIRST") out_a <= 'x;
            else if (!writes_a || MODE_A != "NO_CHANGE")
                out_a <= word_at(address_a, READ_A, writes_a && MODE_A == "WRITE_FIRST", WRITE_A, write_a, in_a);
            if (writes_a && WRITE_A < 8)
                memory[first_byte(address_a, WRITE_A)][part_a+:PART_A] <= clash ? 'x : in_a[PART_A-1:0];
            if (WRITE_A >= 8)
                for (lane_a = 0; lane_a < WRITE_A / 8; lane_a = lane_a + 1)
                    if (write_a[lane_a])
                        memory[first_byte(address_a, WRITE_A)+lane_a] <=
                            clash ? 'x : {in_a[64+lane_a], in_a[8*lane_a+:8]};
        end

    always @(posedge clk_b)
        if (enable_b) begin
            if (reset_b) out_b <= RESET_B;
            else if (READ_B == 0) out_b <= 'x;
            else if (writes_a && same && MODE_A != "READ_FIRST") out_b <= 'x;
            else if (!writes_b || MODE_B != "NO_CHANGE")
                out_b <= word_at(address_b, READ_B, writes_b && MODE_B == "WRITE_FIRST", WRITE_B, write_b, in_b);
            if (writes_b && WRITE_B < 8)
                memory[first_byte(address_b, WRITE_B)][part_b+:PART_B] <= clash ? 'x : in_b[PART_B-1:0];
            if (WRITE_B >= 8)
                for (lane_b = 0; lane_b < WRITE_B / 8; lane_b = lane_b + 1)
                    if (write_b[lane_b])
                        memory[first_byte(address_b, WRITE_B)+lane_b] <=
                            clash ? 'x : {in_b[64+lane_b], in_b[8*lane_b+:8]};
        end
endmodule

/* verilator lint_on WIDTHEXPAND */
`default_nettype wire
