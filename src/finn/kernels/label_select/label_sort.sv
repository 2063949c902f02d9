// Sorts the lanes of a beat and keeps the largest: a tree of merges, two cycles to a level.
`default_nettype none

module label_sort #(
    // Bits of a key.
    parameter int KEY = 8,
    // Bits of an entry.
    parameter int ENTRY = 12,
    // Lanes.
    parameter int PE = 4,
    // Largest entries that are kept, at most PE.
    parameter int KEPT = 1
) (
    input  wire                   aclk,
    input  wire                   aresetn,
    input  wire                   enable,
    input  wire  [PE*ENTRY-1:0]   lanes,
    output wire  [KEPT*ENTRY-1:0] sorted
);
    localparam int LEVELS = $clog2(PE);
    wire unused = &{1'b0, aclk, aresetn, enable};

    generate
        for (genvar level = 0; level <= LEVELS; level++) begin : gen_level
            // Lists of up to WIDE lanes, each in a slot of WIDE entries; the last may be shorter.
            localparam int WIDE = 1 << level;
            localparam int LISTS = (PE + WIDE - 1) / WIDE;
            wire [PE*ENTRY-1:0] lists;
            wire unused_lanes = &{1'b0, lists};
            if (level == 0) begin : gen_lanes
                assign lists = lanes;
            end else begin : gen_merge
                localparam int HALF = WIDE / 2;
                for (genvar list = 0; list < LISTS; list++) begin : gen_list
                    localparam int FROM  = list * WIDE;
                    localparam int TOTAL = PE - FROM < WIDE ? PE - FROM : WIDE;
                    localparam int LEFT  = TOTAL < HALF ? TOTAL : HALF;
                    localparam int RIGHT = TOTAL - LEFT;
                    localparam int LEFT_KEPT  = LEFT < KEPT ? LEFT : KEPT;
                    localparam int RIGHT_KEPT = RIGHT < KEPT ? RIGHT : KEPT;
                    localparam int ALL_KEPT   = TOTAL < KEPT ? TOTAL : KEPT;
                    if (RIGHT > 0) begin : gen_both
                        label_merge #(
                            .KEY(KEY), .ENTRY(ENTRY), .FIRST(LEFT_KEPT), .SECOND(RIGHT_KEPT), .KEPT(ALL_KEPT)
                        ) merge (
                            .aclk(aclk), .aresetn(aresetn), .enable(enable),
                            .first(gen_level[level-1].lists[FROM*ENTRY +: LEFT_KEPT*ENTRY]),
                            .second(gen_level[level-1].lists[(FROM+HALF)*ENTRY +: RIGHT_KEPT*ENTRY]),
                            .merged(lists[FROM*ENTRY +: ALL_KEPT*ENTRY])
                        );
                    end else begin : gen_alone
                        label_delay #(.WIDTH(ALL_KEPT * ENTRY), .VALIDS(0), .CYCLES(2)) wait_for_others (
                            .aclk(aclk), .aresetn(aresetn), .enable(enable),
                            .data(gen_level[level-1].lists[FROM*ENTRY +: ALL_KEPT*ENTRY]),
                            .delayed(lists[FROM*ENTRY +: ALL_KEPT*ENTRY])
                        );
                    end
                    if (ALL_KEPT < TOTAL) begin : gen_dropped
                        assign lists[(FROM+ALL_KEPT)*ENTRY +: (TOTAL-ALL_KEPT)*ENTRY] = '0;
                    end
                end
            end
        end
    endgenerate

    assign sorted = gen_level[LEVELS].lists[KEPT*ENTRY-1:0];
endmodule

`default_nettype wire
