// Whether one unsigned number is greater than another, two bits to a place of the carry chain: a pair
// that is greater makes a carry, one that is equal passes it on.
`default_nettype none

module label_greater #(
    // Bits of a number.
    parameter int WIDTH = 8
) (
    input  wire [WIDTH-1:0] a,
    input  wire [WIDTH-1:0] b,
    output wire             greater
);
    localparam int PAIRS = (WIDTH + 1) / 2;

    wire [2*PAIRS-1:0] a_even = (2 * PAIRS)'(a);
    wire [2*PAIRS-1:0] b_even = (2 * PAIRS)'(b);
    wire [PAIRS-1:0]   over;
    wire [PAIRS-1:0]   equal;
    generate
        for (genvar pair = 0; pair < PAIRS; pair++) begin : gen_pair
            assign over[pair]  = a_even[2*pair +: 2] > b_even[2*pair +: 2];
            assign equal[pair] = a_even[2*pair +: 2] == b_even[2*pair +: 2];
        end
    endgenerate

    finn_carry #(.PLACES(PAIRS), .FIRST(1'b0)) compare (.passes(equal), .values(over), .carry(greater));
endmodule

`default_nettype wire
