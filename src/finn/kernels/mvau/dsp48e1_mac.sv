// One DSP48E1: p = (d - a) * b + what comes in, four cycles after a, b and d, one after `pcin`.
// The first one of a cascade adds a constant instead of `pcin`.
`default_nettype none

module dsp48e1_mac #(
    parameter bit          FIRST = 1,  // 1: adds START, 0: adds pcin
    parameter logic [47:0] START = '0
) (
    input  wire        aclk,
    input  wire [24:0] a,
    input  wire [17:0] b,
    input  wire [24:0] d,
    input  wire [47:0] pcin,
    output wire [47:0] p,
    output wire [47:0] pcout
);

  finn_dsp48e1 #(
      .BREG(2),
      .USE_DPORT("TRUE"),
      .ADDS(FIRST ? 0 : 1)
  ) u_dsp (
      .aclk,
      .enable(1'b1),
      .a,
      .b,
      .c(START),
      .d,
      .pcin,
      .p,
      .pcout
  );

endmodule

`default_nettype wire
