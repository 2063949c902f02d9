// Thresholding as a layer of its own: PE elements per beat, one beat per cycle.
`default_nettype none

module thresholding #(
    parameter int PE          = 1,   // elements per beat
    parameter int IBITS       = 8,   // bits of an input element
    parameter bit ISIGNED     = 0,   // 1: inputs are two's complement
    parameter int STEPS       = 1,   // bits of the count of thresholds
    parameter int TBITS       = 8,   // bits of a threshold, biased to unsigned
    parameter int FOLDS       = 1,   // sets of thresholds, taken in turn by beat
    parameter bit SHARED      = 0,   // 1: one set for all lanes
    parameter int BLOCK_DEPTH = 0,   // memories of at least this depth are block RAM; 0: none is
    parameter bit NEVER       = 0,   // 1: thresholds carry a bit that says that no x reaches them
    parameter bit FLIP        = 0,   // 1: some channels are complemented
    parameter int OFFSET      = 0,   // added to the count
    parameter int OBITS       = 1,   // bits of an output element
    parameter int CYCLES      = 1,   // from a beat to what comes of it, as finn_room counts
    parameter     THRESHOLDS  = ""   // common start of the memories' names
) (
    input  wire                aclk,
    input  wire                aresetn,
    input  wire [PE*IBITS-1:0] s_axis_tdata,
    input  wire                s_axis_tvalid,
    output wire                s_axis_tready,
    output wire [PE*OBITS-1:0] m_axis_tdata,
    output wire                m_axis_tvalid,
    input  wire                m_axis_tready
);

  wire found;
  wire [PE*OBITS-1:0] results;
  logic valid;
  logic [PE*IBITS-1:0] x;

  always_ff @(posedge aclk) begin
    x <= s_axis_tdata;
    if (!aresetn) valid <= 1'b0;
    else valid <= s_axis_tvalid && s_axis_tready;
  end

  threshold_core #(
      .LANES(PE),
      .STEPS(STEPS),
      .XBITS(IBITS),
      .XSIGNED(ISIGNED),
      .TBITS(TBITS),
      .FOLDS(FOLDS),
      .SHARED(SHARED),
      .BLOCK_DEPTH(BLOCK_DEPTH),
      .NEVER(NEVER),
      .FLIP(FLIP),
      .OFFSET(OFFSET),
      .OBITS(OBITS),
      .FILE(THRESHOLDS)
  ) u_core (
      .aclk,
      .aresetn,
      .valid,
      .x,
      .valid_q(found),
      .y(results)
  );

  finn_room #(
      .WIDTH (PE * OBITS),
      .CYCLES(CYCLES)
  ) u_room (
      .aclk,
      .aresetn,
      .may_start(s_axis_tready),
      .s_data(results),
      .s_valid(found),
      .m_axis_tdata,
      .m_axis_tvalid,
      .m_axis_tready
  );

endmodule

`default_nettype wire
