// Delays pixels by a fixed number of steps, in a memory of one port: what is overwritten is what comes out.
`default_nettype none

module window_line #(
    // Bits of a pixel.
    parameter int WIDTH = 8,
    // Steps.
    parameter int DELAY = 8,
    // 1: block RAM, whose own register is the last step, 0: LUT RAM.
    parameter bit BLOCK = 0,
    // Places of the memory, bits of its address.
    parameter int DEPTH = 8,
    parameter int ABITS = 3
) (
    input  wire              aclk,
    input  wire              step,
    // Counts steps from 0 to DEPTH - 1 again and again.
    input  wire  [ABITS-1:0] at,
    input  wire  [WIDTH-1:0] d,
    output wire  [WIDTH-1:0] q
);
    localparam int BITS = DEPTH > 1 ? $clog2(DEPTH) : 1;
    wire [BITS-1:0] place = at[BITS-1:0];
    wire unused = &{1'b0, at};

    generate
        if (DEPTH <= 1) begin : gen_registers
            logic [DELAY*WIDTH-1:0] words;
            wire  [(DELAY+1)*WIDTH-1:0] shifted = {words, d};
            always_ff @(posedge aclk) if (step) words <= shifted[DELAY*WIDTH-1:0];
            assign q = shifted[DELAY*WIDTH +: WIDTH];
            wire unused_place = &{1'b0, place};
        end else if (BLOCK) begin : gen_block
            (* ram_style = "block" *) logic [WIDTH-1:0] words[0:DEPTH-1];
            logic [WIDTH-1:0] overwritten;
            always_ff @(posedge aclk)
                if (step) begin
                    overwritten <= words[place];
                    words[place] <= d;
                end
            assign q = overwritten;
        end else begin : gen_lut
            (* ram_style = "distributed" *) logic [WIDTH-1:0] words[0:DEPTH-1];
            always_ff @(posedge aclk) if (step) words[place] <= d;
            assign q = words[place];
        end
    endgenerate
endmodule

`default_nettype wire
