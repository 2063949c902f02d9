// Adds the products of each channel over the taps of a window; FOLDS groups of channels, two at least,
// take turns.
`default_nettype none

module vvau_accumulate #(
    // Channels in a group, groups.
    parameter int PE = 1,
    parameter int FOLDS = 2,
    // Bits of a product, and of a total, which is taken modulo 2^ABITS.
    parameter int SBITS = 1,
    parameter int ABITS = 1,
    // 1: products count twice.
    parameter bit DOUBLE = 0,
    // Words of start values, one for each group or one for all; 0: totals start at zero.
    parameter int STARTS = 0,
    // Memory of start values, channel 0 of a group in the lowest bits.
    parameter     START = "",
    // Derived: bits of a group's number.
    parameter int FBITS = $clog2(FOLDS)
) (
    input  wire                aclk,
    input  wire                aresetn,
    input  wire                valid,
    input  wire                first,
    input  wire                last,
    input  wire [FBITS-1:0]    fold,
    input  wire [PE*SBITS-1:0] products,
    output wire                valid_q,
    output wire [PE*ABITS-1:0] totals
);
    // Bits that are added in a cycle; a carry goes on to the next segment in the next cycle.
    localparam int SEGMENT = 15;
    localparam int SEGMENTS = (ABITS + SEGMENT - 1) / SEGMENT;

    wire [PE*ABITS-1:0] starts;
    generate
        if (STARTS > 0) begin : gen_starts
            const_rom #(.DEPTH(STARTS), .WIDTH(PE * ABITS), .FILE(START)) u_starts (
                .aclk, .enable(1'b1), .address(STARTS > 1 ? fold : '0), .data(starts)
            );
        end else begin : gen_zero
            assign starts = '0;
        end
    endgenerate

    // One cycle later, with what a group has so far.
    wire                valid_a, first_a, last_a;
    wire [FBITS-1:0]    fold_a;
    wire [PE*SBITS-1:0] products_a;
    pipeline_delay #(.WIDTH(3), .RESET(1)) u_flags (
        .aclk, .aresetn, .enable(1'b1), .d({valid, first, last}), .q({valid_a, first_a, last_a})
    );
    pipeline_delay #(.WIDTH(FBITS + PE * SBITS)) u_products (
        .aclk, .aresetn, .enable(1'b1), .d({fold, products}), .q({fold_a, products_a})
    );
    pipeline_delay #(.WIDTH(1), .CYCLES(SEGMENTS), .RESET(1)) u_complete (
        .aclk, .aresetn, .enable(1'b1), .d(valid_a && last_a), .q(valid_q)
    );

    generate
        for (genvar k = 0; k < SEGMENTS; k++) begin : gen_segment
            localparam int LOW = k * SEGMENT;
            localparam int BITS = ABITS - LOW < SEGMENT ? ABITS - LOW : SEGMENT;
            wire               valid_k, first_k;
            wire [FBITS-1:0]   early_k, fold_k;
            wire [PE*BITS-1:0] addends, addends_k, begins, begins_k, added;
            wire [PE-1:0]      carries;
            logic [PE*BITS-1:0] total;
            wire  [PE*BITS-1:0] total_d;

            pipeline_delay #(.WIDTH(2), .CYCLES(k), .RESET(1)) u_begin (
                .aclk, .aresetn, .enable(1'b1), .d({valid_a, first_a}), .q({valid_k, first_k})
            );
            pipeline_delay #(.WIDTH(2 * FBITS + 2 * PE * BITS), .CYCLES(k), .RESET(k > 1)) u_addends (
                .aclk, .aresetn, .enable(1'b1),
                .d({fold, fold_a, addends, begins}), .q({early_k, fold_k, addends_k, begins_k})
            );
            pipeline_delay #(.WIDTH(PE * BITS), .CYCLES(SEGMENTS - 1 - k), .RESET(SEGMENTS - k > 2)) u_end (
                .aclk, .aresetn, .enable(1'b1), .d(total), .q(total_d)
            );

            (* ram_style = "distributed" *) logic [PE*BITS-1:0] words[0:FOLDS-1];
            logic [PE*BITS-1:0] held;
            always_ff @(posedge aclk) begin
                held <= words[early_k];
                if (valid_k) words[fold_k] <= added;
            end

            for (genvar i = 0; i < PE; i++) begin : gen_lane
                assign addends[i*BITS +: BITS] =
                    BITS'((ABITS'(products_a[i*SBITS +: SBITS]) << (DOUBLE ? 1 : 0)) >> LOW);
                assign begins[i*BITS +: BITS] = starts[i*ABITS+LOW +: BITS];
                wire [BITS-1:0] base = first_k ? begins_k[i*BITS +: BITS] : held[i*BITS +: BITS];
                wire carry_in;
                if (k == 0) begin : gen_lowest
                    assign carry_in = 1'b0;
                end else begin : gen_higher
                    assign carry_in = gen_segment[k-1].carries[i];
                end
                // The carry of the segment below enters through a place of its own.
                wire [BITS+1:0] sum = {1'b0, base, carry_in} + {1'b0, addends_k[i*BITS +: BITS], carry_in};
                logic carry;
                assign added[i*BITS +: BITS] = sum[BITS:1];
                always_ff @(posedge aclk) if (valid_k) begin
                    carry <= sum[BITS+1];
                    total[i*BITS +: BITS] <= added[i*BITS +: BITS];
                end
                assign carries[i] = carry;
                assign totals[i*ABITS+LOW +: BITS] = total_d[i*BITS +: BITS];
                wire unused = &{1'b0, sum[0]};
            end
            wire unused_carries = &{1'b0, carries};
        end
    endgenerate
endmodule

`default_nettype wire
