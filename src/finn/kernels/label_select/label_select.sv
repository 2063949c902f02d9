// Indices of the K largest elements of a frame, largest first; of equal elements the lowest index.
// Each beat is sorted, then passes one stage for each place of the result.
`default_nettype none

module label_select #(
    // Elements in a frame.
    parameter int LABELS = 10,
    // Elements in a beat; divides LABELS.
    parameter int PE = 1,
    // Indices in the result, at most LABELS.
    parameter int K = 1,
    // Bits of an element.
    parameter int WIDTH = 8,
    // 1: elements are two's complement.
    parameter int SIGNED = 0,
    // Bits of an index.
    parameter int INDEX = 4
) (
    input  wire                 aclk,
    input  wire                 aresetn,
    input  wire  [PE*WIDTH-1:0] s_axis_tdata,
    input  wire                 s_axis_tvalid,
    output wire                 s_axis_tready,
    output logic [K*INDEX-1:0]  m_axis_tdata,
    output logic                m_axis_tvalid,
    input  wire                 m_axis_tready
);
    localparam int KEY    = WIDTH + 1;
    localparam int ENTRY  = KEY + 1 + INDEX;
    localparam int SORTED = PE < K ? PE : K;
    localparam int SORT_CYCLES = 2 * $clog2(PE);
    // Bits that a place compares in a cycle, and the cycles that take a key with its age.
    localparam int SEGMENT     = 8;
    localparam int RANK_CYCLES = (KEY + SEGMENT) / SEGMENT;

    wire enable = !m_axis_tvalid || m_axis_tready;
    assign s_axis_tready = enable;

    // Index of the beat's first element.
    logic [INDEX-1:0] base;
    wire beat  = s_axis_tvalid && enable;
    wire start = base == '0;
    wire last  = base == INDEX'(LABELS - PE);
    always_ff @(posedge aclk) begin
        if (!aresetn) base <= '0;
        else if (beat) base <= last ? '0 : base + INDEX'(PE);
    end

    wire [PE*ENTRY-1:0] lanes;
    generate
        for (genvar lane = 0; lane < PE; lane++) begin : gen_lane
            wire [WIDTH-1:0] value = s_axis_tdata[lane*WIDTH +: WIDTH];
            // With its sign bit inverted, two's complement orders as unsigned does.
            wire [WIDTH-1:0] order = SIGNED != 0 ? value ^ (WIDTH'(1) << (WIDTH - 1)) : value;
            assign lanes[lane*ENTRY +: ENTRY] = {1'b1, order, 1'b0, base + INDEX'(lane)};
        end
    endgenerate

    wire [SORTED*ENTRY-1:0] sorted;
    label_sort #(.KEY(KEY), .ENTRY(ENTRY), .PE(PE), .KEPT(SORTED)) sort (
        .aclk(aclk), .aresetn(aresetn), .enable(enable), .lanes(lanes), .sorted(sorted)
    );

    wire [2:0] sorted_flags;
    label_delay #(.WIDTH(3), .VALIDS(1), .CYCLES(SORT_CYCLES)) delay_flags (
        .aclk(aclk), .aresetn(aresetn), .enable(enable), .data({last, start, beat}), .delayed(sorted_flags)
    );

    generate
        for (genvar place = 0; place < K; place++) begin : gen_place
            localparam int LEFT   = K - place;
            localparam int TAKEN  = SORTED < LEFT ? SORTED : LEFT;
            localparam int GIVEN  = TAKEN < LEFT - 1 ? TAKEN : LEFT - 1;
            localparam int OTHERS = GIVEN > 0 ? GIVEN : 1;
            localparam int CYCLES = GIVEN > 0 && TAKEN > 1 ? 2 : 0;
            wire [2:0]               flags;
            wire [TAKEN*ENTRY-1:0]   entries;
            wire [OTHERS*ENTRY-1:0]  others;
            wire [INDEX-1:0]         found;
            wire [2:0]               flags_out;
            wire [(place+1)*INDEX-1:0] found_out;
            if (place == 0) begin : gen_first
                assign flags   = sorted_flags;
                assign entries = sorted;
                label_delay #(.WIDTH(INDEX), .VALIDS(0), .CYCLES(CYCLES)) delay_found (
                    .aclk(aclk), .aresetn(aresetn), .enable(enable), .data(found), .delayed(found_out)
                );
            end else begin : gen_next
                assign flags   = gen_place[place-1].flags_out;
                assign entries = gen_place[place-1].others;
                wire [place*INDEX-1:0] earlier;
                label_delay #(.WIDTH(place * INDEX), .VALIDS(0), .CYCLES(RANK_CYCLES)) delay_earlier (
                    .aclk(aclk), .aresetn(aresetn), .enable(enable),
                    .data(gen_place[place-1].found_out), .delayed(earlier)
                );
                label_delay #(.WIDTH((place + 1) * INDEX), .VALIDS(0), .CYCLES(CYCLES)) delay_found (
                    .aclk(aclk), .aresetn(aresetn), .enable(enable),
                    .data({found, earlier}), .delayed(found_out)
                );
            end
            label_rank #(
                .KEY(KEY), .ENTRY(ENTRY), .SEGMENT(SEGMENT), .TAKEN(TAKEN), .GIVEN(GIVEN)
            ) rank (
                .aclk(aclk), .aresetn(aresetn), .enable(enable), .valid(flags[0]), .start(flags[1]),
                .entries(entries), .others(others), .found(found)
            );
            if (GIVEN == 0) begin : gen_none_left
                wire unused = &{1'b0, others, flags_out[1]};
            end
            label_delay #(.WIDTH(3), .VALIDS(1), .CYCLES(CYCLES + RANK_CYCLES)) delay_flags_out (
                .aclk(aclk), .aresetn(aresetn), .enable(enable), .data(flags), .delayed(flags_out)
            );
        end
    endgenerate

    wire done = gen_place[K-1].flags_out[0] && gen_place[K-1].flags_out[2];
    always_ff @(posedge aclk) begin
        if (!aresetn) m_axis_tvalid <= 1'b0;
        else if (enable) m_axis_tvalid <= done;
    end
    always_ff @(posedge aclk) if (enable) m_axis_tdata <= gen_place[K-1].found_out;
endmodule

`default_nettype wire
