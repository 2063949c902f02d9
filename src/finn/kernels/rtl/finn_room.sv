// Room behind a pipeline that never waits: another result may be started only while all that are on
// their way will find a place, so that no register of the pipeline hangs on the sink. Valid, ready and
// data are registers; one result in INTERVAL cycles passes without a gap, also after the sink paused.
`default_nettype none

module finn_room #(
    parameter int WIDTH    = 1,  // bits of a result
    parameter int CYCLES   = 1,  // from the cycle that starts a result to that which brings it, at most
    parameter int INTERVAL = 1   // cycles from one result's start to the next one's, at least
) (
    input  wire              aclk,
    input  wire              aresetn,
    output logic             may_start,  // a result may be started in this cycle
    input  wire              s_valid,
    input  wire  [WIDTH-1:0] s_data,
    output logic [WIDTH-1:0] m_axis_tdata,
    output logic             m_axis_tvalid,
    input  wire              m_axis_tready
);

  // Results started in the cycle in which the room is found full, and before.
  localparam int COMING = CYCLES / INTERVAL + 1;
  // No more are started when so many are held and one more: they leave in the time that the next one
  // takes. Powers of two are compared for nothing.
  localparam int LEFT = (CYCLES + 2 + INTERVAL - 1) / INTERVAL + ((INTERVAL > 1) ? 1 : 0);
  localparam int FULL = (LEFT <= 8) ? 1 << $clog2(LEFT) : LEFT;
  localparam int PLACES = FULL + 1 + COMING;
  localparam int BITS = $clog2(PLACES);

  // The number of results held less one; its top bit says that there is none.
  logic [BITS:0] top;
  wire pop = !top[BITS] && (!m_axis_tvalid || m_axis_tready);
  wire [WIDTH-1:0] oldest;

  // A bit changes where all below it are ones and one comes, or zeros and one goes.
  wire [BITS:0] changes;
  for (genvar i = 0; i <= BITS; i++) begin : g_bit
    localparam logic [BITS:0] BELOW = (BITS + 1)'((1 << i) - 1);
    assign changes[i] = s_valid ? (top & BELOW) == BELOW : (top & BELOW) == '0;
  end

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      top <= '1;
      m_axis_tvalid <= 1'b0;
      may_start <= 1'b0;
    end else begin
      if (s_valid != pop) top <= top ^ changes;
      m_axis_tvalid <= !top[BITS] || (m_axis_tvalid && !m_axis_tready);
      may_start <= top[BITS] || top[BITS-1:0] < BITS'(FULL);
    end
  end

  always_ff @(posedge aclk) if (pop) m_axis_tdata <= oldest;

  if (PLACES <= 32) begin : g_shift
    finn_srl #(
        .WIDTH(WIDTH)
    ) u_words (
        .aclk,
        .push(s_valid),
        .d(s_data),
        .address(5'(top[BITS-1:0])),
        .q(oldest)
    );
  end else begin : g_ring
    (* ram_style = "distributed" *)
    logic [WIDTH-1:0] words[0:(1<<BITS)-1];
    logic [BITS-1:0] write_at, read_at;
    always_ff @(posedge aclk) begin
      if (s_valid) words[write_at] <= s_data;
      if (!aresetn) begin
        write_at <= '0;
        read_at <= '0;
      end else begin
        if (s_valid) write_at <= write_at + 1'b1;
        if (pop) read_at <= read_at + 1'b1;
      end
    end
    assign oldest = words[read_at];
  end

endmodule

`default_nettype wire
