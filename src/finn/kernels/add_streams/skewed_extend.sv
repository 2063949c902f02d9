// A skewed number (see skewed_add) with more bits, or fewer where the upper ones say nothing.
`default_nettype none

module skewed_extend #(
    // Bits that come and go, two's complement.
    parameter int IWIDTH = 8,
    parameter int OWIDTH = 8,
    // Bits below the skew.
    parameter int LOW = 32
) (
    input  wire              aclk,
    input  wire              enable,
    input  wire [IWIDTH-1:0] number,
    output wire [OWIDTH-1:0] extended
);
    generate
        if (OWIDTH <= IWIDTH) begin : gen_same
            assign extended = number[OWIDTH-1:0];
            wire unused = &{1'b0, aclk, enable, number};
        end else if (IWIDTH <= LOW && OWIDTH > LOW) begin : gen_late
            logic late;
            always_ff @(posedge aclk) if (enable) late <= number[IWIDTH-1];
            assign extended[OWIDTH-1:LOW] = {(OWIDTH - LOW){late}};
            assign extended[LOW-1:0] = LOW'($signed(number));
        end else begin : gen_signed
            assign extended = OWIDTH'($signed(number));
            wire unused = &{1'b0, aclk, enable};
        end
    endgenerate
endmodule

`default_nettype wire
