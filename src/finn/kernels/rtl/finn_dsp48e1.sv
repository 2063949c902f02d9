// One DSP48E1 (Xilinx UG479) that multiplies and adds: p = factor * b + what comes in, where the factor is
// a, or d - a where the pre-adder is used. Factor and b take AREG and BREG enabled cycles (one more through
// the pre-adder) to the product's register; then come the product's own and the sum's.
`default_nettype none

module finn_dsp48e1 #(
    // Registers of a and of b, 1 or 2.
    parameter int AREG = 1,
    parameter int BREG = 1,
    // Registers of c, 0 or 1.
    parameter int CREG = 0,
    // "TRUE": the factor is d - a, of which each has one register and the difference another.
    parameter USE_DPORT = "FALSE",
    // What is added: 0: c, 1: pcin, 2: pcin without its 17 lowest bits.
    parameter int ADDS = 0
) (
    input  wire        aclk,
    input  wire        enable,
    input  wire [24:0] a,
    input  wire [17:0] b,
    input  wire [47:0] c,
    input  wire [24:0] d,
    input  wire [47:0] pcin,
    output wire [47:0] p,
    output wire [47:0] pcout
);

  localparam bit PRE = USE_DPORT == "TRUE";

`ifdef SYNTHESIS
  localparam bit [2:0] Z = ADDS == 0 ? 3'b011 : ADDS == 1 ? 3'b001 : 3'b101;
  DSP48E1 #(
      .ADREG(1),
      .ACASCREG(AREG),
      .ALUMODEREG(0),
      .AREG(AREG),
      .BCASCREG(BREG),
      .BREG(BREG),
      .CARRYINREG(0),
      .CARRYINSELREG(0),
      .CREG(CREG),
      .DREG(1),
      .INMODEREG(0),
      .MREG(1),
      .OPMODEREG(0),
      .PREG(1),
      .USE_DPORT(USE_DPORT)
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
      .C(ADDS == 0 ? c : 48'b0),
      .CARRYCASCIN(1'b0),
      .CARRYIN(1'b0),
      .CARRYINSEL(3'b000),
      .CEA1(enable && AREG == 2),
      .CEA2(enable),
      .CEAD(enable && PRE),
      .CEALUMODE(1'b0),
      .CEB1(enable && BREG == 2),
      .CEB2(enable),
      .CEC(enable && CREG == 1),
      .CECARRYIN(1'b0),
      .CECTRL(1'b0),
      .CED(enable && PRE),
      .CEINMODE(1'b0),
      .CEM(enable),
      .CEP(enable),
      .CLK(aclk),
      .D(PRE ? d : 25'b0),
      .INMODE(PRE ? 5'b01100 : 5'b00000),
      .MULTSIGNIN(1'b0),
      .OPMODE({Z, 4'b0101}),
      .PCIN(ADDS == 0 ? 48'b0 : pcin),
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
  wire unused = &{1'b0, c, d, pcin};
`else
  logic signed [24:0] a1, a2, d1, difference;
  logic signed [17:0] b1, b2;
  logic signed [42:0] product;
  logic signed [47:0] c1, total;
  wire signed [17:0] other = BREG == 2 ? b2 : b1;
  wire signed [24:0] factor = PRE ? difference : AREG == 2 ? a2 : a1;
  wire signed [47:0] comes = ADDS == 0 ? (CREG == 1 ? c1 : $signed(c)) :
      ADDS == 1 ? $signed(pcin) : $signed(pcin) >>> 17;
  always_ff @(posedge aclk)
    if (enable) begin
      a1 <= a;
      a2 <= a1;
      d1 <= d;
      difference <= d1 - a1;
      b1 <= b;
      b2 <= b1;
      c1 <= c;
      product <= factor * other;
      total <= comes + 48'(product);
    end
  assign p = total;
  assign pcout = total;
  wire unused = &{1'b0, pcin, a2, d1, difference, b2, c1};
`endif

endmodule

`default_nettype wire
