// One DSP48E1: p = (d - a) * b + what comes in, four enabled cycles after a, b and d, one after `pcin`.
// The first one of a cascade adds a constant instead of `pcin`.
`default_nettype none

module dsp48e1_mac #(
    parameter bit          FIRST = 1,  // 1: adds START, 0: adds pcin
    parameter logic [47:0] START = '0
) (
    input  wire        aclk,
    input  wire        enable,
    input  wire [24:0] a,
    input  wire [17:0] b,
    input  wire [24:0] d,
    input  wire [47:0] pcin,
    output wire [47:0] p,
    output wire [47:0] pcout
);

`ifdef SYNTHESIS
  DSP48E1 #(
      .ADREG(1),
      .ACASCREG(1),
      .ALUMODEREG(0),
      .AREG(1),
      .BCASCREG(2),
      .BREG(2),
      .CARRYINREG(0),
      .CARRYINSELREG(0),
      .CREG(0),
      .DREG(1),
      .INMODEREG(0),
      .MREG(1),
      .OPMODEREG(0),
      .PREG(1),
      .USE_DPORT("TRUE")
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
      .C(START),
      .CARRYCASCIN(1'b0),
      .CARRYIN(1'b0),
      .CARRYINSEL(3'b000),
      .CEA1(1'b0),
      .CEA2(enable),
      .CEAD(enable),
      .CEALUMODE(1'b0),
      .CEB1(enable),
      .CEB2(enable),
      .CEC(1'b0),
      .CECARRYIN(1'b0),
      .CECTRL(1'b0),
      .CED(enable),
      .CEINMODE(1'b0),
      .CEM(enable),
      .CEP(enable),
      .CLK(aclk),
      .D(d),
      .INMODE(5'b01100),
      .MULTSIGNIN(1'b0),
      .OPMODE(FIRST ? 7'b0110101 : 7'b0010101),
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
  wire unused = &{1'b0, pcin};
`else
  logic signed [24:0] a1, d1, difference;
  logic signed [17:0] b1, b2;
  logic signed [42:0] product;
  logic [47:0] total;
  always_ff @(posedge aclk)
    if (enable) begin
      a1 <= a;
      d1 <= d;
      difference <= d1 - a1;
      b1 <= b;
      b2 <= b1;
      product <= difference * b2;
      total <= (FIRST ? START : pcin) + {{5{product[42]}}, product};
    end
  assign p = total;
  assign pcout = total;
  wire unused = &{1'b0, pcin};
`endif

endmodule

`default_nettype wire
