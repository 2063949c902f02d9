// Makes a number skewed (see skewed_add), each part of LOW bits a cycle behind the one below, or level again.
`default_nettype none

module skewed_delay #(
    // Bits of the number.
    parameter int WIDTH = 8,
    // Bits of a part.
    parameter int LOW = 32,
    // 1: the highest part is delayed most, 0: the lowest.
    parameter bit LATEST = 1
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire [WIDTH-1:0] number,
    output wire [WIDTH-1:0] delayed
);
    localparam int PARTS = (WIDTH + LOW - 1) / LOW;

    generate
        for (genvar part = 0; part < PARTS; part++) begin : gen_part
            localparam int FROM = part * LOW;
            localparam int BITS = WIDTH - FROM < LOW ? WIDTH - FROM : LOW;
            // With a reset no shift register LUT, whose output is slow, is made of it.
            pipeline_delay #(.WIDTH(BITS), .CYCLES(LATEST ? part : PARTS - 1 - part), .RESET(1)) u_part (
                .aclk, .aresetn, .enable(1'b1), .d(number[FROM +: BITS]), .q(delayed[FROM +: BITS])
            );
        end
    endgenerate
endmodule

`default_nettype wire
