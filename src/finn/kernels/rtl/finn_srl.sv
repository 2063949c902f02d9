// A shift register of 32 words, of which any can be read: a SRLC32E (Xilinx UG474) for each bit. Word 0
// is the last that came.
`default_nettype none

module finn_srl #(
    parameter int WIDTH = 1  // bits of a word
) (
    input  wire             aclk,
    input  wire             push,
    input  wire [WIDTH-1:0] d,
    input  wire [      4:0] address,
    output wire [WIDTH-1:0] q
);
`ifdef SYNTHESIS
  for (genvar i = 0; i < WIDTH; i++) begin : g_bit
    SRLC32E u_srl (
        .Q(q[i]),
        .Q31(),
        .A(address),
        .CE(push),
        .CLK(aclk),
        .D(d[i])
    );
  end
`else
  logic [32*WIDTH-1:0] words;
  always_ff @(posedge aclk) if (push) words <= (32 * WIDTH)'({words, d});
  assign q = words[address*WIDTH+:WIDTH];
`endif

endmodule

`default_nettype wire
