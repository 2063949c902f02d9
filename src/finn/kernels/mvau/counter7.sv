// Number of ones among seven bits, in two LUTs and a carry chain of two places.
//
// The first place adds bit 6 (as carry in) to the other six, giving the parity; its carry is bit 5
// or bit 6, and half of what bits 0 to 4 count, 0 to 2, remains for the second place.
`default_nettype none

module counter7 (
    input  wire [6:0] d,
    output wire [2:0] count
);

`ifdef SYNTHESIS
  // INIT[{1, d[4:0]}]: half of the count is 1 (2 or 3 ones); INIT[{0, d[4:0]}]: it is 2 (4 or 5).
  function automatic logic [63:0] halves();
    for (int i = 0; i < 32; i++) begin
      automatic int half = ((i & 1) + (i >> 1 & 1) + (i >> 2 & 1) + (i >> 3 & 1) + (i >> 4 & 1)) / 2;
      halves[i] = half == 2;
      halves[32+i] = half == 1;
    end
  endfunction

  function automatic logic [63:0] parity();
    for (int i = 0; i < 64; i++) parity[i] = ^6'(i);
  endfunction

  localparam logic [63:0] HALVES = halves();
  localparam logic [63:0] PARITY = parity();

  wire odd, one, two;
  wire [3:0] o, co;

  LUT6 #(
      .INIT(PARITY)
  ) u_odd (
      .O (odd),
      .I0(d[0]),
      .I1(d[1]),
      .I2(d[2]),
      .I3(d[3]),
      .I4(d[4]),
      .I5(d[5])
  );
  LUT6_2 #(
      .INIT(HALVES)
  ) u_half (
      .O6(one),
      .O5(two),
      .I0(d[0]),
      .I1(d[1]),
      .I2(d[2]),
      .I3(d[3]),
      .I4(d[4]),
      .I5(1'b1)
  );
  CARRY4 u_chain (
      .O(o),
      .CO(co),
      .CI(1'b0),
      .CYINIT(d[6]),
      .DI({2'b00, two, d[5]}),
      .S({2'b00, one, odd})
  );
  assign count = o[2:0];
  wire unused = &{1'b0, o[3], co};
`else
  assign count = 3'(d[0]) + 3'(d[1]) + 3'(d[2]) + 3'(d[3]) + 3'(d[4]) + 3'(d[5]) + 3'(d[6]);
`endif

endmodule

`default_nettype wire
