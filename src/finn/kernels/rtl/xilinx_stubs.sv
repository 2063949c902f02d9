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

`default_nettype wire
