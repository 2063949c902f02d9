// Product of an unsigned activation with a weight, made non-negative: where the weight is
// negative, |w| * (largest x - x), which is w * x + |w| * largest x. Every bit is one LUT.
`default_nettype none

module mvau_product #(
    parameter int XBITS   = 1,  // bits of the activation
    parameter bit XINVERT = 0,  // 1: its top bit comes inverted (two's complement)
    parameter int WBITS   = 1,  // bits of the weight
    parameter int WKIND   = 0,  // 0 unsigned, 1 two's complement, 2 bipolar (-1/+1 as 0/1)
    parameter int PBITS   = 1   // bits of the product
) (
    input  wire [XBITS-1:0] x,
    input  wire [WBITS-1:0] w,
    output wire [PBITS-1:0] p
);

  localparam int XMAX = (1 << XBITS) - 1;
  localparam int ENTRIES = (WBITS == 1) ? 2 : 1 << (XBITS + WBITS);

  // Bit `b` of the product for every {w, x}.
  function automatic logic [ENTRIES-1:0] column(input int b);
    for (int i = 0; i < ENTRIES; i++) begin
      automatic int value = (i & XMAX) ^ (XINVERT ? 1 << (XBITS - 1) : 0);
      automatic int code = i >> XBITS;
      automatic int weight = (WKIND == 1 && code >= (1 << (WBITS - 1))) ? code - (1 << WBITS) : code;
      automatic int product = (weight < 0) ? -weight * (XMAX - value) : weight * value;
      column[i] = ((product >> b) & 1) != 0;
    end
  endfunction

  if (WBITS == 1) begin : g_gate
    wire [XBITS-1:0] value = x ^ (XINVERT ? XBITS'(1) << (XBITS - 1) : XBITS'(0));
    wire [XBITS-1:0] spread = {XBITS{w}};
    assign p = (WKIND == 2) ? PBITS'(~(value ^ spread))
             : (WKIND == 1) ? PBITS'(~value & spread) : PBITS'(value & spread);
  end else begin : g_table
    for (genvar b = 0; b < PBITS; b++) begin : g_bit
      localparam logic [ENTRIES-1:0] COLUMN = column(b);
      assign p[b] = COLUMN[{w, x}];
    end
  end

endmodule

`default_nettype wire
