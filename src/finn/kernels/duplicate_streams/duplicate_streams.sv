// Every beat goes to every output, each of which may take it at another time.
`default_nettype none

module duplicate_streams #(
    // Bits of a beat.
    parameter int WIDTH = 8,
    parameter int OUTPUTS = 2
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
    wire [WIDTH-1:0] beat;
    wire             moves;
    wire             unused = &{1'b0, moves};

    assign m_axis_tdata = {OUTPUTS{beat}};

    finn_fork #(.WIDTH(WIDTH), .OUTPUTS(OUTPUTS)) u_fork (
        .aclk, .aresetn, .s_axis_tdata, .s_axis_tvalid, .s_axis_tready, .to('1), .moves,
        .m_axis_tdata(beat), .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
