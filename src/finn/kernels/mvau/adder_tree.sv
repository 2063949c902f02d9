// Sum of N unsigned terms, one level of adders per cycle, each level as wide as its sums can be.
`default_nettype none

module adder_tree #(
    parameter int N     = 2,  // terms
    parameter int IBITS = 1,  // bits of a term
    parameter int MAX   = 1,  // largest value of a term; 0: every level is OBITS wide
    parameter int OBITS = 2,  // bits of the sum, taken modulo 2^OBITS
    parameter bit FIXED = 0   // 1: terms may be constants
) (
    input  wire               aclk,
    input  wire               aresetn,
    input  wire               enable,
    input  wire [N*IBITS-1:0] terms,
    output wire [  OBITS-1:0] sum     // $clog2(N) cycles later
);

  localparam int LEVELS = $clog2(N);

  function automatic int width(input int level);
    int reach = ((1 << level) < N) ? 1 << level : N;
    int full = (MAX == 0) ? OBITS : $clog2(reach * MAX + 1);
    width = (level == 0) ? IBITS : (full < OBITS) ? full : OBITS;
  endfunction

  function automatic int count(input int level);
    count = (N + (1 << level) - 1) >> level;
  endfunction

  // A register of its own for every node: simulators are slow where many share a wide one.
  for (genvar l = 0; l <= LEVELS; l++) begin : g_height
    localparam int W = width(l);
    localparam int BELOW = (l == 0) ? 0 : count(l - 1);
    for (genvar i = 0; i < count(l); i++) begin : g_node
      logic [W-1:0] node;
      if (l == 0) begin : g_term
        assign node = terms[i*IBITS+:IBITS];
      end else begin : g_sum
        logic [W-1:0] total;
        if (2 * i + 1 < BELOW) begin : g_pair
          assign total = W'(g_height[l-1].g_node[2*i].node) + W'(g_height[l-1].g_node[2*i+1].node);
        end else begin : g_odd
          assign total = W'(g_height[l-1].g_node[2*i].node);
        end
        // Reset where bits may pass several levels as they are, so that no slow shift register LUT
        // is made of them: a term without a partner, or with a constant one, or the lower bits of
        // shifted terms.
        if (MAX == 0 || FIXED || 2 * i + 1 == BELOW) begin : g_reset
          always_ff @(posedge aclk)
            if (!aresetn) node <= '0;
            else if (enable) node <= total;
        end else begin : g_free
          always_ff @(posedge aclk) if (enable) node <= total;
        end
      end
    end
  end

  assign sum = OBITS'(g_height[LEVELS].g_node[0].node);
  wire unused = &{1'b0, aclk, aresetn, enable};

endmodule

`default_nettype wire
