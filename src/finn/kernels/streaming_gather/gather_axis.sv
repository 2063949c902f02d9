// Walks along one axis: whether what is at the input stays, and whether it is the last of its axis.
`default_nettype none

module gather_axis #(
    // Places of the axis; which of them stay, the first lowest.
    parameter int COUNT = 1,
    parameter logic [COUNT-1:0] KEEPS = '1
) (
    input  wire aclk,
    input  wire aresetn,
    // On to the next place.
    input  wire step,
    output wire keeps,
    output wire last
);

  if (COUNT > 1) begin : g_count
    localparam int BITS = $clog2(COUNT);
    // Registers for the place at the input, a counter for the one behind it: nothing is looked up in the
    // cycle of a step.
    logic kept, ends;
    logic [BITS-1:0] next;
    always_ff @(posedge aclk)
      if (!aresetn) begin
        kept <= KEEPS[0];
        ends <= 1'b0;
        next <= BITS'(1);
      end else if (step) begin
        kept <= KEEPS[next];
        ends <= next == BITS'(COUNT - 1);
        next <= next == BITS'(COUNT - 1) ? '0 : next + 1'b1;
      end
    assign keeps = kept;
    assign last  = ends;
  end else begin : g_single
    assign keeps = KEEPS[0];
    assign last  = 1'b1;
    wire unused = &{1'b0, aclk, aresetn, step};
  end

endmodule

`default_nettype wire
