// Depthwise convolution: each channel of a window with weights of its own, then, optionally, thresholds.
// A beat brings PE channels of SIMD taps, channels innermost; groups of channels take turns within a tap.
// Arithmetic is unsigned as in mvau: constants that this leaves are taken up by thresholds or start values.
`default_nettype none

module vvau #(
    // Channels worked on at a time, groups of them.
    parameter int PE = 1,
    parameter int FOLDS = 1,
    // Taps worked on at a time, 1 unless there is but one group; sets of them that make up a window.
    parameter int SIMD = 1,
    parameter int SETS = 9,
    // Bits of an activation; 1: it is two's complement.
    parameter int IBITS = 1,
    parameter bit ISIGNED = 0,
    // Bits of a weight; 0 unsigned, 1 two's complement, 2 bipolar (-1/+1 as 0/1).
    parameter int WBITS = 1,
    parameter int WKIND = 0,
    // Bits of an activation and of a weight that one LUT level multiplies.
    parameter int XCHUNK = 1,
    parameter int WCHUNK = 1,
    // Bits of the sum of SIMD products, at most ABITS; of an accumulator; of an output element.
    parameter int SBITS = 1,
    parameter int ABITS = 1,
    parameter int OBITS = 1,
    // 1: weights are kept in block RAM. Memory of SETS * FOLDS words, tap by tap.
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
    parameter int CYCLES = 1,
    parameter bit DOUBLE = 0,
    parameter int STARTS = 1,
    parameter     START = ""
) (
    input  wire                     aclk,
    input  wire                     aresetn,
    input  wire [SIMD*PE*IBITS-1:0] s_axis_tdata,
    input  wire                     s_axis_tvalid,
    output wire                     s_axis_tready,
    output wire [     PE*OBITS-1:0] m_axis_tdata,
    output wire                     m_axis_tvalid,
    input  wire                     m_axis_tready
);
    localparam int POSITIONS = SETS * FOLDS;
    localparam int PBITS = POSITIONS > 1 ? $clog2(POSITIONS) : 1;
    localparam int FBITS = FOLDS > 1 ? $clog2(FOLDS) : 1;
    localparam int FETCH = POSITIONS == 1 ? 0 : WEIGHT_BLOCK ? 2 : 1;

    wire take = s_axis_tready && s_axis_tvalid;
    wire ends_set, ends_window;
    finn_steps #(.COUNT(FOLDS)) u_fold (.aclk, .aresetn, .step(take), .last(ends_set));
    finn_steps #(.COUNT(SETS)) u_set (.aclk, .aresetn, .step(take && ends_set), .last(ends_window));

    // The beat in a register, with its place.
    logic [SIMD*PE*IBITS-1:0] x;
    logic [PBITS-1:0]         next_position, position;
    logic [FBITS-1:0]         next_fold, fold;
    logic                     starts_window, valid, first, last;

    always_ff @(posedge aclk) begin
        x        <= s_axis_tdata;
        position <= next_position;
        fold     <= next_fold;
        first    <= starts_window;
        last     <= ends_window;
        if (!aresetn) begin
            valid         <= 1'b0;
            starts_window <= 1'b1;
            next_position <= '0;
            next_fold     <= '0;
        end else begin
            valid <= take;
            if (take) begin
                next_fold     <= ends_set ? '0 : next_fold + 1'b1;
                next_position <= (ends_set && ends_window) ? '0 : next_position + 1'b1;
                if (ends_set) starts_window <= ends_window;
            end
        end
    end

    wire [SIMD*PE*WBITS-1:0] w;
    const_rom #(.DEPTH(POSITIONS), .WIDTH(SIMD * PE * WBITS), .BLOCK(WEIGHT_BLOCK), .FILE(WEIGHTS)) u_weights (
        .aclk, .enable(1'b1), .address(position), .data(w)
    );

    wire [SIMD*PE*IBITS-1:0] x_w;
    wire [2:0]               flags_w;
    wire [FBITS-1:0]         fold_w;
    // Reset where a product may be the activation, so that no slow shift register LUT is made of these.
    pipeline_delay #(.WIDTH(SIMD * PE * IBITS + FBITS), .CYCLES(FETCH), .RESET(SIMD > 1)) u_x (
        .aclk, .aresetn, .enable(1'b1), .d({x, fold}), .q({x_w, fold_w})
    );
    pipeline_delay #(.WIDTH(3), .CYCLES(FETCH), .RESET(1)) u_flags (
        .aclk, .aresetn, .enable(1'b1), .d({valid, first, last}), .q(flags_w)
    );

    wire [PE*SBITS-1:0]     sums;
    wire [PE*(3+FBITS)-1:0] flags_p;
    generate
        for (genvar i = 0; i < PE; i++) begin : gen_channel
            wire [SIMD*IBITS-1:0] x_i;
            wire [SIMD*WBITS-1:0] w_i;
            for (genvar s = 0; s < SIMD; s++) begin : gen_tap
                assign x_i[s*IBITS +: IBITS] = x_w[(s*PE+i)*IBITS +: IBITS];
                assign w_i[s*WBITS +: WBITS] = w[(s*PE+i)*WBITS +: WBITS];
            end
            mvau_dot #(
                .SIMD(SIMD), .IBITS(IBITS), .ISIGNED(ISIGNED), .WBITS(WBITS), .WKIND(WKIND),
                .XCHUNK(XCHUNK), .WCHUNK(WCHUNK), .SBITS(SBITS), .FBITS(3 + FBITS), .FIXED(1)
            ) u_dot (
                .aclk, .aresetn, .x(x_i), .w(w_i), .flags({fold_w, flags_w}),
                .sum(sums[i*SBITS +: SBITS]), .flags_q(flags_p[i*(3+FBITS) +: 3 + FBITS])
            );
        end
    endgenerate
    // All channels are equally late; the first one's flags stand for all.
    wire             last_p = flags_p[0];
    wire             first_p = flags_p[1];
    wire             valid_p = flags_p[2];
    wire [FBITS-1:0] fold_p = flags_p[3 +: FBITS];
    wire             unused = &{1'b0, flags_p, fold_p};

    // Thresholds have taken up what totals would start at.
    localparam int FROM = STEPS == 0 ? STARTS : 0;
    wire                found, done;
    wire [PE*ABITS-1:0] totals;
    wire [PE*OBITS-1:0] results;
    generate
        if (FOLDS == 1) begin : gen_one_group
            mvau_accumulate #(
                .PE(PE), .SF(SETS), .SBITS(SBITS), .ABITS(ABITS), .DOUBLE(DOUBLE), .STARTS(FROM), .START(START)
            ) u_accumulate (
                .aclk, .aresetn, .valid(valid_p), .first(first_p), .last(last_p),
                .sums, .valid_q(found), .totals
            );
        end else begin : gen_groups
            vvau_accumulate #(
                .PE(PE), .FOLDS(FOLDS), .SBITS(SBITS), .ABITS(ABITS), .DOUBLE(DOUBLE), .STARTS(FROM),
                .START(START)
            ) u_accumulate (
                .aclk, .aresetn, .valid(valid_p), .first(first_p), .last(last_p), .fold(fold_p),
                .products(sums), .valid_q(found), .totals
            );
        end
        if (STEPS == 0) begin : gen_exact
            assign done = found;
            assign results = totals;
        end else begin : gen_thresholds
            threshold_core #(
                .LANES(PE), .STEPS(STEPS), .XBITS(ABITS), .TBITS(TBITS), .FOLDS(TFOLDS), .SHARED(TSHARED),
                .BLOCK_DEPTH(TBLOCK_DEPTH), .NEVER(TNEVER), .FLIP(FLIP), .OFFSET(OFFSET), .OBITS(OBITS),
                .FILE(THRESHOLDS)
            ) u_threshold (
                .aclk, .aresetn, .valid(found), .x(totals), .valid_q(done), .y(results)
            );
        end
    endgenerate

    // The groups of a window end in turn, so that results may come in every cycle.
    finn_room #(.WIDTH(PE * OBITS), .CYCLES(CYCLES), .INTERVAL(FOLDS == 1 ? SETS : 1)) u_room (
        .aclk, .aresetn,
        .may_start(s_axis_tready), .s_data(results), .s_valid(done),
        .m_axis_tdata, .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
