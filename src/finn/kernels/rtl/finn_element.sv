// An element in the code of a wider type: sign or zeros in front; bipolar becomes two's complement.
`default_nettype none

module finn_element #(
    // Bits of the element that comes, and of the one that goes: at least as many, two for BIPOLAR.
    parameter int IBITS = 8,
    parameter int OBITS = 8,
    // 1: what comes is two's complement.
    parameter bit SIGNED = 0,
    // 1: what comes is bipolar, -1/+1 as 0/1, whatever SIGNED says.
    parameter bit BIPOLAR = 0
) (
    input  wire [IBITS-1:0] code,
    output wire [OBITS-1:0] element
);
    generate
        if (BIPOLAR) begin : gen_bipolar
            assign element = {{(OBITS - 1){!code[0]}}, 1'b1};
        end else if (OBITS == IBITS) begin : gen_same
            assign element = code;
        end else begin : gen_wider
            assign element = {{(OBITS - IBITS){SIGNED && code[IBITS-1]}}, code};
        end
    endgenerate
endmodule

`default_nettype wire
