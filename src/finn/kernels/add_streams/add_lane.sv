// A sum of shifted elements, some of them subtracted: one level of adders per cycle, each node as wide
// as its sums can be. A node of subtracted terms alone holds their sum, to be subtracted further on.
`default_nettype none

module add_lane #(
    // As in add_streams.
    parameter int INPUTS = 2,
    parameter logic [INPUTS*32-1:0] IBITS = {32'd8, 32'd8},
    parameter int IBITS_SUM = 16,
    parameter logic [INPUTS-1:0] SIGNED = '0,
    parameter logic [INPUTS-1:0] BIPOLAR = '0,
    parameter int TERMS = 2,
    parameter logic [TERMS*32-1:0] SOURCES = {32'd1, 32'd0},
    parameter logic [TERMS*32-1:0] SHIFTS = '0,
    parameter logic [TERMS-1:0] MINUS = '0,
    parameter int OBITS = 9,
    // Bits of a part of a number, see skewed_add.
    parameter int LOW = 32
) (
    input  wire                 aclk,
    input  wire                 aresetn,
    input  wire [IBITS_SUM-1:0] elements,
    output wire [OBITS-1:0]     sum
);
    localparam int LEVELS = $clog2(TERMS);
    wire unused = &{1'b0, aresetn};

    function automatic int start(input int stream);
        start = 0;
        for (int i = 0; i < stream; i++) start += int'(IBITS[32*i +: 32]);
    endfunction

    // Bits of an element as two's complement.
    function automatic int element_bits(input int stream);
        element_bits = BIPOLAR[stream] ? 2 : int'(IBITS[32*stream +: 32]) + (SIGNED[stream] ? 0 : 1);
    endfunction

    function automatic int width(input int level, input int index);
        width = 1;
        for (int t = index << level; t < (index + 1) << level && t < TERMS; t++) begin
            int own = element_bits(int'(SOURCES[32*t +: 32])) + int'(SHIFTS[32*t +: 32]) + level;
            if (own > width) width = own;
        end
        if (width > OBITS) width = OBITS;
    endfunction

    function automatic bit subtracted(input int level, input int index);
        subtracted = 1'b1;
        for (int t = index << level; t < (index + 1) << level && t < TERMS; t++)
            if (!MINUS[t]) subtracted = 1'b0;
    endfunction

    generate
        for (genvar level = 0; level <= LEVELS; level++) begin : gen_level
            localparam int COUNT = (TERMS + (1 << level) - 1) >> level;
            for (genvar i = 0; i < COUNT; i++) begin : gen_node
                localparam int WIDTH = width(level, i);
                wire [WIDTH-1:0] node;
                if (level == 0) begin : gen_term
                    localparam int SOURCE = int'(SOURCES[32*i +: 32]);
                    localparam int BITS = element_bits(SOURCE);
                    wire [BITS-1:0]  element;
                    wire [WIDTH-1:0] term = WIDTH'($signed(element)) << int'(SHIFTS[32*i +: 32]);
                    finn_element #(
                        .IBITS(int'(IBITS[32*SOURCE +: 32])), .OBITS(BITS),
                        .SIGNED(SIGNED[SOURCE]), .BIPOLAR(BIPOLAR[SOURCE])
                    ) u_element (.code(elements[start(SOURCE) +: int'(IBITS[32*SOURCE +: 32])]), .element);
                    skewed_delay #(.WIDTH(WIDTH), .LOW(LOW), .LATEST(1)) u_late (
                        .aclk, .aresetn, .number(term), .delayed(node)
                    );
                end else begin : gen_sum
                    localparam int BELOW = (TERMS + (1 << (level - 1)) - 1) >> (level - 1);
                    localparam bit ALONE = 2 * i + 1 == BELOW;
                    localparam bit TURNED = !ALONE && subtracted(level - 1, 2 * i);
                    localparam bit DIFFERS = !ALONE && TURNED != subtracted(level - 1, 2 * i + 1);
                    localparam bit SWAPPED = TURNED && DIFFERS;
                    wire [WIDTH-1:0] first, second;
                    skewed_extend #(.IWIDTH(width(level - 1, 2 * i)), .OWIDTH(WIDTH), .LOW(LOW)) u_first (
                        .aclk, .number(gen_level[level-1].gen_node[2*i].node), .extended(first)
                    );
                    if (ALONE) begin : gen_alone
                        assign second = '0;
                    end else begin : gen_pair
                        skewed_extend #(
                            .IWIDTH(width(level - 1, 2 * i + 1)), .OWIDTH(WIDTH), .LOW(LOW)
                        ) u_second (
                            .aclk, .number(gen_level[level-1].gen_node[2*i+1].node), .extended(second)
                        );
                    end
                    skewed_add #(.WIDTH(WIDTH), .LOW(LOW), .SUBTRACT(DIFFERS)) u_add (
                        .aclk, .aresetn,
                        .first(SWAPPED ? second : first), .second(SWAPPED ? first : second), .result(node)
                    );
                end
            end
        end
    endgenerate

    wire [OBITS-1:0] root, skewed;
    skewed_extend #(.IWIDTH(width(LEVELS, 0)), .OWIDTH(OBITS), .LOW(LOW)) u_root (
        .aclk, .number(gen_level[LEVELS].gen_node[0].node), .extended(root)
    );

    generate
        if (&MINUS) begin : gen_negated
            skewed_add #(.WIDTH(OBITS), .LOW(LOW), .SUBTRACT(1)) u_negate (
                .aclk, .aresetn, .first('0), .second(root), .result(skewed)
            );
        end else begin : gen_straight
            assign skewed = root;
        end
    endgenerate

    skewed_delay #(.WIDTH(OBITS), .LOW(LOW), .LATEST(0)) u_level (
        .aclk, .aresetn, .number(skewed), .delayed(sum)
    );
endmodule

`default_nettype wire
