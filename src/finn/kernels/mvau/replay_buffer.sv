// Takes a vector of SF beats and gives it NF times without a bubble: the first pass follows the
// stream, the others read the copy that the first one left. What it has given goes on by itself.
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
    input  wire              may_give, // a beat may be given two cycles later
    input  wire  [WIDTH-1:0] s_axis_tdata,
    input  wire              s_axis_tvalid,
    output logic             s_axis_tready,
    output logic             valid,    // of the beat at `position`
    output logic             first,    // it starts a pass
    output logic             last,     // it ends a pass
    output logic [ABITS-1:0] position, // beats since the vector's start, all passes counted
    output wire  [WIDTH-1:0] x         // its data, BLOCK + 1 cycles later
);

  localparam int SBITS = (SF > 1) ? $clog2(SF) : 1;

  logic [SBITS-1:0] beat;
  logic [ABITS-1:0] next_position;
  logic filling;   // the first pass is under way
  logic replaying; // another pass may go on

  wire write = s_axis_tready && s_axis_tvalid;
  wire take = write || replaying;
  wire ends_pass = beat == SBITS'(SF - 1);
  wire ends_vector = next_position == ABITS'(SF * NF - 1);
  wire fills = (take && ends_pass) ? ends_vector : filling;

  always_ff @(posedge aclk) begin
    first <= beat == '0;
    last <= ends_pass;
    position <= next_position;
    if (!aresetn) begin
      valid <= 1'b0;
      beat <= '0;
      next_position <= '0;
      filling <= 1'b1;
      s_axis_tready <= 1'b0;
      replaying <= 1'b0;
    end else begin
      valid <= take;
      filling <= fills;
      s_axis_tready <= may_give && fills;
      replaying <= may_give && !fills;
      if (take) begin
        beat <= ends_pass ? '0 : beat + 1'b1;
        next_position <= ends_vector ? '0 : next_position + 1'b1;
      end
    end
  end

  logic [WIDTH-1:0] fetched;
  if (SF == 1 || NF == 1) begin : g_hold
    logic [WIDTH-1:0] held;
    always_ff @(posedge aclk) begin
      if (write) held <= s_axis_tdata;
      fetched <= held;
    end
  end else begin : g_store
    logic [SBITS-1:0] address;
    always_ff @(posedge aclk) address <= beat;
    if (BLOCK) begin : g_block
      (* ram_style = "block" *)
      logic [WIDTH-1:0] words[0:SF-1];
      always_ff @(posedge aclk) begin
        if (write) words[beat] <= s_axis_tdata;
        fetched <= words[address];
      end
    end else begin : g_lut
      (* ram_style = "distributed" *)
      logic [WIDTH-1:0] words[0:SF-1];
      always_ff @(posedge aclk) begin
        if (write) words[beat] <= s_axis_tdata;
        fetched <= words[address];
      end
    end
  end

  pipeline_delay #(
      .WIDTH (WIDTH),
      .CYCLES(BLOCK ? 1 : 0)
  ) u_settle (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d(fetched),
      .q(x)
  );

endmodule

`default_nettype wire
