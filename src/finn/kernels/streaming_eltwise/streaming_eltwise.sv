// The product, difference, larger or smaller of two streams, element by element; PE elements per beat,
// one beat per cycle. Of the second stream a vector may serve for a whole frame.
`default_nettype none

module streaming_eltwise #(
    // 0: product, 1: first less second, 2: the larger, 3: the smaller.
    parameter int FUNCTION = 0,
    // Elements of a beat, beats of a vector.
    parameter int PE = 1,
    parameter int FOLDS = 1,
    // Vectors of the first stream that one of the second goes with.
    parameter int REPEATS = 1,
    // Bits of an element of each stream, 1: two's complement; bits of a result.
    parameter int ABITS = 8,
    parameter bit ASIGNED = 0,
    parameter int BBITS = 8,
    parameter bit BSIGNED = 0,
    parameter int OBITS = 16,
    // 1: DSPs multiply, 0: LUTs.
    parameter bit DSP = 1,
    // Cycles that a product takes.
    parameter int SUM_CYCLES = 3
) (
    input  wire                        aclk,
    input  wire                        aresetn,
    input  wire [PE*(ABITS+BBITS)-1:0] s_axis_tdata,
    input  wire [                 1:0] s_axis_tvalid,
    output wire [                 1:0] s_axis_tready,
    output wire [        PE*OBITS-1:0] m_axis_tdata,
    output wire                        m_axis_tvalid,
    input  wire                        m_axis_tready
);

  localparam int XBITS = ASIGNED ? ABITS : ABITS + 1;
  // The second factor has two bits at least.
  localparam int SIGNED_B = BSIGNED ? BBITS : BBITS + 1;
  localparam int YBITS = SIGNED_B > 2 ? SIGNED_B : 2;

  // Cycles of a lane, and of all from the taking of a pair.
  localparam int LANE = FUNCTION == 0 ? SUM_CYCLES : FUNCTION == 1 ? 1 : 2;
  localparam int CYCLES = LANE + (REPEATS == 1 ? 1 : 2);

  wire may_take, paired, valid;
  wire [PE*ABITS-1:0] early, a;
  wire [PE*BBITS-1:0] b;
  wire [PE*OBITS-1:0] results;

  held_vector #(
      .AWIDTH (PE * ABITS),
      .BWIDTH (PE * BBITS),
      .FOLDS  (FOLDS),
      .REPEATS(REPEATS)
  ) u_pair (
      .aclk,
      .aresetn,
      .may_take,
      .a_tdata (s_axis_tdata[PE*ABITS-1:0]),
      .a_tvalid(s_axis_tvalid[0]),
      .a_tready(s_axis_tready[0]),
      .b_tdata (s_axis_tdata[PE*ABITS+:PE*BBITS]),
      .b_tvalid(s_axis_tvalid[1]),
      .b_tready(s_axis_tready[1]),
      .early,
      .a,
      .b,
      .valid(paired)
  );

  pipeline_delay #(
      .WIDTH (1),
      .CYCLES(LANE),
      .RESET (1)
  ) u_valid (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d(paired),
      .q(valid)
  );

  for (genvar lane = 0; lane < PE; lane++) begin : g_lane
    eltwise_lane #(
        .FUNCTION(FUNCTION),
        .XBITS(XBITS),
        .YBITS(YBITS),
        .OBITS(OBITS),
        .DSP(DSP)
    ) u_lane (
        .aclk,
        .aresetn,
        .early(XBITS'({ASIGNED && early[ABITS*lane+ABITS-1], early[ABITS*lane+:ABITS]})),
        .x(XBITS'({ASIGNED && a[ABITS*lane+ABITS-1], a[ABITS*lane+:ABITS]})),
        .y(YBITS'($signed({BSIGNED && b[BBITS*lane+BBITS-1], b[BBITS*lane+:BBITS]}))),
        .result(results[OBITS*lane+:OBITS])
    );
  end

  finn_room #(
      .WIDTH (PE * OBITS),
      .CYCLES(CYCLES)
  ) u_room (
      .aclk,
      .aresetn,
      .may_start(may_take),
      .s_data(results),
      .s_valid(valid),
      .m_axis_tdata,
      .m_axis_tvalid,
      .m_axis_tready
  );

endmodule

`default_nettype wire
