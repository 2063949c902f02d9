// Sum of N one-bit products. Three products and their count are two LUTs; from then on columns of
// bits of equal weight are compressed seven to three, until four rows remain to be added.
`default_nettype none

module mvau_popcount #(
    parameter int         N     = 1,        // products
    parameter logic [3:0] TRUTH = 4'b1001,  // the product, for each {w, x}
    parameter int         SBITS = 1,        // bits of the sum, taken modulo 2^SBITS
    parameter int         FBITS = 1         // bits of the flags
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire [    N-1:0] x,
    input  wire [    N-1:0] w,
    input  wire [FBITS-1:0] flags,
    output wire [SBITS-1:0] sum,
    output wire [FBITS-1:0] flags_q  // delayed like the sum
);

  localparam int TRIPLES = (N + 2) / 3;
  localparam int COLUMNS = $clog2(N + 1);
  localparam int PLACES = 16;  // bits per column height in the functions below
  typedef logic [COLUMNS-1:0][PLACES-1:0] heights_t;

  // Counters for a column of `height` bits; up to four bits are left to the next level.
  function automatic int counters(input int height);
    counters = height / 7 + ((height % 7 > 4) ? 1 : 0);
  endfunction

  function automatic int left(input int height);
    left = (height % 7 > 4) ? 0 : height % 7;
  endfunction

  // Bits per column after `level` levels of counters.
  function automatic heights_t heights(input int level);
    automatic heights_t now = '0;
    automatic heights_t after;
    now[0] = PLACES'(TRIPLES);
    if (N > 1) now[COLUMNS>1?1 : 0] = PLACES'((N + 1) / 3);
    for (int l = 0; l < level; l++) begin
      for (int c = 0; c < COLUMNS; c++) begin
        after[c] = PLACES'(left(int'(now[c])) + counters(int'(now[c]))
            + ((c > 0) ? counters(int'(now[(c>0)?c-1 : 0])) : 0)
            + ((c > 1) ? counters(int'(now[(c>1)?c-2 : 0])) : 0));
      end
      now = after;
    end
    heights = now;
  endfunction

  function automatic int tallest(input int level);
    automatic heights_t all = heights(level);
    tallest = 0;
    for (int c = 0; c < COLUMNS; c++) if (int'(all[c]) > tallest) tallest = int'(all[c]);
  endfunction

  function automatic int levels();
    levels = 0;
    while (tallest(levels) > 4) levels = levels + 1;
  endfunction

  // The low (high = 0) or high bit of the count of `present` products, for each {w, x} of three.
  function automatic logic [63:0] triple(input int present, input int high);
    for (int i = 0; i < 64; i++) begin
      automatic int count = 0;
      for (int j = 0; j < present; j++)
        if (TRUTH[2'({i >> (3 + j), 1'b0}) | 2'(i >> j & 1)]) count = count + 1;
      triple[i] = ((count >> high) & 1) != 0;
    end
  endfunction

  localparam int LEVELS = levels();
  localparam int ROWS = tallest(LEVELS);

  for (genvar l = 0; l <= LEVELS; l++) begin : g_level
    localparam heights_t HEIGHTS = heights(l);
    localparam int TALLEST = tallest(l);
    // Column c is bits[c*TALLEST +: HEIGHTS[c]]; what lies above is zero.
    wire [COLUMNS*TALLEST-1:0] bits;
    if (l == 0) begin : g_triples
      logic [COLUMNS*TALLEST-1:0] registers;
      wire  [COLUMNS*TALLEST-1:0] counts;
      wire  [      3*TRIPLES-1:0] x_all = (3 * TRIPLES)'(x);
      wire  [      3*TRIPLES-1:0] w_all = (3 * TRIPLES)'(w);
      for (genvar t = 0; t < TRIPLES; t++) begin : g_triple
        localparam int PRESENT = (N - 3 * t > 3) ? 3 : N - 3 * t;
        wire [5:0] operands = {w_all[3*t+:3], x_all[3*t+:3]};
        lut6 #(
            .INIT(triple(PRESENT, 0))
        ) u_low (
            .i(operands),
            .o(counts[t])
        );
        if (PRESENT > 1) begin : g_high
          lut6 #(
              .INIT(triple(PRESENT, 1))
          ) u_high (
              .i(operands),
              .o(counts[TALLEST+t])
          );
        end
      end
      for (genvar c = 0; c < COLUMNS; c++) begin : g_pad
        localparam int HEIGHT = int'(HEIGHTS[c]);
        if (HEIGHT < TALLEST) begin : g_empty
          assign counts[c*TALLEST+HEIGHT+:TALLEST-HEIGHT] = '0;
        end
      end
      always_ff @(posedge aclk) registers <= counts;
      assign bits = registers;
    end else begin : g_compress
      localparam heights_t BELOW = heights(l - 1);
      localparam int BELOW_TALLEST = tallest(l - 1);
      logic [COLUMNS*TALLEST-1:0] registers;
      wire  [COLUMNS*TALLEST-1:0] counts;
      for (genvar c = 0; c < COLUMNS; c++) begin : g_column
        // A column takes sums of its own counters, carries of the two before it, what is left.
        localparam int C0 = counters(int'(BELOW[c]));
        localparam int C1 = (c > 0) ? counters(int'(BELOW[(c>0)?c-1 : 0])) : 0;
        localparam int C2 = (c > 1) ? counters(int'(BELOW[(c>1)?c-2 : 0])) : 0;
        localparam int LEFT = left(int'(BELOW[c]));
        localparam int HEIGHT = int'(HEIGHTS[c]);
        localparam int PADDED = 7 * C0 + LEFT;
        wire [PADDED:0] column = (PADDED + 1)'(g_level[l-1].bits[c*BELOW_TALLEST+:BELOW_TALLEST]);
        wire [3*C0:0] results;
        assign results[3*C0] = 1'b0;
        for (genvar k = 0; k < C0; k++) begin : g_counter
          counter7 u_counter (
              .d(column[7*k+:7]),
              .count(results[3*k+:3])
          );
          assign counts[c*TALLEST+k] = results[3*k];
        end
        for (genvar k = 0; k < C1; k++) begin : g_carry
          assign counts[c*TALLEST+C0+k] = g_column[c-1].results[3*k+1];
        end
        for (genvar k = 0; k < C2; k++) begin : g_carry2
          assign counts[c*TALLEST+C0+C1+k] = g_column[c-2].results[3*k+2];
        end
        if (LEFT > 0) begin : g_left
          assign counts[c*TALLEST+C0+C1+C2+:LEFT] = column[7*C0+:LEFT];
        end
        if (HEIGHT < TALLEST) begin : g_empty
          assign counts[c*TALLEST+HEIGHT+:TALLEST-HEIGHT] = '0;
        end
        wire unused = &{1'b0, column[PADDED], results};
      end
      // Reset, so that no slow shift register LUT is made of bits that are left.
      always_ff @(posedge aclk)
        if (!aresetn) registers <= '0;
        else registers <= counts;
      assign bits = registers;
    end
  end

  wire [ROWS*COLUMNS-1:0] rows;
  wire [     COLUMNS-1:0] total;
  for (genvar r = 0; r < ROWS; r++) begin : g_row
    for (genvar c = 0; c < COLUMNS; c++) begin : g_bit
      assign rows[r*COLUMNS+c] = g_level[LEVELS].bits[c*ROWS+r];
    end
  end

  adder_tree #(
      .N(ROWS),
      .IBITS(COLUMNS),
      .MAX(0),
      .OBITS(COLUMNS)
  ) u_rows (
      .aclk,
      .aresetn,
      .terms(rows),
      .sum(total)
  );
  assign sum = SBITS'(total);

  pipeline_delay #(
      .WIDTH (FBITS),
      .CYCLES(1 + LEVELS + $clog2(ROWS)),
      .RESET (1)
  ) u_flags (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d(flags),
      .q(flags_q)
  );

endmodule

`default_nettype wire
