// GIVEN beats become one: a shift register whose full word leaves while the next beat enters.
`default_nettype none

module width_join #(
    // Bits of an input beat.
    parameter int ATOM = 8,
    // Input beats in an output beat, at least 2.
    parameter int GIVEN = 4
) (
    input  wire                   aclk,
    input  wire                   aresetn,
    input  wire  [ATOM-1:0]       s_axis_tdata,
    input  wire                   s_axis_tvalid,
    output wire                   s_axis_tready,
    output logic [GIVEN*ATOM-1:0] m_axis_tdata,
    output logic                  m_axis_tvalid,
    input  wire                   m_axis_tready
);
    localparam int BITS = $clog2(GIVEN);

    logic [BITS-1:0] held;
    wire             accept = s_axis_tvalid && s_axis_tready;

    assign s_axis_tready = !m_axis_tvalid || m_axis_tready;

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            held          <= '0;
            m_axis_tvalid <= 1'b0;
        end else begin
            if (accept) held <= (held == BITS'(GIVEN - 1)) ? '0 : held + 1'b1;
            if (s_axis_tready) m_axis_tvalid <= accept && held == BITS'(GIVEN - 1);
        end
    end

    always_ff @(posedge aclk) if (accept) m_axis_tdata <= {s_axis_tdata, m_axis_tdata[GIVEN*ATOM-1:ATOM]};
endmodule

`default_nettype wire
