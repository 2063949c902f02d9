// What a product is the sum of: for each two bits of the constant none, one, two or three times the
// element; for the sign bit of a constant of two's complement none or one of it, to be subtracted.
`default_nettype none

module channelwise_terms #(
    // Bits of the element, 1: two's complement; the same of the constant, at least 2.
    parameter int EBITS = 8,
    parameter bit ESIGNED = 0,
    parameter int PBITS = 8,
    parameter bit PSIGNED = 0,
    // Cycles that element and constant come later than one after the early element.
    parameter int LATE = 0,
    parameter int TBITS = EBITS + 2,  // derived: bits of a term
    parameter int TERMS = (PBITS - int'(PSIGNED) + 1) / 2 + int'(PSIGNED)  // derived
) (
    input  wire                    aclk,
    input  wire                    aresetn,
    input  wire  [EBITS-1:0]       early,
    input  wire  [EBITS-1:0]       element,
    input  wire  [PBITS-1:0]       constant,
    // A cycle after element and constant.
    output logic [TERMS*TBITS-1:0] terms
);
    localparam int UNSIGNED = PBITS - int'(PSIGNED);
    localparam int PAIRS = (UNSIGNED + 1) / 2;

    // An upper bit where there is none is zero.
    wire [2*PAIRS-1:0] digits = (2 * PAIRS)'(constant[UNSIGNED-1:0]);
    wire [TBITS-1:0]   soon = {{2{ESIGNED && early[EBITS-1]}}, early};
    wire [TBITS-1:0]   once = {{2{ESIGNED && element[EBITS-1]}}, element};
    wire [TBITS-1:0]   twice = {once[TBITS-2:0], 1'b0};
    logic [TBITS-1:0]  tripled;
    wire [TBITS-1:0]   thrice;

    always_ff @(posedge aclk) tripled <= soon + {soon[TBITS-2:0], 1'b0};

    pipeline_delay #(.WIDTH(TBITS), .CYCLES(LATE), .RESET(1)) u_thrice (
        .aclk, .aresetn, .enable(1'b1), .d(tripled), .q(thrice)
    );

    generate
        for (genvar i = 0; i < PAIRS; i++) begin : gen_pair
            wire [1:0] digit = digits[2*i +: 2];
            always_ff @(posedge aclk)
                terms[TBITS*i +: TBITS] <= digit[1] ? (digit[0] ? thrice : twice) : (digit[0] ? once : '0);
        end
        if (PSIGNED) begin : gen_sign
            always_ff @(posedge aclk)
                terms[TBITS*PAIRS +: TBITS] <= constant[PBITS-1] ? once : '0;
        end
    endgenerate
endmodule

`default_nettype wire
