// A skewed number (see skewed_add) with more bits, or fewer where the upper ones say nothing.
`default_nettype none

module skewed_extend #(
    // Bits that come and go, two's complement.
    parameter int IWIDTH = 8,
    parameter int OWIDTH = 8,
    // Bits of a part.
    parameter int LOW = 32
) (
    input  wire              aclk,
    input  wire [IWIDTH-1:0] number,
    output wire [OWIDTH-1:0] extended
);
    // Parts above the one that holds the sign get it as many cycles later.
    localparam int OWN = (IWIDTH - 1) / LOW;
    localparam int LATE = (OWIDTH - 1) / LOW - OWN;
    localparam int NOW = OWIDTH < (OWN + 1) * LOW ? OWIDTH : (OWN + 1) * LOW;

    generate
        if (OWIDTH <= IWIDTH) begin : gen_same
            assign extended = number[OWIDTH-1:0];
            wire unused = &{1'b0, aclk, number};
        end else begin : gen_longer
            assign extended[NOW-1:0] = NOW'($signed(number));
            if (LATE > 0) begin : gen_late
                logic [LATE-1:0] signs;
                always_ff @(posedge aclk) signs <= LATE'({signs, number[IWIDTH-1]});
                for (genvar bit_above = NOW; bit_above < OWIDTH; bit_above++) begin : gen_sign
                    assign extended[bit_above] = signs[bit_above/LOW-OWN-1];
                end
            end else begin : gen_now
                wire unused = &{1'b0, aclk};
            end
        end
    endgenerate
endmodule

`default_nettype wire
