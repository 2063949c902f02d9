// Takes a vector of SF beats and gives it NF times without a bubble: the first pass follows the
// stream, the others read the copy that the first one left.
`default_nettype none

module replay_buffer #(
    parameter int WIDTH = 1,  // bits of a beat
    parameter int SF    = 1,  // beats of a vector
    parameter int NF    = 1,  // passes over each vector
    parameter bit BLOCK = 0,  // 1: block RAM (x two cycles after its flags), 0: LUT RAM (one)
    parameter int ABITS = (SF * NF > 1) ? $clog2(SF * NF) : 1  // derived: bits of the position
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire              enable,
    input  wire  [WIDTH-1:0] s_axis_tdata,
    input  wire              s_axis_tvalid,
    output wire              s_axis_tready,
    output logic             valid,    // of the beat at `position`
    output logic             first,    // it starts a pass
    output logic             last,     // it ends a pass
    output logic [ABITS-1:0] position, // beats since the vector's start, all passes counted
    output wire  [WIDTH-1:0] x         // its data, BLOCK + 1 cycles later
);

  localparam int SBITS = (SF > 1) ? $clog2(SF) : 1;

  logic [SBITS-1:0] beat;
  logic [ABITS-1:0] next_position;
  logic filling;  // the first pass is under way

  assign s_axis_tready = enable && filling;
  wire take = !filling || s_axis_tvalid;
  wire write = enable && filling && s_axis_tvalid;
  wire ends_pass = beat == SBITS'(SF - 1);
  wire ends_vector = next_position == ABITS'(SF * NF - 1);

  always_ff @(posedge aclk) begin
    if (enable) begin
      first <= beat == '0;
      last <= ends_pass;
      position <= next_position;
    end
    if (!aresetn) begin
      valid <= 1'b0;
      beat <= '0;
      next_position <= '0;
      filling <= 1'b1;
    end else if (enable) begin
      valid <= take;
      if (take) begin
        beat <= ends_pass ? '0 : beat + 1'b1;
        next_position <= ends_vector ? '0 : next_position + 1'b1;
        if (ends_pass) filling <= ends_vector;
      end
    end
  end

  logic [WIDTH-1:0] fetched;
  if (SF == 1 || NF == 1) begin : g_hold
    logic [WIDTH-1:0] held;
    always_ff @(posedge aclk) begin
      if (write) held <= s_axis_tdata;
      if (enable) fetched <= held;
    end
  end else begin : g_store
    logic [SBITS-1:0] address;
    always_ff @(posedge aclk) if (enable) address <= beat;
    if (BLOCK) begin : g_block
      (* ram_style = "block" *)
      logic [WIDTH-1:0] words[0:SF-1];
      always_ff @(posedge aclk) begin
        if (write) words[beat] <= s_axis_tdata;
        if (enable) fetched <= words[address];
      end
    end else begin : g_lut
      (* ram_style = "distributed" *)
      logic [WIDTH-1:0] words[0:SF-1];
      always_ff @(posedge aclk) begin
        if (write) words[beat] <= s_axis_tdata;
        if (enable) fetched <= words[address];
      end
    end
  end

  pipeline_delay #(
      .WIDTH (WIDTH),
      .CYCLES(BLOCK ? 1 : 0)
  ) u_settle (
      .aclk,
      .aresetn,
      .enable,
      .d(fetched),
      .q(x)
  );

endmodule

`default_nettype wire
