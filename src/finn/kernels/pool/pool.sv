// Largest element, or sum, of each channel over the taps of a window; one input beat a cycle.
`default_nettype none

module pool #(
    // Channels worked on at a time.
    parameter int PE = 1,
    // Bits of an element that comes, and of one that goes.
    parameter int IBITS = 8,
    parameter int OBITS = 8,
    // 1: elements are two's complement.
    parameter bit SIGNED = 0,
    // 1: the sum, 0: the largest.
    parameter bit SUM = 0,
    // Beats of a pixel, pixels of a window.
    parameter int FOLDS = 1,
    parameter int TAPS = 4
) (
    input  wire                aclk,
    input  wire                aresetn,
    input  wire [PE*IBITS-1:0] s_axis_tdata,
    input  wire                s_axis_tvalid,
    output wire                s_axis_tready,
    output wire [PE*OBITS-1:0] m_axis_tdata,
    output wire                m_axis_tvalid,
    input  wire                m_axis_tready
);
    localparam int ABITS = FOLDS > 1 ? $clog2(FOLDS) : 1;

    wire  enable;
    wire  take = enable && s_axis_tvalid;
    wire  ends_pixel, ends_window;
    logic first;

    assign s_axis_tready = enable;

    finn_steps #(.COUNT(FOLDS)) u_fold (.aclk, .aresetn, .step(take), .last(ends_pixel));
    finn_steps #(.COUNT(TAPS)) u_tap (.aclk, .aresetn, .step(take && ends_pixel), .last(ends_window));

    always_ff @(posedge aclk)
        if (!aresetn) first <= 1'b1;
        else if (take && ends_pixel) first <= ends_window;

    // The beat and what the window has so far, then both together.
    logic [PE*IBITS-1:0] beat;
    logic                beat_valid, beat_first, beat_last, result_valid;
    wire  [PE*OBITS-1:0] held;
    wire  [PE*OBITS-1:0] combined;
    logic [PE*OBITS-1:0] result;

    always_ff @(posedge aclk) begin
        if (enable) begin
            beat       <= s_axis_tdata;
            beat_first <= first;
            beat_last  <= ends_window;
            if (beat_valid) result <= combined;
        end
        if (!aresetn) begin
            beat_valid   <= 1'b0;
            result_valid <= 1'b0;
        end else if (enable) begin
            beat_valid   <= s_axis_tvalid;
            result_valid <= beat_valid && beat_last;
        end
    end

    generate
        if (FOLDS == 1) begin : gen_register
            assign held = result;
        end else begin : gen_memory
            (* ram_style = "distributed" *) logic [PE*OBITS-1:0] words[0:FOLDS-1];
            logic [PE*OBITS-1:0] fetched;
            logic [ABITS-1:0] fold, fold_held;
            always_ff @(posedge aclk) begin
                if (!aresetn) fold <= '0;
                else if (take) fold <= ends_pixel ? '0 : fold + 1'b1;
                if (enable) fold_held <= fold;
                if (enable) fetched <= words[fold];
                if (enable && beat_valid) words[fold_held] <= combined;
            end
            assign held = fetched;
        end

        for (genvar i = 0; i < PE; i++) begin : gen_lane
            wire [IBITS-1:0] code = beat[i*IBITS +: IBITS];
            wire [OBITS-1:0] element;
            wire [OBITS-1:0] so_far = held[i*OBITS +: OBITS];
            if (OBITS == IBITS) begin : gen_same
                assign element = code;
            end else begin : gen_wider
                assign element = {{(OBITS - IBITS){SIGNED && code[IBITS-1]}}, code};
            end
            if (SUM) begin : gen_sum
                assign combined[i*OBITS +: OBITS] = element + (beat_first ? '0 : so_far);
            end else begin : gen_largest
                wire [OBITS-1:0] bias = SIGNED ? OBITS'(1) << (OBITS - 1) : '0;
                wire greater = (element ^ bias) > (so_far ^ bias);
                assign combined[i*OBITS +: OBITS] = (beat_first || greater) ? element : so_far;
            end
        end
    endgenerate

    finn_skid #(.WIDTH(PE * OBITS)) u_output (
        .aclk, .aresetn,
        .s_axis_tdata(result), .s_axis_tvalid(result_valid), .s_axis_tready(enable),
        .m_axis_tdata, .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
