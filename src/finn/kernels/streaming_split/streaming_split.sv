// The beats of a vector go to one output after the other.
`default_nettype none

module streaming_split #(
    // Bits of a beat.
    parameter int WIDTH = 8,
    parameter int OUTPUTS = 2,
    // Beats of a vector for each output, 32 bits for each number.
    parameter logic [OUTPUTS*32-1:0] BEATS = {32'd1, 32'd1}
) (
    input  wire                     aclk,
    input  wire                     aresetn,
    input  wire [WIDTH-1:0]         s_axis_tdata,
    input  wire                     s_axis_tvalid,
    output wire                     s_axis_tready,
    output wire [OUTPUTS*WIDTH-1:0] m_axis_tdata,
    output wire [OUTPUTS-1:0]       m_axis_tvalid,
    input  wire [OUTPUTS-1:0]       m_axis_tready
);
    wire [$clog2(OUTPUTS)-1:0] at;
    wire [OUTPUTS-1:0]         turn;
    wire                       moves;
    wire [WIDTH-1:0]           beat;

    assign m_axis_tdata = {OUTPUTS{beat}};

    finn_turns #(.STREAMS(OUTPUTS), .STEPS(BEATS)) u_turns (.aclk, .aresetn, .step(moves), .at, .turn);
    wire unused = &{1'b0, at};

    finn_fork #(.WIDTH(WIDTH), .OUTPUTS(OUTPUTS)) u_fork (
        .aclk, .aresetn, .s_axis_tdata, .s_axis_tvalid, .s_axis_tready, .to(turn), .moves,
        .m_axis_tdata(beat), .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
