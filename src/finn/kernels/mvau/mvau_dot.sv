// Dot product of SIMD activations with SIMD weights: both are cut into chunks whose product is
// one LUT level; products of the same chunks are summed first, then the sums, shifted.
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
    parameter int FBITS   = 1   // bits of the flags
) (
    input  wire                  aclk,
    input  wire                  aresetn,
    input  wire                  enable,
    input  wire [SIMD*IBITS-1:0] x,
    input  wire [SIMD*WBITS-1:0] w,
    input  wire [     FBITS-1:0] flags,
    output wire [     SBITS-1:0] sum,
    output wire [     FBITS-1:0] flags_q  // delayed like the sum
);

  localparam int XPARTS = (IBITS + XCHUNK - 1) / XCHUNK;
  localparam int WPARTS = (WBITS + WCHUNK - 1) / WCHUNK;

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
      wire [SIMD*PBITS-1:0] products;
      logic [SIMD*PBITS-1:0] settled;
      wire [FULL-1:0] part;

      for (genvar s = 0; s < SIMD; s++) begin : g_lane
        mvau_product #(
            .XBITS  (XB),
            .XINVERT(ISIGNED && i == XPARTS - 1),
            .WBITS  (WB),
            .WKIND  (KIND),
            .PBITS  (PBITS)
        ) u_product (
            .x(x[s*IBITS+i*XCHUNK+:XB]),
            .w(w[s*WBITS+j*WCHUNK+:WB]),
            .p(products[s*PBITS+:PBITS])
        );
      end
      always_ff @(posedge aclk) if (enable) settled <= products;

      adder_tree #(
          .N(SIMD),
          .IBITS(PBITS),
          .MAX(PMAX),
          .OBITS(FULL)
      ) u_tree (
          .aclk,
          .aresetn,
          .enable,
          .terms(settled),
          .sum(part)
      );
      assign parts[(i*WPARTS+j)*SBITS+:SBITS] = SBITS'(part) << SHIFT;
    end
  end

  adder_tree #(
      .N(XPARTS * WPARTS),
      .IBITS(SBITS),
      .MAX(0),
      .OBITS(SBITS)
  ) u_combine (
      .aclk,
      .aresetn,
      .enable,
      .terms(parts),
      .sum
  );

  pipeline_delay #(
      .WIDTH (FBITS),
      .CYCLES(1 + $clog2(SIMD) + $clog2(XPARTS * WPARTS)),
      .RESET (1)
  ) u_flags (
      .aclk,
      .aresetn,
      .enable,
      .d(flags),
      .q(flags_q)
  );

endmodule

`default_nettype wire
