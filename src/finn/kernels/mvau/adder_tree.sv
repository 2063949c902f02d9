// Sum of N unsigned terms, one level of adders per cycle, each level as wide as its sums can be.
`default_nettype none

module adder_tree #(
    parameter int N     = 2,  // terms
    parameter int IBITS = 1,  // bits of a term
    parameter int MAX   = 1,  // largest value of a term; 0: every level is OBITS wide
    parameter int OBITS = 2   // bits of the sum, taken modulo 2^OBITS
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

  for (genvar l = 0; l <= LEVELS; l++) begin : g_height
    localparam int W = width(l);
    localparam int C = count(l);
    wire [C*W-1:0] sums;
    if (l == 0) begin : g_terms
      assign sums = terms;
    end else begin : g_add
      localparam int V = width(l - 1);
      localparam int B = count(l - 1);
      wire [B*V-1:0] below = g_height[l-1].sums;
      logic [C*W-1:0] registers;
      for (genvar i = 0; i < C; i++) begin : g_node
        if (2 * i + 1 < B) begin : g_pair
          always_ff @(posedge aclk)
            if (enable)
              registers[i*W+:W] <= W'(below[2*i*V+:V]) + W'(below[(2*i+1)*V+:V]);
        end else begin : g_odd
          // Reset, so that no slow shift register LUT is made of the terms that wait.
          always_ff @(posedge aclk)
            if (!aresetn) registers[i*W+:W] <= '0;
            else if (enable) registers[i*W+:W] <= W'(below[2*i*V+:V]);
        end
      end
      assign sums = registers;
    end
  end

  assign sum = OBITS'(g_height[LEVELS].sums);
  wire unused = &{1'b0, aclk, aresetn, enable};

endmodule

`default_nettype wire
