// A vector of each input after the other makes one vector; elements take the width of the widest type.
`default_nettype none

module streaming_concat #(
    parameter int INPUTS = 2,
    // Elements of a beat.
    parameter int SIMD = 1,
    // Beats of a vector of each input, 32 bits for each number.
    parameter logic [INPUTS*32-1:0] BEATS = {32'd1, 32'd1},
    // Bits of an element of each input, 32 bits for each number, and of all of them together.
    parameter logic [INPUTS*32-1:0] IBITS = {32'd8, 32'd8},
    parameter int IBITS_SUM = 16,
    // 1: elements of the input are two's complement; are bipolar and become two's complement.
    parameter logic [INPUTS-1:0] SIGNED = '0,
    parameter logic [INPUTS-1:0] BIPOLAR = '0,
    // Bits of an element that goes.
    parameter int OBITS = 8
) (
    input  wire                      aclk,
    input  wire                      aresetn,
    input  wire [SIMD*IBITS_SUM-1:0] s_axis_tdata,
    input  wire [INPUTS-1:0]         s_axis_tvalid,
    output wire [INPUTS-1:0]         s_axis_tready,
    output wire [SIMD*OBITS-1:0]     m_axis_tdata,
    output wire                      m_axis_tvalid,
    input  wire                      m_axis_tready
);
    localparam int WIDTH = SIMD * OBITS;

    function automatic int start(input int stream);
        start = 0;
        for (int i = 0; i < stream; i++) start += int'(IBITS[32*i +: 32]);
    endfunction

    wire [$clog2(INPUTS)-1:0] at;
    wire                      enable;
    wire [INPUTS-1:0]         turn;
    wire                      valid = |(s_axis_tvalid & turn);
    wire [INPUTS*WIDTH-1:0]   beats;

    assign s_axis_tready = {INPUTS{enable}} & turn;

    finn_turns #(.STREAMS(INPUTS), .STEPS(BEATS)) u_turns (.aclk, .aresetn, .step(enable && valid), .at, .turn);

    generate
        for (genvar i = 0; i < INPUTS; i++) begin : gen_input
            localparam int BITS = int'(IBITS[32*i +: 32]);
            for (genvar lane = 0; lane < SIMD; lane++) begin : gen_lane
                finn_element #(.IBITS(BITS), .OBITS(OBITS), .SIGNED(SIGNED[i]), .BIPOLAR(BIPOLAR[i])) u_element (
                    .code(s_axis_tdata[SIMD*start(i) + BITS*lane +: BITS]),
                    .element(beats[WIDTH*i + OBITS*lane +: OBITS])
                );
            end
        end
    endgenerate

    finn_skid #(.WIDTH(WIDTH)) u_output (
        .aclk, .aresetn,
        .s_axis_tdata(beats[at*WIDTH +: WIDTH]), .s_axis_tvalid(valid), .s_axis_tready(enable),
        .m_axis_tdata, .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
