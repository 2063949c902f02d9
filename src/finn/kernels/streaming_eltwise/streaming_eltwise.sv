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
    parameter bit DSP = 1
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

  wire enable, paired, valid;
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
      .enable,
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

  if (FUNCTION == 0) begin : g_product
    requantise_valid #(
        .XBITS(XBITS),
        .MBITS(YBITS),
        .SBITS(XBITS + YBITS),
        .DSP  (DSP)
    ) u_valid (
        .aclk,
        .aresetn,
        .enable,
        .valid  (paired),
        .valid_q(valid)
    );
  end else begin : g_difference
    pipeline_delay #(
        .WIDTH (1),
        .CYCLES(FUNCTION == 1 ? 1 : 2),
        .RESET (1)
    ) u_valid (
        .aclk,
        .aresetn,
        .enable,
        .d(paired),
        .q(valid)
    );
  end

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
        .enable,
        .early(XBITS'({ASIGNED && early[ABITS*lane+ABITS-1], early[ABITS*lane+:ABITS]})),
        .x(XBITS'({ASIGNED && a[ABITS*lane+ABITS-1], a[ABITS*lane+:ABITS]})),
        .y(YBITS'($signed({BSIGNED && b[BBITS*lane+BBITS-1], b[BBITS*lane+:BBITS]}))),
        .result(results[OBITS*lane+:OBITS])
    );
  end

  finn_skid #(
      .WIDTH(PE * OBITS)
  ) u_output (
      .aclk,
      .aresetn,
      .s_axis_tdata(results),
      .s_axis_tvalid(valid),
      .s_axis_tready(enable),
      .m_axis_tdata,
      .m_axis_tvalid,
      .m_axis_tready
  );

endmodule

`default_nettype wire
