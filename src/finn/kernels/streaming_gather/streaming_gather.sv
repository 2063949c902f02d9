// Rows, columns and channels of an image; what is left out is dropped as it comes, so nothing is stored.
`default_nettype none

module streaming_gather #(
    // Bits of an element; elements of a beat that comes, and of one that leaves.
    parameter int BITS = 8,
    parameter int SIMD = 1,
    parameter int LANES = 1,
    // Of each element that leaves, its place in the beat: 32 bits for each number.
    parameter logic [LANES*32-1:0] PLACES = '0,
    // Rows, pixels of a row, beats of a pixel; which of them stay, the first lowest.
    parameter int HEIGHT = 1,
    parameter int WIDTH = 1,
    parameter int FOLDS = 1,
    parameter logic [HEIGHT-1:0] ROWS = '1,
    parameter logic [WIDTH-1:0] COLUMNS = '1,
    parameter logic [FOLDS-1:0] BEATS = '1
) (
    input  wire                  aclk,
    input  wire                  aresetn,
    input  wire [ SIMD*BITS-1:0] s_axis_tdata,
    input  wire                  s_axis_tvalid,
    output wire                  s_axis_tready,
    output wire [LANES*BITS-1:0] m_axis_tdata,
    output wire                  m_axis_tvalid,
    input  wire                  m_axis_tready
);

  wire beat_stays, column_stays, row_stays, last_beat, last_column, last_row;
  wire moves = s_axis_tvalid && s_axis_tready;
  wire [LANES*BITS-1:0] chosen;
  wire unused = &{1'b0, s_axis_tdata, last_row};

  gather_axis #(
      .COUNT(FOLDS),
      .KEEPS(BEATS)
  ) u_beats (
      .aclk,
      .aresetn,
      .step (moves),
      .keeps(beat_stays),
      .last (last_beat)
  );
  gather_axis #(
      .COUNT(WIDTH),
      .KEEPS(COLUMNS)
  ) u_columns (
      .aclk,
      .aresetn,
      .step (moves && last_beat),
      .keeps(column_stays),
      .last (last_column)
  );
  gather_axis #(
      .COUNT(HEIGHT),
      .KEEPS(ROWS)
  ) u_rows (
      .aclk,
      .aresetn,
      .step (moves && last_beat && last_column),
      .keeps(row_stays),
      .last (last_row)
  );

  for (genvar i = 0; i < LANES; i++) begin : g_lane
    assign chosen[BITS*i+:BITS] = s_axis_tdata[BITS*int'(PLACES[32*i+:32])+:BITS];
  end

  finn_skid #(
      .WIDTH(LANES * BITS)
  ) u_output (
      .aclk,
      .aresetn,
      .s_axis_tdata (chosen),
      .s_axis_tvalid(s_axis_tvalid && beat_stays && column_stays && row_stays),
      .s_axis_tready,
      .m_axis_tdata,
      .m_axis_tvalid,
      .m_axis_tready
  );

endmodule

`default_nettype wire
