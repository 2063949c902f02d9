// Register slice: two entries, so that data, valid and ready are all registered at one beat a cycle.
`default_nettype none

module finn_skid #(
    // Bits of a beat.
    parameter int WIDTH = 8
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire  [WIDTH-1:0] s_axis_tdata,
    input  wire              s_axis_tvalid,
    output logic             s_axis_tready,
    output logic [WIDTH-1:0] m_axis_tdata,
    output logic             m_axis_tvalid,
    input  wire              m_axis_tready
);
    logic [WIDTH-1:0] spare;
    logic             spare_valid;
    logic             advance;

    assign advance = !m_axis_tvalid || m_axis_tready;

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            m_axis_tvalid <= 1'b0;
            spare_valid   <= 1'b0;
            s_axis_tready <= 1'b0;
        end else begin
            if (advance) m_axis_tvalid <= spare_valid || (s_axis_tvalid && s_axis_tready);
            // The spare entry fills only when a beat arrives that cannot move on, and empties first.
            spare_valid   <= !advance && (spare_valid || (s_axis_tvalid && s_axis_tready));
            s_axis_tready <= advance || !(spare_valid || (s_axis_tvalid && s_axis_tready));
        end
    end

    always_ff @(posedge aclk) begin
        if (advance) m_axis_tdata <= spare_valid ? spare : s_axis_tdata;
        if (s_axis_tready) spare <= s_axis_tdata;
    end
endmodule

`default_nettype wire
