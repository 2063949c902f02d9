// Delays a word by a fixed number of enabled cycles. Synthesis tools make shift register LUTs, whose
// output is slow, of three registers in a row unless these have a reset.
`default_nettype none

module pipeline_delay #(
    parameter int WIDTH = 1,  // bits of the word
    parameter int CYCLES = 1, // delay; 0 is a wire
    parameter bit RESET = 0   // whether reset clears the words under way
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire             enable,
    input  wire [WIDTH-1:0] d,
    output wire [WIDTH-1:0] q
);

  if (CYCLES == 0) begin : g_wire
    assign q = d;
    wire unused = &{1'b0, aclk, aresetn, enable};
  end else begin : g_delay
    logic [CYCLES*WIDTH-1:0] words;
    wire  [CYCLES*WIDTH-1:0] shifted = (CYCLES * WIDTH)'({words, d});
    if (RESET) begin : g_reset
      always_ff @(posedge aclk)
        if (!aresetn) words <= '0;
        else if (enable) words <= shifted;
    end else begin : g_free
      always_ff @(posedge aclk) if (enable) words <= shifted;
      wire unused = &{1'b0, aresetn};
    end
    assign q = words[(CYCLES-1)*WIDTH+:WIDTH];
  end

endmodule

`default_nettype wire
