// One place of the result: keeps the best entry of a frame and hands the others on, sorted. A beat
// takes one cycle, and two more where there are others to sort the loser into.
`default_nettype none

module label_rank #(
    // Bits of a key; its uppermost bit is 0 only in an entry that stands for none.
    parameter int KEY = 8,
    // Bits of an entry, from below: an index, 1 if the entry is older than its beat, the key.
    parameter int ENTRY = 12,
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
    // Index of the best entry up to a beat, one cycle after that beat.
    output wire  [ENTRY-KEY-2:0]               found
);
    localparam int INDEX = ENTRY - KEY - 1;

    logic [KEY-1:0]   best_key;
    logic [INDEX-1:0] best_index;
    wire  [ENTRY-1:0] candidate = entries[ENTRY-1:0];
    // An older entry comes from the place before, where it was no worse than the best one here.
    wire              better    = start || candidate[ENTRY-1:INDEX] > {best_key, 1'b0};

    assign found = best_index;

    always_ff @(posedge aclk) begin
        if (enable && valid && better) begin
            best_key   <= candidate[ENTRY-1 -: KEY];
            best_index <= candidate[INDEX-1:0];
        end
    end

    generate
        if (GIVEN == 0 || TAKEN == 1) begin : gen_no_sort
            wire unused = &{1'b0, aresetn};
        end
        if (GIVEN == 0) begin : gen_last
            assign others = '0;
        end else begin : gen_others
            logic [ENTRY-1:0] loser;
            always_ff @(posedge aclk) begin
                if (enable) loser <= start ? '0 : better ? {best_key, 1'b1, best_index} : candidate;
            end
            if (TAKEN == 1) begin : gen_one
                assign others = loser;
            end else begin : gen_sort
                logic [(TAKEN-1)*ENTRY-1:0] rest;
                always_ff @(posedge aclk) if (enable) rest <= entries[TAKEN*ENTRY-1:ENTRY];
                label_merge #(.KEY(KEY), .ENTRY(ENTRY), .FIRST(1), .SECOND(TAKEN - 1), .KEPT(GIVEN)) sort (
                    .aclk(aclk), .aresetn(aresetn), .enable(enable),
                    .first(loser), .second(rest), .merged(others)
                );
            end
        end
    endgenerate
endmodule

`default_nettype wire
