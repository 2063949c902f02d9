// The same atoms in beats of another width, at the full rate of the side with more beats.
`default_nettype none

module streaming_data_width_converter #(
    // Bits of the largest part that is never divided.
    parameter int ATOM = 8,
    // Atoms in an input beat.
    parameter int TAKEN = 1,
    // Atoms in an output beat; coprime to TAKEN.
    parameter int GIVEN = 1
) (
    input  wire                  aclk,
    input  wire                  aresetn,
    input  wire [TAKEN*ATOM-1:0] s_axis_tdata,
    input  wire                  s_axis_tvalid,
    output wire                  s_axis_tready,
    output wire [GIVEN*ATOM-1:0] m_axis_tdata,
    output wire                  m_axis_tvalid,
    input  wire                  m_axis_tready
);
    generate
        if (TAKEN == GIVEN) begin : gen_wires
            wire unused = &{1'b0, aclk, aresetn};
            assign m_axis_tdata  = s_axis_tdata;
            assign m_axis_tvalid = s_axis_tvalid;
            assign s_axis_tready = m_axis_tready;
        end else if (TAKEN == 1) begin : gen_join
            width_join #(.ATOM(ATOM), .GIVEN(GIVEN)) join_beats (
                .aclk(aclk), .aresetn(aresetn),
                .s_axis_tdata(s_axis_tdata), .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready),
                .m_axis_tdata(m_axis_tdata), .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready)
            );
        end else if (TAKEN < GIVEN) begin : gen_up
            width_gear_up #(.ATOM(ATOM), .TAKEN(TAKEN), .GIVEN(GIVEN)) gear (
                .aclk(aclk), .aresetn(aresetn),
                .s_axis_tdata(s_axis_tdata), .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready),
                .m_axis_tdata(m_axis_tdata), .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready)
            );
        end else begin : gen_down
            width_gear_down #(.ATOM(ATOM), .TAKEN(TAKEN), .GIVEN(GIVEN)) gear (
                .aclk(aclk), .aresetn(aresetn),
                .s_axis_tdata(s_axis_tdata), .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready),
                .m_axis_tdata(m_axis_tdata), .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready)
            );
        end
    endgenerate
endmodule

`default_nettype wire
