// Gives each beat a number of times, in a row; it stays on the input until its last time.
`default_nettype none

module upsample_repeat #(
    // Bits of a beat.
    parameter int WIDTH = 8,
    // Times that a beat is given.
    parameter int TIMES = 2
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
    wire enable, last;
    assign s_axis_tready = enable && last;

    finn_steps #(.COUNT(TIMES)) u_time (.aclk, .aresetn, .step(enable && s_axis_tvalid), .last);

    finn_skid #(.WIDTH(WIDTH)) u_output (
        .aclk, .aresetn,
        .s_axis_tdata, .s_axis_tvalid, .s_axis_tready(enable),
        .m_axis_tdata, .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
