// Each element with a constant of its channel: sum, product, or comparison, all made of adders. A
// comparison is the sign of a difference; channelwise_terms says what a product adds.
`default_nettype none

module channelwise_op #(
    // 0: x + p, 1: x * p, 2: x <= p, 3: x >= p.
    parameter int FUNCTION = 0,
    // Elements of a beat, beats of a vector with different constants.
    parameter int PE = 1,
    parameter int FOLDS = 1,
    // Bits of an element, 1: two's complement, 1: bipolar.
    parameter int XBITS = 8,
    parameter bit XSIGNED = 0,
    parameter bit XBIPOLAR = 0,
    // Bits of a constant, at least 2, 1: two's complement.
    parameter int PBITS = 8,
    parameter bit PSIGNED = 0,
    // Bits of a result.
    parameter int OBITS = 9,
    // As in const_rom.
    parameter bit BLOCK = 0,
    parameter bit SPLIT = 0,
    parameter     PARAMETERS = ""
) (
    input  wire                aclk,
    input  wire                aresetn,
    input  wire [PE*XBITS-1:0] s_axis_tdata,
    input  wire                s_axis_tvalid,
    output wire                s_axis_tready,
    output wire [PE*OBITS-1:0] m_axis_tdata,
    output wire                m_axis_tvalid,
    input  wire                m_axis_tready
);
    localparam int FBITS = FOLDS > 1 ? $clog2(FOLDS) : 1;
    localparam int FETCH = FOLDS == 1 ? 0 : (BLOCK || SPLIT) ? 2 : 1;
    localparam bit PRODUCT = FUNCTION == 1;
    localparam bit COMPARES = FUNCTION > 1;

    // An element as a number; what add_lane adds, and its sum.
    localparam int EBITS = XBIPOLAR ? 2 : XBITS;
    localparam bit ESIGNED = XBIPOLAR || XSIGNED;
    localparam int TBITS = EBITS + 2;
    localparam int PAIRS = (PBITS - int'(PSIGNED) + 1) / 2;
    localparam int TERMS = PRODUCT ? PAIRS + int'(PSIGNED) : 2;
    localparam int WIDEST = (EBITS > PBITS ? EBITS : PBITS) + 2;
    localparam int SBITS = COMPARES ? WIDEST : OBITS;
    localparam int LOW = SBITS > 20 ? 16 : SBITS;
    localparam int ADDED = $clog2(TERMS) + (SBITS > LOW ? 1 : 0);
    // Three times the element is there a cycle after it, a product's terms another one after that.
    localparam int DELAY = PRODUCT && FETCH == 0 ? 1 : FETCH;
    localparam int CYCLES = DELAY + (PRODUCT ? 1 : 0) + ADDED;
    localparam int IBITS_SUM = PRODUCT ? TERMS * TBITS : EBITS + PBITS;
    localparam logic [TERMS-1:0] MINUS =
        PRODUCT ? TERMS'(PSIGNED) << (TERMS - 1) : FUNCTION == 2 ? TERMS'(1) : FUNCTION == 3 ? TERMS'(2) : '0;
    localparam logic [TERMS-1:0] SIGNED = PRODUCT ? {TERMS{ESIGNED}} : TERMS'({PSIGNED, ESIGNED});

    function automatic logic [TERMS*32-1:0] sources();
        for (int i = 0; i < TERMS; i++) sources[32*i +: 32] = 32'(i);
    endfunction

    function automatic logic [TERMS*32-1:0] shifts();
        for (int i = 0; i < TERMS; i++) shifts[32*i +: 32] = !PRODUCT ? 32'd0 : 32'(i < PAIRS ? 2 * i : PBITS - 1);
    endfunction

    function automatic logic [TERMS*32-1:0] widths();
        for (int i = 0; i < TERMS; i++) widths[32*i +: 32] = 32'(PRODUCT ? TBITS : i == 0 ? EBITS : PBITS);
    endfunction

    logic [CYCLES-1:0]  valid;
    wire [FBITS-1:0]    fold;
    wire [PE*PBITS-1:0] constants;
    wire [PE*EBITS-1:0] elements, delayed;
    wire [PE*OBITS-1:0] results;

    always_ff @(posedge aclk)
        if (!aresetn) valid <= '0;
        else valid <= CYCLES'({valid, s_axis_tready && s_axis_tvalid});

    finn_fold #(.FOLDS(FOLDS)) u_fold (.aclk, .aresetn, .step(s_axis_tready && s_axis_tvalid), .fold);
    const_rom #(.DEPTH(FOLDS), .WIDTH(PE * PBITS), .BLOCK(BLOCK), .SPLIT(SPLIT), .FILE(PARAMETERS)) u_constants (
        .aclk, .enable(1'b1), .address(fold), .data(constants)
    );
    pipeline_delay #(.WIDTH(PE * EBITS), .CYCLES(DELAY), .RESET(1)) u_elements (
        .aclk, .aresetn, .enable(1'b1), .d(elements), .q(delayed)
    );

    generate
        for (genvar lane = 0; lane < PE; lane++) begin : gen_lane
            wire [EBITS-1:0]     element = delayed[EBITS*lane +: EBITS];
            wire [PBITS-1:0]     constant = constants[PBITS*lane +: PBITS];
            wire [IBITS_SUM-1:0] terms;
            wire [SBITS-1:0]     sum;
            finn_element #(.IBITS(XBITS), .OBITS(EBITS), .SIGNED(XSIGNED), .BIPOLAR(XBIPOLAR)) u_element (
                .code(s_axis_tdata[XBITS*lane +: XBITS]), .element(elements[EBITS*lane +: EBITS])
            );
            if (PRODUCT) begin : gen_product
                channelwise_terms #(
                    .EBITS(EBITS), .ESIGNED(ESIGNED), .PBITS(PBITS), .PSIGNED(PSIGNED), .LATE(DELAY - 1)
                ) u_terms (
                    .aclk, .aresetn, .early(elements[EBITS*lane +: EBITS]), .element, .constant, .terms
                );
            end else begin : gen_both
                assign terms = {constant, element};
            end
            add_lane #(
                .INPUTS(TERMS), .IBITS(widths()), .IBITS_SUM(IBITS_SUM), .SIGNED(SIGNED), .BIPOLAR('0),
                .TERMS(TERMS), .SOURCES(sources()), .SHIFTS(shifts()), .MINUS(MINUS), .OBITS(SBITS), .LOW(LOW)
            ) u_lane (.aclk, .aresetn, .elements(terms), .sum);
            if (COMPARES) begin : gen_compare
                assign results[OBITS*lane +: OBITS] = OBITS'(!sum[SBITS-1]);
                wire unused = &{1'b0, sum[SBITS-2:0]};
            end else begin : gen_sum
                assign results[OBITS*lane +: OBITS] = sum;
            end
        end
    endgenerate

    finn_room #(.WIDTH(PE * OBITS), .CYCLES(CYCLES)) u_room (
        .aclk, .aresetn,
        .may_start(s_axis_tready), .s_data(results), .s_valid(valid[CYCLES-1]),
        .m_axis_tdata, .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
