// Declarations of the primitives that kernels instantiate, for Yosys' read_slang, which wants every
// module declared. Vivado knows them; simulators use the behaviour beside each instance.
`default_nettype none

(* blackbox *)
module LUT6 #(
    parameter logic [63:0] INIT = 64'h0  // output for each {I5, ..., I0}
) (
    output wire O,
    input  wire I0,
    input  wire I1,
    input  wire I2,
    input  wire I3,
    input  wire I4,
    input  wire I5
);
endmodule

(* blackbox *)
module LUT6_2 #(
    parameter logic [63:0] INIT = 64'h0  // O6 for each {I5, ..., I0}; its lower half is O5
) (
    output wire O6,
    output wire O5,
    input  wire I0,
    input  wire I1,
    input  wire I2,
    input  wire I3,
    input  wire I4,
    input  wire I5
);
endmodule

(* blackbox *)
module CARRY4 (
    output wire [3:0] CO,
    output wire [3:0] O,
    input  wire       CI,
    input  wire       CYINIT,
    input  wire [3:0] DI,
    input  wire [3:0] S
);
endmodule

(* blackbox *)
module SRLC32E #(
    parameter logic [31:0] INIT = 32'h0  // the words at power-on
) (
    output wire       Q,
    output wire       Q31,
    input  wire [4:0] A,
    input  wire       CE,
    input  wire       CLK,
    input  wire       D
);
endmodule

(* blackbox *)
module DSP48E1 #(
    parameter int ACASCREG = 1,
    parameter int ADREG = 1,
    parameter int ALUMODEREG = 1,
    parameter int AREG = 1,
    parameter int BCASCREG = 1,
    parameter int BREG = 1,
    parameter int CARRYINREG = 1,
    parameter int CARRYINSELREG = 1,
    parameter int CREG = 1,
    parameter int DREG = 1,
    parameter int INMODEREG = 1,
    parameter int MREG = 1,
    parameter int OPMODEREG = 1,
    parameter int PREG = 1,
    parameter USE_DPORT = "FALSE"
) (
    output wire [29:0] ACOUT,
    output wire [17:0] BCOUT,
    output wire        CARRYCASCOUT,
    output wire  [3:0] CARRYOUT,
    output wire        MULTSIGNOUT,
    output wire        OVERFLOW,
    output wire [47:0] P,
    output wire        PATTERNBDETECT,
    output wire        PATTERNDETECT,
    output wire [47:0] PCOUT,
    output wire        UNDERFLOW,
    input  wire [29:0] A,
    input  wire [29:0] ACIN,
    input  wire  [3:0] ALUMODE,
    input  wire [17:0] B,
    input  wire [17:0] BCIN,
    input  wire [47:0] C,
    input  wire        CARRYCASCIN,
    input  wire        CARRYIN,
    input  wire  [2:0] CARRYINSEL,
    input  wire        CEA1,
    input  wire        CEA2,
    input  wire        CEAD,
    input  wire        CEALUMODE,
    input  wire        CEB1,
    input  wire        CEB2,
    input  wire        CEC,
    input  wire        CECARRYIN,
    input  wire        CECTRL,
    input  wire        CED,
    input  wire        CEINMODE,
    input  wire        CEM,
    input  wire        CEP,
    input  wire        CLK,
    input  wire [24:0] D,
    input  wire  [4:0] INMODE,
    input  wire        MULTSIGNIN,
    input  wire  [6:0] OPMODE,
    input  wire [47:0] PCIN,
    input  wire        RSTA,
    input  wire        RSTALLCARRYIN,
    input  wire        RSTALUMODE,
    input  wire        RSTB,
    input  wire        RSTC,
    input  wire        RSTCTRL,
    input  wire        RSTD,
    input  wire        RSTINMODE,
    input  wire        RSTM,
    input  wire        RSTP
);
endmodule

`default_nettype wire
