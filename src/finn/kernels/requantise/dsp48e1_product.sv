// One DSP48E1: p = a * b + c, three enabled cycles after a and b and two after c; or, as the second one of
// a pair, four cycles after a and b, with what the first one has without its 17 lowest bits in place of c.
`default_nettype none

module dsp48e1_product #(
    parameter bit FIRST = 1  // 1: adds c, 0: adds pcin without its 17 lowest bits, a cycle later
) (
    input  wire        aclk,
    input  wire        enable,
    input  wire [24:0] a,
    input  wire [17:0] b,
    input  wire [47:0] c,
    input  wire [47:0] pcin,
    output wire [47:0] p,
    output wire [47:0] pcout
);

`ifdef SYNTHESIS
  DSP48E1 #(
      .ADREG(1),
      .ACASCREG(FIRST ? 1 : 2),
      .ALUMODEREG(0),
      .AREG(FIRST ? 1 : 2),
      .BCASCREG(FIRST ? 1 : 2),
      .BREG(FIRST ? 1 : 2),
      .CARRYINREG(0),
      .CARRYINSELREG(0),
      .CREG(1),
      .DREG(1),
      .INMODEREG(0),
      .MREG(1),
      .OPMODEREG(0),
      .PREG(1),
      .USE_DPORT("FALSE")
  ) u_dsp (
      .ACOUT(),
      .BCOUT(),
      .CARRYCASCOUT(),
      .CARRYOUT(),
      .MULTSIGNOUT(),
      .OVERFLOW(),
      .P(p),
      .PATTERNBDETECT(),
      .PATTERNDETECT(),
      .PCOUT(pcout),
      .UNDERFLOW(),
      .A({{5{a[24]}}, a}),
      .ACIN('0),
      .ALUMODE(4'b0000),
      .B(b),
      .BCIN('0),
      .C(FIRST ? c : 48'b0),
      .CARRYCASCIN(1'b0),
      .CARRYIN(1'b0),
      .CARRYINSEL(3'b000),
      .CEA1(enable && !FIRST),
      .CEA2(enable),
      .CEAD(1'b0),
      .CEALUMODE(1'b0),
      .CEB1(enable && !FIRST),
      .CEB2(enable),
      .CEC(enable && FIRST),
      .CECARRYIN(1'b0),
      .CECTRL(1'b0),
      .CED(1'b0),
      .CEINMODE(1'b0),
      .CEM(enable),
      .CEP(enable),
      .CLK(aclk),
      .D('0),
      .INMODE(5'b00000),
      .MULTSIGNIN(1'b0),
      .OPMODE(FIRST ? 7'b0110101 : 7'b1010101),
      .PCIN(FIRST ? 48'b0 : pcin),
      .RSTA(1'b0),
      .RSTALLCARRYIN(1'b0),
      .RSTALUMODE(1'b0),
      .RSTB(1'b0),
      .RSTC(1'b0),
      .RSTCTRL(1'b0),
      .RSTD(1'b0),
      .RSTINMODE(1'b0),
      .RSTM(1'b0),
      .RSTP(1'b0)
  );
  wire unused = &{1'b0, pcin, c};
`else
  logic signed [24:0] a1, a2;
  logic signed [17:0] b1, b2;
  logic signed [42:0] product;
  logic signed [47:0] added, total;
  always_ff @(posedge aclk)
    if (enable) begin
      a1 <= a;
      b1 <= b;
      a2 <= a1;
      b2 <= b1;
      added <= c;
      product <= FIRST ? a1 * b1 : a2 * b2;
      total <= (FIRST ? added : $signed(pcin) >>> 17) + 48'(product);
    end
  assign p = total;
  assign pcout = total;
`endif

endmodule

`default_nettype wire
