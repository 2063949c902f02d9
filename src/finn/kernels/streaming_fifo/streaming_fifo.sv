// First-in first-out buffer of beats; data, valid and ready are registered, one beat a cycle.
`default_nettype none

module streaming_fifo #(
    // Bits of a beat.
    parameter int WIDTH = 8,
    // Beats that it holds at least.
    parameter int DEPTH = 2,
    // Storage of more than two beats: "distributed" or "block".
    parameter     RAM_STYLE = "distributed",
    // 1: maxcount is the largest number of beats held since reset.
    parameter int COUNT_OCCUPANCY = 0
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire  [WIDTH-1:0] s_axis_tdata,
    input  wire              s_axis_tvalid,
    output wire              s_axis_tready,
    output wire  [WIDTH-1:0] m_axis_tdata,
    output wire              m_axis_tvalid,
    input  wire              m_axis_tready,
    output wire  [31:0]      maxcount
);
    generate
        if (DEPTH <= 2) begin : gen_registers
            finn_skid #(.WIDTH(WIDTH)) skid (
                .aclk(aclk), .aresetn(aresetn),
                .s_axis_tdata(s_axis_tdata), .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready),
                .m_axis_tdata(m_axis_tdata), .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready)
            );
        end else begin : gen_ring
            fifo_ring #(.WIDTH(WIDTH), .DEPTH(DEPTH), .RAM_STYLE(RAM_STYLE)) ring (
                .aclk(aclk), .aresetn(aresetn),
                .s_axis_tdata(s_axis_tdata), .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready),
                .m_axis_tdata(m_axis_tdata), .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready)
            );
        end

        if (COUNT_OCCUPANCY != 0) begin : gen_count
            logic [31:0] count;
            logic [31:0] most;
            wire push = s_axis_tvalid && s_axis_tready;
            wire pop  = m_axis_tvalid && m_axis_tready;
            always_ff @(posedge aclk) begin
                if (!aresetn) begin
                    count <= '0;
                    most  <= '0;
                end else begin
                    if (push != pop) count <= push ? count + 32'd1 : count - 32'd1;
                    if (count > most) most <= count;
                end
            end
            assign maxcount = most;
        end else begin : gen_no_count
            assign maxcount = '0;
        end
    endgenerate
endmodule

`default_nettype wire
