// A pipeline of CYCLES registers before a room, whose sink is not looked at until a cycle: in that time
// the room fills.
`default_nettype none

module room_bench #(
    parameter int CYCLES   = 3,
    parameter int INTERVAL = 1,
    parameter int WIDTH    = 12,
    parameter int PAUSE    = 0
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire [WIDTH-1:0] s_axis_tdata,
    input  wire             s_axis_tvalid,
    output wire             s_axis_tready,
    output wire [WIDTH-1:0] m_axis_tdata,
    output wire             m_axis_tvalid,
    input  wire             m_axis_tready
);
  localparam int TBITS = $clog2(INTERVAL + 1);
  wire may_start, held;
  logic [TBITS-1:0] waits;
  logic [15:0] cycle;
  logic [CYCLES-1:0] valid;
  logic [CYCLES*WIDTH-1:0] words;
  wire looks = cycle >= 16'(PAUSE);
  wire start = s_axis_tready && s_axis_tvalid;

  assign s_axis_tready = may_start && waits == '0;
  assign m_axis_tvalid = held && looks;

  always_ff @(posedge aclk) begin
    words <= (CYCLES * WIDTH)'({words, s_axis_tdata});
    if (!aresetn) begin
      valid <= '0;
      cycle <= '0;
      waits <= '0;
    end else begin
      valid <= CYCLES'({valid, start});
      if (!looks) cycle <= cycle + 1'b1;
      if (start) waits <= TBITS'(INTERVAL - 1);
      else if (waits != '0) waits <= waits - 1'b1;
    end
  end

  finn_room #(
      .WIDTH(WIDTH),
      .CYCLES(CYCLES),
      .INTERVAL(INTERVAL)
  ) u_room (
      .aclk,
      .aresetn,
      .may_start,
      .s_valid(valid[CYCLES-1]),
      .s_data(words[(CYCLES-1)*WIDTH+:WIDTH]),
      .m_axis_tdata,
      .m_axis_tvalid(held),
      .m_axis_tready(m_axis_tready && looks)
  );
endmodule

`default_nettype wire
