// Sum or difference of two skewed numbers, whose bits from LOW on are a cycle behind those below: so is
// the result's, and no carry chain is longer than LOW + 1 places. One cycle; a second of zero adds none.
`default_nettype none

module skewed_add #(
    // Bits of all numbers, two's complement.
    parameter int WIDTH = 8,
    // Bits below the skew; WIDTH or more: there is none.
    parameter int LOW = 32,
    // 1: the second is subtracted.
    parameter bit SUBTRACT = 0
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire              enable,
    input  wire  [WIDTH-1:0] first,
    input  wire  [WIDTH-1:0] second,
    output wire  [WIDTH-1:0] result
);
    localparam int BELOW = WIDTH < LOW ? WIDTH : LOW;

    // Registers with a reset: no slow shift register LUT is made of bits that only pass.
    logic [BELOW-1:0] lower;
    assign result[BELOW-1:0] = lower;

    generate
        if (WIDTH <= LOW) begin : gen_straight
            always_ff @(posedge aclk)
                if (!aresetn) lower <= '0;
                else if (enable) lower <= SUBTRACT ? first - second : first + second;
        end else begin : gen_skewed
            logic             carry;
            logic [WIDTH-1:LOW] upper;
            wire  [WIDTH-1:LOW] addend = SUBTRACT ? ~second[WIDTH-1:LOW] : second[WIDTH-1:LOW];
            // The place below the lowest brings the carry in.
            wire  [WIDTH-LOW:0] sum = {first[WIDTH-1:LOW], 1'b1} + {addend, carry};
            wire                unused = &{1'b0, sum[0]};
            always_ff @(posedge aclk)
                if (!aresetn) {carry, lower, upper} <= '0;
                else if (enable) begin
                    {carry, lower} <= SUBTRACT ? {1'b1, first[LOW-1:0]} - {1'b0, second[LOW-1:0]}
                                               : {1'b0, first[LOW-1:0]} + {1'b0, second[LOW-1:0]};
                    upper <= sum[WIDTH-LOW:1];
                end
            assign result[WIDTH-1:LOW] = upper;
        end
    endgenerate
endmodule

`default_nettype wire
