// Beats of a frame in another order, some of them again, some never: three nested loops, each with a table
// of the ways from a read to the next.
`default_nettype none

module streaming_reorder #(
    // Bits of a beat.
    parameter int WIDTH = 8,
    // Places of the ring, a power of two.
    parameter int DEPTH = 32,
    // 1: the ring is block RAM, 0: LUT RAM.
    parameter bit BLOCK = 0,
    // Beats before the first one that is read.
    parameter int START = 0,
    // Steps of the loops, the innermost last.
    parameter int OUTER = 2,
    parameter int MIDDLE = 2,
    parameter int INNER = 2,
    // Bits of the counters, sign included, and of an entry of the tables.
    parameter int CBITS = 8,
    // For each step the negative of the way to the next read, the first lowest; what each outer step gives back,
    // less one.
    parameter logic [OUTER*CBITS-1:0] OUTER_WAYS = '0,
    parameter logic [OUTER*CBITS-1:0] OUTER_FREED = '0,
    parameter logic [MIDDLE*CBITS-1:0] MIDDLE_WAYS = '0,
    parameter logic [INNER*CBITS-1:0] INNER_WAYS = '0
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire  [WIDTH-1:0] s_axis_tdata,
    input  wire              s_axis_tvalid,
    output wire              s_axis_tready,
    output wire  [WIDTH-1:0] m_axis_tdata,
    output wire              m_axis_tvalid,
    input  wire              m_axis_tready
);

  wire load, last_outer, last_middle, last_inner;
  wire [CBITS-1:0] outer_way, outer_freed, middle_way, inner_way;
  wire ends = last_middle && last_inner;
  wire unused = &{1'b0, last_outer};

  // The two tables of the outer loop, entry by entry.
  function automatic logic [OUTER*2*CBITS-1:0] both();
    for (int i = 0; i < OUTER; i++)
      both[2*CBITS*i+:2*CBITS] = {OUTER_FREED[CBITS*i+:CBITS], OUTER_WAYS[CBITS*i+:CBITS]};
  endfunction

  reorder_axis #(
      .COUNT(OUTER),
      .BITS (2 * CBITS),
      .TABLE(both())
  ) u_outer (
      .aclk,
      .aresetn,
      .step (load && ends),
      .entry({outer_freed, outer_way}),
      .last (last_outer)
  );
  reorder_axis #(
      .COUNT(MIDDLE),
      .BITS (CBITS),
      .TABLE(MIDDLE_WAYS)
  ) u_middle (
      .aclk,
      .aresetn,
      .step (load && last_inner),
      .entry(middle_way),
      .last (last_middle)
  );
  reorder_axis #(
      .COUNT(INNER),
      .BITS (CBITS),
      .TABLE(INNER_WAYS)
  ) u_inner (
      .aclk,
      .aresetn,
      .step (load),
      .entry(inner_way),
      .last (last_inner)
  );

  finn_read_ring #(
      .WIDTH(WIDTH),
      .DEPTH(DEPTH),
      .BLOCK(BLOCK),
      .START(START),
      .CBITS(CBITS)
  ) u_ring (
      .aclk,
      .aresetn,
      .s_axis_tdata,
      .s_axis_tvalid,
      .s_axis_tready,
      .m_axis_tdata,
      .m_axis_tvalid,
      .m_axis_tready,
      .load,
      .advance(ends ? outer_way : last_inner ? middle_way : inner_way),
      .freed  (ends ? outer_freed : '1)
  );

endmodule

`default_nettype wire
