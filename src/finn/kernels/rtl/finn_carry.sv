// The end of a carry chain: the value of the uppermost place that does not pass on what comes from below.
`default_nettype none

module finn_carry #(
    // Places of the chain.
    parameter int PLACES = 4,
    // What comes into the lowest place.
    parameter bit FIRST = 0
) (
    input  wire [PLACES-1:0] passes,
    input  wire [PLACES-1:0] values,
    output wire              carry
);
`ifdef SYNTHESIS
    localparam int CELLS = (PLACES + 3) / 4;
    // The last output of a cell is the fastest, so free places are at the bottom.
    localparam int FREE  = 4 * CELLS - PLACES;
    wire [4*CELLS:0]   carries;
    wire [4*CELLS-1:0] selects = ((4 * CELLS)'(passes) << FREE) | ((4 * CELLS)'(1) << FREE) - 1'b1;
    wire [4*CELLS-1:0] data    = (4 * CELLS)'(values) << FREE;
    wire               unused  = &{1'b0, carries};

    assign carries[0] = 1'b0;
    assign carry      = carries[4*CELLS];
    generate
        for (genvar at = 0; at < CELLS; at++) begin : gen_cell
            CARRY4 chain (
                .CO(carries[4*at+1 +: 4]), .O(), .CI(carries[4*at]),
                .CYINIT(at == 0 ? FIRST : 1'b0), .DI(data[4*at +: 4]), .S(selects[4*at +: 4])
            );
        end
    endgenerate
`else
    wire [PLACES:0] sums = {1'b0, passes | values} + {1'b0, values & ~passes} + (PLACES + 1)'(FIRST);
    wire unused = &{1'b0, sums[PLACES-1:0]};
    assign carry = sums[PLACES];
`endif
endmodule

`default_nettype wire
