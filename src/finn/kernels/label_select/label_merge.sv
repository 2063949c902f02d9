// The largest KEPT of two sorted lists, sorted, in two cycles: every comparison at once, then each
// place of the result chooses by two of them. Of equal keys the one in "first" comes earlier, unless the
// other is older: it stood in the result until this beat.
`default_nettype none

module label_merge #(
    // Bits of a key.
    parameter int KEY = 8,
    // Bits of an entry, from below: an index, 1 if the entry is older than its beat, the key.
    parameter int ENTRY = 12,
    // Entries of the first list, largest at 0.
    parameter int FIRST = 1,
    // Entries of the second list.
    parameter int SECOND = 1,
    // Entries of the result, at most FIRST + SECOND.
    parameter int KEPT = 1
) (
    input  wire                     aclk,
    input  wire                     aresetn,
    input  wire                     enable,
    input  wire  [FIRST*ENTRY-1:0]  first,
    input  wire  [SECOND*ENTRY-1:0] second,
    output logic [KEPT*ENTRY-1:0]   merged
);
    logic [FIRST*ENTRY-1:0]  first_held;
    logic [SECOND*ENTRY-1:0] second_held;
    // Bit i * SECOND + j: entry j of the second list is larger than entry i of the first.
    logic [FIRST*SECOND-1:0] larger;

    // The reset keeps these out of shift register primitives, whose outputs are slow.
    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            first_held  <= '0;
            second_held <= '0;
        end else if (enable) begin
            first_held  <= first;
            second_held <= second;
        end
    end

    generate
        for (genvar i = 0; i < FIRST; i++) begin : gen_compare
            for (genvar j = 0; j < SECOND; j++) begin : gen_pair
                wire greater;
                label_greater #(.WIDTH(KEY + 1)) compare (
                    .a(second[j*ENTRY+ENTRY-1 -: KEY+1]), .b({first[i*ENTRY+ENTRY-1 -: KEY], 1'b0}),
                    .greater(greater)
                );
                always_ff @(posedge aclk) if (enable) larger[i*SECOND+j] <= greater;
            end
        end

        for (genvar place = 0; place < KEPT; place++) begin : gen_place
            // Entry i of the first list comes here if exactly place - i of the second are larger.
            wire [FIRST*ENTRY-1:0]  from_first;
            wire [SECOND*ENTRY-1:0] from_second;
            for (genvar i = 0; i < FIRST; i++) begin : gen_first
                localparam int OTHERS = place - i;
                wire here;
                if (OTHERS < 0 || OTHERS > SECOND) begin : gen_never
                    assign here = 1'b0;
                end else if (OTHERS == 0) begin : gen_front
                    assign here = !larger[i*SECOND];
                end else if (OTHERS == SECOND) begin : gen_back
                    assign here = larger[i*SECOND+OTHERS-1];
                end else begin : gen_between
                    assign here = larger[i*SECOND+OTHERS-1] && !larger[i*SECOND+OTHERS];
                end
                assign from_first[i*ENTRY +: ENTRY] = {ENTRY{here}} & first_held[i*ENTRY +: ENTRY];
            end
            for (genvar j = 0; j < SECOND; j++) begin : gen_second
                localparam int OTHERS = place - j;
                wire here;
                if (OTHERS < 0 || OTHERS > FIRST) begin : gen_never
                    assign here = 1'b0;
                end else if (OTHERS == 0) begin : gen_front
                    assign here = larger[j];
                end else if (OTHERS == FIRST) begin : gen_back
                    assign here = !larger[(OTHERS-1)*SECOND+j];
                end else begin : gen_between
                    assign here = !larger[(OTHERS-1)*SECOND+j] && larger[OTHERS*SECOND+j];
                end
                assign from_second[j*ENTRY +: ENTRY] = {ENTRY{here}} & second_held[j*ENTRY +: ENTRY];
            end

            logic [ENTRY-1:0] chosen;
            always_comb begin
                chosen = '0;
                for (int i = 0; i < FIRST; i++) chosen |= from_first[i*ENTRY +: ENTRY];
                for (int j = 0; j < SECOND; j++) chosen |= from_second[j*ENTRY +: ENTRY];
            end
            always_ff @(posedge aclk) if (enable) merged[place*ENTRY +: ENTRY] <= chosen;
        end
    endgenerate
endmodule

`default_nettype wire
