// What a netlist must keep of a chip: a register that nothing sets starts anyhow, one with a value
// starts with it; a multiplier's registers are inside the DSP.
`default_nettype none

module never_set (
    input  wire       aclk,
    input  wire       aresetn,
    input  wire [7:0] s_axis_0_tdata,
    input  wire       s_axis_0_tvalid,
    output wire       s_axis_0_tready,
    output wire [7:0] m_axis_0_tdata,
    output wire       m_axis_0_tvalid,
    input  wire       m_axis_0_tready
);
    reg [3:0] unset;
    reg [3:0] set = 4'b1010;
    wire      moves = s_axis_0_tvalid && s_axis_0_tready;

    // Neither is constant, and a beat of zeros leaves both alone.
    always @(posedge aclk) if (moves) {unset, set} <= {unset, set} ^ s_axis_0_tdata;
    assign m_axis_0_tdata = {unset, set};
    assign m_axis_0_tvalid = s_axis_0_tvalid && aresetn;
    assign s_axis_0_tready = m_axis_0_tready && aresetn;
endmodule

module multiplier (
    input  wire        aclk,
    input  wire        aresetn,
    input  wire [39:0] s_axis_0_tdata,
    input  wire        s_axis_0_tvalid,
    output wire        s_axis_0_tready,
    output wire [39:0] m_axis_0_tdata,
    output wire        m_axis_0_tvalid,
    input  wire        m_axis_0_tready
);
    reg signed [23:0] a;
    reg signed [15:0] b;
    reg signed [39:0] product, result;
    reg        [2:0]  valid;

    assign s_axis_0_tready = m_axis_0_tready || !valid[2];
    always @(posedge aclk) if (!aresetn) valid <= 0;
        else if (s_axis_0_tready) valid <= {valid[1:0], s_axis_0_tvalid};
    always @(posedge aclk) if (s_axis_0_tready) begin
        {a, b} <= s_axis_0_tdata;
        product <= a * b;
        result <= product;
    end
    assign m_axis_0_tdata = result;
    assign m_axis_0_tvalid = valid[2];
endmodule

`default_nettype wire
