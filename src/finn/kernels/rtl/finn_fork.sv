// Register slice of two entries, as finn_skid, before several outputs: a beat leaves when each output that
// it is for has taken it, in whatever order.
`default_nettype none

module finn_fork #(
    // Bits of a beat.
    parameter int WIDTH = 8,
    parameter int OUTPUTS = 2
) (
    input  wire                aclk,
    input  wire                aresetn,
    input  wire  [WIDTH-1:0]   s_axis_tdata,
    input  wire                s_axis_tvalid,
    output logic               s_axis_tready,
    // The outputs that the beat is for that moves to them next, and 1 where it does.
    input  wire  [OUTPUTS-1:0] to,
    output wire                moves,
    // Of all outputs.
    output logic [WIDTH-1:0]   m_axis_tdata,
    output logic [OUTPUTS-1:0] m_axis_tvalid,
    input  wire  [OUTPUTS-1:0] m_axis_tready
);
    logic [WIDTH-1:0]   spare;
    logic               spare_valid;
    wire  [OUTPUTS-1:0] left = m_axis_tvalid & ~m_axis_tready;
    wire                advance = left == '0;
    wire                there = spare_valid || (s_axis_tvalid && s_axis_tready);

    assign moves = advance && there;

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            m_axis_tvalid <= '0;
            spare_valid   <= 1'b0;
            s_axis_tready <= 1'b0;
        end else begin
            m_axis_tvalid <= moves ? to : left;
            spare_valid   <= there && !advance;
            s_axis_tready <= !there || advance;
        end
    end

    always_ff @(posedge aclk) begin
        if (advance) m_axis_tdata <= spare_valid ? spare : s_axis_tdata;
        if (s_axis_tready) spare <= s_axis_tdata;
    end
endmodule

`default_nettype wire
