// The weighted sum of several streams, element by element: a beat of each is taken when all are there.
`default_nettype none

module add_streams #(
    parameter int INPUTS = 2,
    // Elements of a beat.
    parameter int PE = 1,
    // Bits of an element of each input, 32 bits for each number, and of all of them together.
    parameter logic [INPUTS*32-1:0] IBITS = {32'd8, 32'd8},
    parameter int IBITS_SUM = 16,
    // 1: elements of the input are two's complement; are bipolar.
    parameter logic [INPUTS-1:0] SIGNED = '0,
    parameter logic [INPUTS-1:0] BIPOLAR = '0,
    // Shifted inputs that are added or subtracted: input and places of each, 1 where it is subtracted.
    parameter int TERMS = 2,
    parameter logic [TERMS*32-1:0] SOURCES = {32'd1, 32'd0},
    parameter logic [TERMS*32-1:0] SHIFTS = '0,
    parameter logic [TERMS-1:0] MINUS = '0,
    // Bits of a sum.
    parameter int OBITS = 9
) (
    input  wire                    aclk,
    input  wire                    aresetn,
    input  wire [PE*IBITS_SUM-1:0] s_axis_tdata,
    input  wire [INPUTS-1:0]       s_axis_tvalid,
    output wire [INPUTS-1:0]       s_axis_tready,
    output wire [PE*OBITS-1:0]     m_axis_tdata,
    output wire                    m_axis_tvalid,
    input  wire                    m_axis_tready
);
    // Carry chains of more than 20 places are too slow: longer sums are made in two parts.
    localparam int LOW = OBITS > 20 ? 16 : OBITS;
    // Levels of adders, the negation where nothing is added, and the second part.
    localparam int CYCLES = $clog2(TERMS) + (&MINUS ? 1 : 0) + (OBITS > LOW ? 1 : 0);

    wire                may_start;
    wire                take = may_start && &s_axis_tvalid;
    logic [CYCLES-1:0]  valid;
    wire [PE*OBITS-1:0] sums;

    assign s_axis_tready = {INPUTS{take}};

    always_ff @(posedge aclk)
        if (!aresetn) valid <= '0;
        else valid <= CYCLES'({valid, take});

    function automatic int start(input int stream);
        start = 0;
        for (int i = 0; i < stream; i++) start += int'(IBITS[32*i +: 32]);
    endfunction

    generate
        for (genvar lane = 0; lane < PE; lane++) begin : gen_lane
            wire [IBITS_SUM-1:0] elements;
            for (genvar i = 0; i < INPUTS; i++) begin : gen_input
                localparam int BITS = int'(IBITS[32*i +: 32]);
                assign elements[start(i) +: BITS] = s_axis_tdata[PE*start(i) + BITS*lane +: BITS];
            end
            add_lane #(
                .INPUTS(INPUTS), .IBITS(IBITS), .IBITS_SUM(IBITS_SUM), .SIGNED(SIGNED), .BIPOLAR(BIPOLAR),
                .TERMS(TERMS), .SOURCES(SOURCES), .SHIFTS(SHIFTS), .MINUS(MINUS), .OBITS(OBITS),
                .LOW(LOW)
            ) u_lane (.aclk, .aresetn, .elements, .sum(sums[OBITS*lane +: OBITS]));
        end
    endgenerate

    finn_room #(.WIDTH(PE * OBITS), .CYCLES(CYCLES)) u_room (
        .aclk, .aresetn,
        .may_start(may_start), .s_data(sums), .s_valid(valid[CYCLES-1]),
        .m_axis_tdata, .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
