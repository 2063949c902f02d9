// One DSP48E1: p = a * b + c, three cycles after a and b and two after c; or, as the second one of
// a pair, four cycles after a and b, with what the first one has without its 17 lowest bits in place of c.
`default_nettype none

module dsp48e1_product #(
    parameter bit FIRST = 1  // 1: adds c, 0: adds pcin without its 17 lowest bits, a cycle later
) (
    input  wire        aclk,
    input  wire [24:0] a,
    input  wire [17:0] b,
    input  wire [47:0] c,
    input  wire [47:0] pcin,
    output wire [47:0] p,
    output wire [47:0] pcout
);

  finn_dsp48e1 #(
      .AREG(FIRST ? 1 : 2),
      .BREG(FIRST ? 1 : 2),
      .CREG(1),
      .ADDS(FIRST ? 0 : 2)
  ) u_dsp (
      .aclk,
      .enable(1'b1),
      .a,
      .b,
      .c,
      .d('0),
      .pcin,
      .p,
      .pcout
  );

endmodule

`default_nettype wire
