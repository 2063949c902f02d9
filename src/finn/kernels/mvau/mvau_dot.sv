// Dot product of SIMD activations with SIMD weights: both are cut into chunks whose product is
// one LUT level; products of the same chunks are summed first, then the sums, shifted.
//
// Activations are unsigned codes (the sign bit of two's complement inverted), and products are made
// non-negative: where a chunk of a weight is negative, |w| * (largest x - x), which is
// w * x + |w| * largest x.
`default_nettype none

module mvau_dot #(
    parameter int SIMD    = 1,  // products
    parameter int IBITS   = 1,  // bits of an activation
    parameter bit ISIGNED = 0,  // 1: activations are two's complement
    parameter int WBITS   = 1,  // bits of a weight
    parameter int WKIND   = 0,  // 0 unsigned, 1 two's complement, 2 bipolar
    parameter int XCHUNK  = 1,  // bits of an activation's chunk
    parameter int WCHUNK  = 1,  // bits of a weight's chunk
    parameter int SBITS   = 1,  // bits of the sum, taken modulo 2^SBITS
    parameter int FBITS   = 1,  // bits of the flags
    parameter bit FIXED   = 0   // 1: weights may be constants
) (
    input  wire                  aclk,
    input  wire                  aresetn,
    input  wire [SIMD*IBITS-1:0] x,
    input  wire [SIMD*WBITS-1:0] w,
    input  wire [     FBITS-1:0] flags,
    output wire [     SBITS-1:0] sum,
    output wire [     FBITS-1:0] flags_q  // delayed like the sum
);

  localparam int XPARTS = (IBITS + XCHUNK - 1) / XCHUNK;
  localparam int WPARTS = (WBITS + WCHUNK - 1) / WCHUNK;

  // Bits `from` and above, `bits` of them, of the product of a chunk of `xbits` and one of `wbits`
  // (six bits together), for each {w, x}.
  function automatic logic [63:0] table_of(input int xbits, input bit turned, input int wbits,
                                           input int kind, input int from, input int bits);
    automatic int xmax = (1 << xbits) - 1;
    table_of = '0;
    for (int i = 0; i < 1 << (xbits + wbits) && i < 64 / bits; i++) begin
      automatic int value = (i & xmax) ^ (turned ? 1 << (xbits - 1) : 0);
      automatic int code = i >> xbits;
      automatic int weight = (kind == 1 && code >= (1 << (wbits - 1))) ? code - (1 << wbits) : code;
      automatic int product = (weight < 0) ? -weight * (xmax - value) : weight * value;
      for (int b = 0; b < bits; b++) table_of[i*bits+b] = ((product >> (from + b)) & 1) != 0;
    end
  endfunction

  // The last levels of sums of so many bits have longer carry chains than a cycle has time for.
  localparam int SPLIT = SBITS > 29 && XPARTS * WPARTS > 2 ? 2 : 0;

  // What the products of each pair of chunks add up to at the most, at its place.
  function automatic logic [XPARTS*WPARTS*64-1:0] part_maxima();
    for (int i = 0; i < XPARTS; i++)
      for (int j = 0; j < WPARTS; j++)
        part_maxima[64*(i*WPARTS+j)+:64] =
            64'(SIMD << (XCHUNK + WCHUNK)) << (i * XCHUNK + j * WCHUNK);
  endfunction

  wire [XPARTS*WPARTS*SBITS-1:0] parts;

  for (genvar i = 0; i < XPARTS; i++) begin : g_x
    localparam int XB = (i == XPARTS - 1) ? IBITS - i * XCHUNK : XCHUNK;
    localparam int XMAX = (1 << XB) - 1;
    for (genvar j = 0; j < WPARTS; j++) begin : g_w
      localparam bit TOP = j == WPARTS - 1;
      localparam int WB = TOP ? WBITS - j * WCHUNK : WCHUNK;
      localparam int KIND = TOP ? WKIND : 0;
      localparam int PMAX = XMAX * ((KIND == 2) ? 1 : (KIND == 1) ? 1 << (WB - 1) : (1 << WB) - 1);
      localparam int PBITS = $clog2(PMAX + 1);
      localparam int SHIFT = i * XCHUNK + j * WCHUNK;
      localparam int FULL = $clog2(SIMD * PMAX + 1);
      localparam bit TURNED = ISIGNED && i == XPARTS - 1;  // x's top bit comes inverted
      wire  [      FULL-1:0] part;
      wire  [SIMD*PBITS-1:0] products;
      logic [SIMD*PBITS-1:0] settled;

      if (WBITS == 1) begin : g_gate
        // One bit of weight passes x, or its complement, or zero.
        for (genvar s = 0; s < SIMD; s++) begin : g_lane
          wire [XB-1:0] value = x[s*IBITS+:XB];
          wire [XB-1:0] code = TURNED ? value ^ (XB'(1) << (XB - 1)) : value;
          assign products[s*PBITS+:PBITS] = (KIND == 2) ? code ^ {XB{!w[s]}}
              : (KIND == 1) ? ~code & {XB{w[s]}} : code & {XB{w[s]}};
        end
      end else begin : g_table
        // So many bits of a product are looked up at once in a table of 64 bits.
        localparam int SHARE = 6 - XB - WB;
        localparam int LOOKUPS = (PBITS + (1 << SHARE) - 1) >> SHARE;
        for (genvar k = 0; k < LOOKUPS; k++) begin : g_lookup
          localparam int FROM = k << SHARE;
          localparam int TAKEN = (PBITS - FROM < (1 << SHARE)) ? PBITS - FROM : 1 << SHARE;
          localparam logic [63:0] TABLE = table_of(XB, TURNED, WB, KIND, FROM, 1 << SHARE);
          for (genvar s = 0; s < SIMD; s++) begin : g_lane
            wire [WB-1:0] weight = w[s*WBITS+j*WCHUNK+:WB];
            wire [XB-1:0] value = x[s*IBITS+i*XCHUNK+:XB];
            wire [   5:0] place = 6'({weight, value}) << SHARE;
            assign products[s*PBITS+FROM+:TAKEN] = TABLE[place+:TAKEN];
          end
        end
      end
      always_ff @(posedge aclk) settled <= products;

      adder_tree #(
          .N(SIMD),
          .IBITS(PBITS),
          .MAX(PMAX),
          .OBITS(FULL),
          .FIXED(FIXED)
      ) u_tree (
          .aclk,
          .aresetn,
          .terms(settled),
          .sum(part)
      );
      assign parts[(i*WPARTS+j)*SBITS+:SBITS] = SBITS'(part) << SHIFT;
      wire unused = &{1'b0, part};
    end
  end

  adder_tree #(
      .N(XPARTS * WPARTS),
      .IBITS(SBITS),
      .MAX(0),
      .OBITS(SBITS),
      .LARGEST(part_maxima()),
      .SPLIT(SPLIT)
  ) u_combine (
      .aclk,
      .aresetn,
      .terms(parts),
      .sum
  );

  pipeline_delay #(
      .WIDTH (FBITS),
      .CYCLES(1 + $clog2(SIMD) + $clog2(XPARTS * WPARTS) + SPLIT),
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
