// One place of the result: keeps the best entry of a frame and hands the others on, sorted. Entries are
// compared from the top, a segment of bits in a cycle, each segment one cycle behind the one above it; two
// more cycles sort the loser into the others where there are any.
`default_nettype none

module label_rank #(
    // Bits of a key; its uppermost bit is 0 only in an entry that stands for none.
    parameter int KEY = 8,
    // Bits of an entry, from below: an index, 1 if the entry is older than its beat, the key.
    parameter int ENTRY = 12,
    // Bits that are compared in a cycle.
    parameter int SEGMENT = 8,
    // Entries that come in with a beat, largest at 0.
    parameter int TAKEN = 1,
    // Entries that are handed on: TAKEN or TAKEN - 1; 0 at the last place.
    parameter int GIVEN = 1
) (
    input  wire                                aclk,
    input  wire                                aresetn,
    input  wire                                enable,
    // There is a beat; it is the first of its frame.
    input  wire                                valid,
    input  wire                                start,
    input  wire  [TAKEN*ENTRY-1:0]             entries,
    output wire  [(GIVEN>0?GIVEN:1)*ENTRY-1:0] others,
    // Index of the best entry up to a beat, as many cycles after that beat as there are segments.
    output wire  [ENTRY-KEY-2:0]               found
);
    localparam int INDEX    = ENTRY - KEY - 1;
    localparam int SEGMENTS = (KEY + SEGMENT) / SEGMENT;

    wire [ENTRY-1:0] candidate = entries[ENTRY-1:0];
    wire [ENTRY-1:0] loser;
    // Short keys need no reset.
    wire             unused_reset = &{1'b0, aresetn};

    generate
        for (genvar segment = 0; segment < SEGMENTS; segment++) begin : gen_segment
            localparam int TOP      = ENTRY - segment * SEGMENT;
            localparam bit LAST     = segment == SEGMENTS - 1;
            // The last segment has the index too, which is not compared.
            localparam int BITS     = LAST ? TOP : SEGMENT;
            localparam int COMPARED = LAST ? TOP - INDEX : SEGMENT;
            // An older entry comes from the place before, where it was no worse than the best one here.
            localparam logic [BITS-1:0] OLDER = LAST ? BITS'(1) << INDEX : '0;

            wire [1:0]          flags;
            wire [BITS-1:0]     mine;
            logic [BITS-1:0]    best;
            // The segments above are greater than those of the best entry, or equal to them.
            wire                above;
            wire                level;
            wire                greater;
            wire [COMPARED-1:0] a = mine[BITS-1 -: COMPARED];
            wire [BITS-1:0]     young = best & ~OLDER;
            wire [COMPARED-1:0] b = young[BITS-1 -: COMPARED];
            wire                better = above || (level && greater);
            wire                unused_bits = &{1'b0, young, flags};

            label_greater #(.WIDTH(COMPARED)) compare (.a(a), .b(b), .greater(greater));

            if (segment == 0) begin : gen_top
                assign flags = {start, valid};
                assign mine  = candidate[TOP-1 -: BITS];
                assign above = start;
                assign level = 1'b1;
            end else begin : gen_below
                label_delay #(.WIDTH(2), .VALIDS(1), .CYCLES(1)) delay_flags (
                    .aclk(aclk), .aresetn(aresetn), .enable(enable),
                    .data(gen_segment[segment-1].flags), .delayed(flags)
                );
                label_delay #(.WIDTH(BITS), .VALIDS(0), .CYCLES(segment)) delay_mine (
                    .aclk(aclk), .aresetn(aresetn), .enable(enable),
                    .data(candidate[TOP-1 -: BITS]), .delayed(mine)
                );
                assign above = gen_segment[segment-1].gen_result.above_below;
                assign level = gen_segment[segment-1].gen_result.level_below;
            end

            if (!LAST) begin : gen_result
                logic above_below;
                logic level_below;
                always_ff @(posedge aclk) begin
                    if (enable) begin
                        above_below <= better;
                        level_below <= level && a == b;
                    end
                end
            end

            always_ff @(posedge aclk) if (enable && flags[0] && better) best <= mine;

            if (LAST) begin : gen_found
                assign found = best[INDEX-1:0];
            end
            if (GIVEN == 0) begin : gen_no_loser
                assign loser[TOP-1 -: BITS] = '0;
            end else begin : gen_loser
                logic [BITS-1:0] lost;
                always_ff @(posedge aclk) begin
                    if (enable) lost <= flags[1] ? '0 : better ? best | OLDER : mine;
                end
                label_delay #(.WIDTH(BITS), .VALIDS(0), .CYCLES(SEGMENTS - 1 - segment)) delay_lost (
                    .aclk(aclk), .aresetn(aresetn), .enable(enable),
                    .data(lost), .delayed(loser[TOP-1 -: BITS])
                );
            end
        end

        if (GIVEN == 0) begin : gen_last
            wire unused = &{1'b0, loser};
            assign others = '0;
        end else if (TAKEN == 1) begin : gen_one
            assign others = loser;
        end else begin : gen_sort
            wire [(TAKEN-1)*ENTRY-1:0] rest;
            label_delay #(.WIDTH((TAKEN - 1) * ENTRY), .VALIDS(0), .CYCLES(SEGMENTS)) delay_rest (
                .aclk(aclk), .aresetn(aresetn), .enable(enable),
                .data(entries[TAKEN*ENTRY-1:ENTRY]), .delayed(rest)
            );
            label_merge #(.KEY(KEY), .ENTRY(ENTRY), .FIRST(1), .SECOND(TAKEN - 1), .KEPT(GIVEN)) sort (
                .aclk(aclk), .aresetn(aresetn), .enable(enable),
                .first(loser), .second(rest), .merged(others)
            );
        end
    endgenerate
endmodule

`default_nettype wire
