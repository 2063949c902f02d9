// Which of a vector's beats is at the input: 0..FOLDS-1, in turn.
`default_nettype none

module finn_fold #(
    // Beats of a vector.
    parameter int FOLDS = 1,
    parameter int BITS = FOLDS > 1 ? $clog2(FOLDS) : 1  // derived: bits of a beat's number
) (
    input  wire            aclk,
    input  wire            aresetn,
    // The beat is taken.
    input  wire            step,
    output wire [BITS-1:0] fold
);

  if (FOLDS > 1) begin : g_count
    // A counter one step ahead: Yosys makes more LUTs of memories whose address is a counter itself.
    logic [BITS-1:0] at, next;
    wire  [BITS-1:0] after = next + 1'b1;
    // Whether the next one is the last: found a step before, so that no comparison follows the carry chain.
    // Of a power of two the counter needs none.
    logic ends;
    if (FOLDS == 1 << BITS) begin : g_wraps
      assign ends = 1'b0;
    end else begin : g_compares
      always_ff @(posedge aclk)
        if (!aresetn) ends <= 1'b0;
        else if (step) ends <= next == BITS'(FOLDS - 2);
    end
    always_ff @(posedge aclk)
      if (!aresetn) at <= '0;
      else if (step) at <= next;
    always_ff @(posedge aclk)
      if (!aresetn) next[0] <= 1'b1;
      else if (step) next[0] <= !ends && after[0];
    if (BITS > 1) begin : g_upper
      always_ff @(posedge aclk)
        if (!aresetn || (step && ends)) next[BITS-1:1] <= '0;
        else if (step) next[BITS-1:1] <= after[BITS-1:1];
    end
    assign fold = at;
  end else begin : g_single
    assign fold = '0;
    wire unused = &{1'b0, aclk, aresetn, step};
  end

endmodule

`default_nettype wire
