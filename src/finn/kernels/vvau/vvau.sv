// Depthwise convolution: each channel of a window with weights of its own, then, optionally, thresholds.
// A beat brings PE channels of one tap; groups of channels take turns within a tap. Arithmetic is
// unsigned as in mvau: constants that this leaves are taken up by thresholds or start values.
`default_nettype none

module vvau #(
    // Channels worked on at a time, groups of them, taps of a window.
    parameter int PE = 1,
    parameter int FOLDS = 1,
    parameter int TAPS = 9,
    // Bits of an activation; 1: it is two's complement.
    parameter int IBITS = 1,
    parameter bit ISIGNED = 0,
    // Bits of a weight; 0 unsigned, 1 two's complement, 2 bipolar (-1/+1 as 0/1).
    parameter int WBITS = 1,
    parameter int WKIND = 0,
    // Bits of an activation and of a weight that one LUT level multiplies.
    parameter int XCHUNK = 1,
    parameter int WCHUNK = 1,
    // Bits of a product, at most ABITS; of an accumulator; of an output element.
    parameter int SBITS = 1,
    parameter int ABITS = 1,
    parameter int OBITS = 1,
    // 1: weights are kept in block RAM. Memory of TAPS * FOLDS words, tap by tap.
    parameter bit WEIGHT_BLOCK = 0,
    parameter     WEIGHTS = "",
    // As in mvau.
    parameter int STEPS = 0,
    parameter int TBITS = 1,
    parameter int TFOLDS = 1,
    parameter bit TSHARED = 0,
    parameter int TBLOCK_DEPTH = 0,
    parameter bit TNEVER = 0,
    parameter bit FLIP = 0,
    parameter int OFFSET = 0,
    parameter     THRESHOLDS = "",
    parameter bit DOUBLE = 0,
    parameter int STARTS = 1,
    parameter     START = ""
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
    localparam int POSITIONS = TAPS * FOLDS;
    localparam int PBITS = POSITIONS > 1 ? $clog2(POSITIONS) : 1;
    localparam int FBITS = FOLDS > 1 ? $clog2(FOLDS) : 1;
    localparam int FETCH = POSITIONS == 1 ? 0 : WEIGHT_BLOCK ? 2 : 1;

    wire enable;
    wire take = enable && s_axis_tvalid;
    wire ends_tap, ends_window;
    assign s_axis_tready = enable;

    finn_steps #(.COUNT(FOLDS)) u_fold (.aclk, .aresetn, .step(take), .last(ends_tap));
    finn_steps #(.COUNT(TAPS)) u_tap (.aclk, .aresetn, .step(take && ends_tap), .last(ends_window));

    // The beat in a register, with its place.
    logic [PE*IBITS-1:0] x;
    logic [PBITS-1:0]    next_position, position;
    logic [FBITS-1:0]    next_fold, fold;
    logic                starts_window, valid, first, last;

    always_ff @(posedge aclk) begin
        if (enable) begin
            x        <= s_axis_tdata;
            position <= next_position;
            fold     <= next_fold;
            first    <= starts_window;
            last     <= ends_window;
        end
        if (!aresetn) begin
            valid         <= 1'b0;
            starts_window <= 1'b1;
            next_position <= '0;
            next_fold     <= '0;
        end else if (enable) begin
            valid <= s_axis_tvalid;
            if (s_axis_tvalid) begin
                next_fold     <= ends_tap ? '0 : next_fold + 1'b1;
                next_position <= (ends_tap && ends_window) ? '0 : next_position + 1'b1;
                if (ends_tap) starts_window <= ends_window;
            end
        end
    end

    wire [PE*WBITS-1:0] w;
    const_rom #(.DEPTH(POSITIONS), .WIDTH(PE * WBITS), .BLOCK(WEIGHT_BLOCK), .FILE(WEIGHTS)) u_weights (
        .aclk, .enable, .address(position), .data(w)
    );

    wire [PE*IBITS-1:0] x_w;
    wire [2:0]          flags_w;
    wire [FBITS-1:0]    fold_w;
    pipeline_delay #(.WIDTH(PE * IBITS + FBITS), .CYCLES(FETCH)) u_x (
        .aclk, .aresetn, .enable, .d({x, fold}), .q({x_w, fold_w})
    );
    pipeline_delay #(.WIDTH(3), .CYCLES(FETCH), .RESET(1)) u_flags (
        .aclk, .aresetn, .enable, .d({valid, first, last}), .q(flags_w)
    );

    wire [PE*SBITS-1:0]     products;
    wire [PE*(3+FBITS)-1:0] flags_p;
    generate
        for (genvar i = 0; i < PE; i++) begin : gen_product
            mvau_dot #(
                .SIMD(1), .IBITS(IBITS), .ISIGNED(ISIGNED), .WBITS(WBITS), .WKIND(WKIND),
                .XCHUNK(XCHUNK), .WCHUNK(WCHUNK), .SBITS(SBITS), .FBITS(3 + FBITS)
            ) u_dot (
                .aclk, .aresetn, .enable,
                .x(x_w[i*IBITS +: IBITS]), .w(w[i*WBITS +: WBITS]), .flags({fold_w, flags_w}),
                .sum(products[i*SBITS +: SBITS]), .flags_q(flags_p[i*(3+FBITS) +: 3 + FBITS])
            );
        end
    endgenerate
    // All channels are equally late; the first one's flags stand for all.
    wire             last_p = flags_p[0];
    wire             first_p = flags_p[1];
    wire             valid_p = flags_p[2];
    wire [FBITS-1:0] fold_p = flags_p[3 +: FBITS];
    wire             unused = &{1'b0, flags_p};

    wire                done;
    wire [PE*OBITS-1:0] results;
    generate
        if (STEPS == 0) begin : gen_exact
            vvau_accumulate #(
                .PE(PE), .FOLDS(FOLDS), .SBITS(SBITS), .ABITS(OBITS), .DOUBLE(DOUBLE), .STARTS(STARTS),
                .START(START)
            ) u_accumulate (
                .aclk, .aresetn, .enable, .valid(valid_p), .first(first_p), .last(last_p), .fold(fold_p),
                .products, .valid_q(done), .totals(results)
            );
        end else begin : gen_thresholds
            wire                found;
            wire [PE*ABITS-1:0] totals;
            vvau_accumulate #(.PE(PE), .FOLDS(FOLDS), .SBITS(SBITS), .ABITS(ABITS)) u_accumulate (
                .aclk, .aresetn, .enable, .valid(valid_p), .first(first_p), .last(last_p), .fold(fold_p),
                .products, .valid_q(found), .totals
            );
            threshold_core #(
                .LANES(PE), .STEPS(STEPS), .XBITS(ABITS), .TBITS(TBITS), .FOLDS(TFOLDS), .SHARED(TSHARED),
                .BLOCK_DEPTH(TBLOCK_DEPTH), .NEVER(TNEVER), .FLIP(FLIP), .OFFSET(OFFSET), .OBITS(OBITS),
                .FILE(THRESHOLDS)
            ) u_threshold (
                .aclk, .aresetn, .enable, .valid(found), .x(totals), .valid_q(done), .y(results)
            );
        end
    endgenerate

    finn_skid #(.WIDTH(PE * OBITS)) u_output (
        .aclk, .aresetn,
        .s_axis_tdata(results), .s_axis_tvalid(done), .s_axis_tready(enable),
        .m_axis_tdata, .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
