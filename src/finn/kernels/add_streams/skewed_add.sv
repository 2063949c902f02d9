// Sum or difference of two skewed numbers: each part of LOW bits is a cycle behind the one below. So are
// the result's, and no carry chain is longer than LOW + 2 places. One cycle; a second of zero adds none.
`default_nettype none

module skewed_add #(
    // Bits of all numbers, two's complement.
    parameter int WIDTH = 8,
    // Bits of a part; WIDTH or more: there is no skew.
    parameter int LOW = 32,
    // 1: the second is subtracted.
    parameter bit SUBTRACT = 0
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire  [WIDTH-1:0] first,
    input  wire  [WIDTH-1:0] second,
    output wire  [WIDTH-1:0] result
);
    localparam int PARTS = (WIDTH + LOW - 1) / LOW;
    wire [PARTS-1:0] carries;
    wire             unused = &{1'b0, carries[PARTS-1]};

    // Registers with a reset: no slow shift register LUT is made of bits that only pass.
    generate
        for (genvar part = 0; part < PARTS; part++) begin : gen_part
            localparam int FROM = part * LOW;
            localparam int BITS = WIDTH - FROM < LOW ? WIDTH - FROM : LOW;
            wire [BITS-1:0]  augend = first[FROM +: BITS];
            wire [BITS-1:0]  addend = second[FROM +: BITS];
            logic            carry;
            logic [BITS-1:0] sum;
            assign carries[part] = carry;
            assign result[FROM +: BITS] = sum;
            if (part == 0) begin : gen_lowest
                always_ff @(posedge aclk)
                    if (!aresetn) {carry, sum} <= '0;
                    else
                        {carry, sum} <= SUBTRACT ? {1'b1, augend} - {1'b0, addend}
                                                 : {1'b0, augend} + {1'b0, addend};
            end else begin : gen_above
                // The place below the lowest brings the carry in.
                wire [BITS+1:0] total = {1'b0, augend, 1'b1}
                    + {1'b0, SUBTRACT ? ~addend : addend, carries[part-1]};
                wire            unused_below = &{1'b0, total[0]};
                always_ff @(posedge aclk)
                    if (!aresetn) {carry, sum} <= '0;
                    else {carry, sum} <= total[BITS+1:1];
            end
        end
    endgenerate
endmodule

`default_nettype wire
