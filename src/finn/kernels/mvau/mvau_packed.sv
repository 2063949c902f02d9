// Dot products of SIMD activations with the weights of several rows, in DSP48E1: a multiplier takes
// an activation and the weights of all rows, spaced apart, and a cascade of CHAIN of them adds.
//
// Activations enter as two's complement, an unsigned one less half of its range. A field of a
// cascade's output, BIAS added, is not negative. Where a sum is wider than its field it runs over into
// the next one. As many of that one's own lowest bits are known from the operands' lowest bits, so
// what ran over is the difference. It belongs to the row below, at the top of its field, and is taken
// away from the field that it ran into; both after adding over all cascades.
`default_nettype none

module mvau_packed #(
    parameter int          ROWS    = 1,   // rows of one multiplier
    parameter int          SIMD    = 1,   // products per row
    parameter int          IBITS   = 4,   // bits of an activation
    parameter bit          ISIGNED = 0,   // 1: activations are two's complement
    parameter int          WBITS   = 4,   // bits of a weight
    parameter bit          WSIGNED = 1,   // 1: weights are two's complement
    parameter int          SPACING = 1,   // bits from a row's field to the next
    parameter int          TOP     = 0,   // place of the last row's field
    parameter int          CHAIN   = 1,   // multipliers of a cascade
    parameter int          OVER    = 0,   // bits of what runs over into a row
    parameter int          OVERTOP = 0,   // bits of what runs over into the last row
    parameter int          BIAS    = 0,   // added to each sum of a cascade; its lowest two bits are zero
    parameter int          LARGEST = 1,   // largest sum of a cascade with BIAS
    parameter int          SBITS   = 1,   // bits of a sum, taken modulo 2^SBITS
    parameter int          FBITS   = 1    // bits of the flags
) (
    input  wire                       aclk,
    input  wire                       aresetn,
    input  wire [     SIMD*IBITS-1:0] x,
    input  wire [ROWS*SIMD*WBITS-1:0] w,
    input  wire [          FBITS-1:0] flags,
    output wire [     ROWS*SBITS-1:0] sums,    // each with BIAS of all cascades
    output wire [          FBITS-1:0] flags_q  // delayed like the sums
);

  localparam int CASCADES = (SIMD + CHAIN - 1) / CHAIN;
  localparam int LATENCY = 4;  // of a multiplier
  localparam int K = 2;  // most bits of what runs over
  localparam int MAGNITUDE = WSIGNED ? WBITS - 1 : WBITS;
  localparam bit MIXED = OVER > 0 || OVERTOP > 0;
  localparam int OBITS = $clog2(CASCADES * ((1 << K) - 1) + 1);

  function automatic int place(input int row);
    place = (row == ROWS - 1) ? TOP : row * SPACING;
  endfunction

  // Bits of what runs over into a row from the one below.
  function automatic int over_of(input int row);
    over_of = (row == 0 || row >= ROWS) ? 0 : (row == ROWS - 1) ? OVERTOP : OVER;
  endfunction

  function automatic logic [47:0] biases();
    biases = '0;
    for (int r = 0; r < ROWS; r++) biases = biases + (48'(BIAS) << place(r));
  endfunction

  // Weights without their sign bits, spread over the port, or the sign bits alone.
  function automatic logic [24:0] spread(input logic [ROWS*WBITS-1:0] weights, input bit signs);
    spread = '0;
    for (int r = 0; r < ROWS; r++)
    for (int b = 0; b < WBITS; b++)
    if ((b >= MAGNITUDE) == signs) spread[place(r)+b] = weights[r*WBITS+b];
  endfunction

  wire [    CASCADES*48-1:0] outputs;
  wire [CASCADES*ROWS*K-1:0] known;  // lowest bits of each sum, as late as the outputs

  for (genvar c = 0; c < CASCADES; c++) begin : g_cascade
    localparam int LANES = (SIMD - c * CHAIN < CHAIN) ? SIMD - c * CHAIN : CHAIN;
    wire [48*(LANES+1)-1:0] passed;
    wire [ROWS*LANES*K-1:0] lowest;
    assign passed[47:0] = '0;

    for (genvar j = 0; j < LANES; j++) begin : g_lane
      localparam int S = c * CHAIN + j;
      wire [ROWS*WBITS-1:0] weights, weights_d;
      wire [IBITS-1:0] value = x[S*IBITS+:IBITS] ^ (IBITS'(!ISIGNED) << (IBITS - 1));
      wire [IBITS-1:0] value_d;
      for (genvar r = 0; r < ROWS; r++) begin : g_row
        assign weights[r*WBITS+:WBITS] = w[(r*SIMD+S)*WBITS+:WBITS];
        assign lowest[(r*LANES+j)*K+:K] = K'(weights[r*WBITS+:K] * value[K-1:0]);
      end

      // Each one of a cascade works a cycle after the one before it.
      pipeline_delay #(
          .WIDTH (IBITS + ROWS * WBITS),
          .CYCLES(CHAIN - LANES + j),
          .RESET (1)
      ) u_wait (
          .aclk,
          .aresetn,
          .enable(1'b1),
          .d({value, weights}),
          .q({value_d, weights_d})
      );

      wire [47:0] p;
      dsp48e1_mac #(
          .FIRST(j == 0),
          .START(biases())
      ) u_multiply (
          .aclk,
          .a(spread(weights_d, 1)),
          .b({{(18 - IBITS) {value_d[IBITS-1]}}, value_d}),
          .d(spread(weights_d, 0)),
          .pcin(passed[48*j+:48]),
          .p,
          .pcout(passed[48*(j+1)+:48])
      );
      if (j == LANES - 1) begin : g_output
        assign outputs[48*c+:48] = p;
      end else begin : g_passed
        wire unused = &{1'b0, p};
      end
    end

    // What is known of each sum of the cascade.
    wire [ROWS*K-1:0] known_now;
    for (genvar r = 0; r < ROWS; r++) begin : g_known
      logic [K-1:0] total;
      always_comb begin
        total = '0;
        for (int j = 0; j < LANES; j++) total = total + lowest[(r*LANES+j)*K+:K];
      end
      assign known_now[r*K+:K] = total;
    end
    pipeline_delay #(
        .WIDTH (ROWS * K),
        .CYCLES(CHAIN - 1 + LATENCY),
        .RESET (1)
    ) u_known (
        .aclk,
        .aresetn,
        .enable(1'b1),
        .d(known_now),
        .q(known[c*ROWS*K+:ROWS*K])
    );
    wire unused = &{1'b0, passed[48*LANES+:48]};
  end

  wire [(ROWS+1)*OBITS-1:0] over;  // what ran over into each row, of all cascades
  wire [(ROWS+1)*OBITS-1:0] over_d;
  assign over[ROWS*OBITS+:OBITS] = '0;
  pipeline_delay #(
      .WIDTH ((ROWS + 1) * OBITS),
      .CYCLES(1),
      .RESET (1)
  ) u_over (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d(over),
      .q(over_d)
  );

  for (genvar r = 0; r < ROWS; r++) begin : g_sum
    localparam int BELOW = over_of(r);
    localparam int MAX = (over_of(r + 1) == 0) ? LARGEST + (1 << BELOW) - 1
        : (1 << (place(r + 1) - place(r))) - 1;
    localparam int WIDTH = $clog2(MAX + 1);
    localparam int TBITS = $clog2(CASCADES * MAX + 1);
    wire [CASCADES*WIDTH-1:0] fields;
    wire [TBITS-1:0] total;
    for (genvar c = 0; c < CASCADES; c++) begin : g_field
      assign fields[c*WIDTH+:WIDTH] = outputs[48*c+place(r)+:WIDTH];
    end
    adder_tree #(
        .N(CASCADES),
        .IBITS(WIDTH),
        .MAX(MAX),
        .OBITS(TBITS)
    ) u_fields (
        .aclk,
        .aresetn,
        .terms(fields),
        .sum(total)
    );

    if (BELOW == 0) begin : g_alone
      assign over[r*OBITS+:OBITS] = '0;
    end else begin : g_over
      wire [CASCADES*BELOW-1:0] terms;
      for (genvar c = 0; c < CASCADES; c++) begin : g_term
        assign terms[c*BELOW+:BELOW] = fields[c*WIDTH+:BELOW] - known[(c*ROWS+r)*K+:BELOW];
      end
      adder_tree #(
          .N(CASCADES),
          .IBITS(BELOW),
          .MAX((1 << BELOW) - 1),
          .OBITS(OBITS)
      ) u_over (
          .aclk,
          .aresetn,
          .terms,
          .sum(over[r*OBITS+:OBITS])
      );
    end

    if (MIXED) begin : g_mixed
      // Reset, so that no slow shift register LUT is made of bits that pass as they are.
      logic [SBITS-1:0] whole, corrected;
      always_ff @(posedge aclk)
        if (!aresetn) begin
          whole <= '0;
          corrected <= '0;
        end else begin
          whole <= SBITS'(total) + (SBITS'(over[(r+1)*OBITS+:OBITS]) << (place(r + 1) - place(r)));
          corrected <= whole - SBITS'(over_d[r*OBITS+:OBITS]);
        end
      assign sums[r*SBITS+:SBITS] = corrected;
    end else begin : g_apart
      assign sums[r*SBITS+:SBITS] = SBITS'(total);
    end
  end

  pipeline_delay #(
      .WIDTH (FBITS),
      .CYCLES(CHAIN - 1 + LATENCY + $clog2(CASCADES) + (MIXED ? 2 : 0)),
      .RESET (1)
  ) u_flags (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d(flags),
      .q(flags_q)
  );
  wire unused = &{1'b0, outputs, known, over_d};

endmodule

`default_nettype wire
