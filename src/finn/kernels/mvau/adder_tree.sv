// Sum of N unsigned terms, one level of adders per cycle, each sum as wide as it can be.
`default_nettype none

module adder_tree #(
    parameter int N     = 2,  // terms
    parameter int IBITS = 1,  // bits of a term
    parameter int MAX   = 1,  // largest value of a term; 0: every level is OBITS wide
    parameter int OBITS = 2,  // bits of the sum, taken modulo 2^OBITS
    parameter bit FIXED = 0,  // 1: terms may be constants
    parameter logic [N*64-1:0] LARGEST = '0,  // if MAX is 0: of each term by itself; 0: not known
    parameter int SPLIT = 0   // so many of the last levels take two cycles, the lower half first
) (
    input  wire               aclk,
    input  wire               aresetn,
    input  wire [N*IBITS-1:0] terms,
    output wire [  OBITS-1:0] sum     // $clog2(N) cycles later, SPLIT more
);

  localparam int LEVELS = $clog2(N);

  // Of the sum of 2^level terms, those from `index` times so many.
  function automatic int width(input int level, input int index);
    int reach = ((1 << level) < N) ? 1 << level : N;
    int full = (MAX == 0) ? OBITS : $clog2(reach * MAX + 1);
    logic [63:0] most = '0;
    for (int i = index << level; i < (index + 1) << level && i < N; i++) most += LARGEST[64*i+:64];
    if (LARGEST != '0) for (full = 1; most >> full != 0;) full++;
    width = (level == 0 && LARGEST == '0) ? IBITS : (full < OBITS) ? full : OBITS;
  endfunction

  function automatic int count(input int level);
    count = (N + (1 << level) - 1) >> level;
  endfunction

  // A register of its own for every node: simulators are slow where many share a wide one.
  for (genvar l = 0; l <= LEVELS; l++) begin : g_height
    localparam int BELOW = (l == 0) ? 0 : count(l - 1);
    for (genvar i = 0; i < count(l); i++) begin : g_node
      localparam int W = width(l, i);
      logic [W-1:0] node;
      if (l == 0) begin : g_term
        assign node = W'(terms[i*IBITS+:IBITS]);
      end else if (l > LEVELS - SPLIT) begin : g_halves
        localparam int HALF = W / 2;
        wire [W-1:0] left = W'(g_height[l-1].g_node[2*i].node);
        wire [W-1:0] right;
        if (2 * i + 1 < BELOW) begin : g_pair
          assign right = W'(g_height[l-1].g_node[2*i+1].node);
        end else begin : g_odd
          assign right = '0;
        end
        logic [HALF-1:0] low;
        logic carry;
        logic [W-HALF-1:0] left_high, right_high;
        // The carry of the lower half enters through a place of its own.
        wire [W-HALF:0] high = {left_high, carry} + {right_high, carry};
        always_ff @(posedge aclk) begin
            {carry, low} <= {1'b0, left[HALF-1:0]} + {1'b0, right[HALF-1:0]};
            left_high <= left[W-1:HALF];
            right_high <= right[W-1:HALF];
          end
        always_ff @(posedge aclk)
          if (!aresetn) node <= '0;
          else node <= {high[W-HALF:1], low};
        wire unused_place = &{1'b0, high[0]};
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
            else node <= total;
        end else begin : g_free
          always_ff @(posedge aclk) node <= total;
        end
      end
    end
  end

  assign sum = OBITS'(g_height[LEVELS].g_node[0].node);
  wire unused = &{1'b0, aclk, aresetn, terms};

endmodule

`default_nettype wire
