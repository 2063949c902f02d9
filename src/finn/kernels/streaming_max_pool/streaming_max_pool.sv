// Largest element of each channel over windows that do not overlap, of a channels-last image as it is
// streamed; one input beat a cycle. Rows and pixels behind the last whole window are dropped.
//
// What the windows of a row have so far is kept in a memory, a word for each window and beat of a pixel. A
// beat that comes (its address is `at`) is combined a cycle or two later with the word that was read for it.
`default_nettype none

module streaming_max_pool #(
    // Channels worked on at a time.
    parameter int PE = 1,
    // Bits of an element.
    parameter int BITS = 8,
    // 1: elements are two's complement.
    parameter bit SIGNED = 0,
    // Beats of a pixel, pixels of a row, rows of the image.
    parameter int FOLDS = 1,
    parameter int IMAGE_W = 8,
    parameter int IMAGE_H = 8,
    // Pixels of a window's row, rows of a window.
    parameter int POOL_W = 2,
    parameter int POOL_H = 2,
    // Words of the memory; those of a window that is not whole are among them.
    parameter int DEPTH = 4,
    // 1: it is block RAM, which wants at least three beats to a pixel; 0: LUT RAM.
    parameter bit BLOCK = 0
) (
    input  wire               aclk,
    input  wire               aresetn,
    input  wire [PE*BITS-1:0] s_axis_tdata,
    input  wire               s_axis_tvalid,
    output wire               s_axis_tready,
    output wire [PE*BITS-1:0] m_axis_tdata,
    output wire               m_axis_tvalid,
    input  wire               m_axis_tready
);
    localparam int ABITS = DEPTH > 1 ? $clog2(DEPTH) : 1;
    localparam int WIDTH = PE * BITS;

    wire enable;
    wire take = enable && s_axis_tvalid;
    assign s_axis_tready = enable;

    wire  ends_pixel, ends_across, ends_line, ends_down, ends_image;
    logic first_across, first_down;
    wire  ends_group = ends_across || ends_line;
    wire  step_pixel = take && ends_pixel;
    wire  step_line = step_pixel && ends_line;

    finn_steps #(.COUNT(FOLDS)) u_fold (.aclk, .aresetn, .step(take), .last(ends_pixel));
    window_axis #(.SIZE(IMAGE_W), .REACH(POOL_W), .STRIDE(POOL_W)) u_row (
        .aclk, .aresetn, .step(step_pixel), .ends(ends_across), .last(ends_line)
    );
    window_axis #(.SIZE(IMAGE_H), .REACH(POOL_H), .STRIDE(POOL_H)) u_column (
        .aclk, .aresetn, .step(step_line), .ends(ends_down), .last(ends_image)
    );

    always_ff @(posedge aclk)
        if (!aresetn) begin
            first_across <= 1'b1;
            first_down   <= 1'b1;
        end else begin
            if (step_pixel) first_across <= ends_group;
            if (step_line) first_down <= ends_down || ends_image;
        end

    // Block RAM is read a cycle earlier, into its own register.
    wire [WIDTH-1:0] beat;
    wire             beat_valid, beat_first, beat_gives, beat_ends;
    pipeline_delay #(.WIDTH(WIDTH + 3), .CYCLES(BLOCK ? 2 : 1)) u_beat (
        .aclk, .aresetn, .enable,
        .d({s_axis_tdata, first_across && first_down, ends_across && ends_down, ends_group}),
        .q({beat, beat_first, beat_gives, beat_ends})
    );
    pipeline_delay #(.WIDTH(1), .CYCLES(BLOCK ? 2 : 1), .RESET(1)) u_valid (
        .aclk, .aresetn, .enable, .d(s_axis_tvalid), .q(beat_valid)
    );

    wire  [WIDTH-1:0] so_far, combined;
    logic [WIDTH-1:0] result;
    logic             result_valid;

    always_ff @(posedge aclk) begin
        if (enable && beat_valid) result <= combined;
        if (!aresetn) result_valid <= 1'b0;
        else if (enable) result_valid <= beat_valid && beat_gives;
    end

    generate
        if (DEPTH == 1) begin : gen_register
            assign so_far = result;
            wire unused = &{1'b0, beat_ends};
        end else begin : gen_memory
            logic [ABITS-1:0] at;
            wire  [ABITS-1:0] beat_at;
            logic [WIDTH-1:0] held;
            wire              write = enable && beat_valid;

            always_ff @(posedge aclk)
                if (!aresetn || (step_pixel && (ends_line || POOL_H == 1))) at <= '0;
                else if (step_pixel && !ends_across) at <= at - ABITS'(FOLDS - 1);
                else if (take) at <= at + 1'b1;
            pipeline_delay #(.WIDTH(ABITS), .CYCLES(BLOCK ? 2 : 1)) u_at (
                .aclk, .aresetn, .enable, .d(at), .q(beat_at)
            );
            if (BLOCK) begin : gen_block
                (* ram_style = "block" *) logic [WIDTH-1:0] words[0:DEPTH-1];
                logic [WIDTH-1:0] fetched;
                always_ff @(posedge aclk) if (write) words[beat_at] <= combined;
                always_ff @(posedge aclk) if (enable) fetched <= words[at];
                always_ff @(posedge aclk) if (enable) held <= fetched;
                wire unused = &{1'b0, beat_ends};
            end else begin : gen_lut
                (* ram_style = "distributed" *) logic [WIDTH-1:0] words[0:DEPTH-1];
                always_ff @(posedge aclk) if (write) words[beat_at] <= combined;
                if (FOLDS == 1) begin : gen_next
                    // The next beat's word is the one just written, unless it begins another window.
                    always_ff @(posedge aclk) if (write) held <= beat_ends ? words[at] : combined;
                end else begin : gen_same
                    always_ff @(posedge aclk) if (enable) held <= words[at];
                    wire unused = &{1'b0, beat_ends};
                end
            end
            assign so_far = held;
        end

        for (genvar i = 0; i < PE; i++) begin : gen_lane
            localparam logic [BITS-1:0] BIAS = SIGNED ? BITS'(1) << (BITS - 1) : '0;
            wire [BITS-1:0] element = beat[i*BITS +: BITS];
            wire [BITS-1:0] largest = so_far[i*BITS +: BITS];
            wire [BITS-1:0] raised = element ^ BIAS;
            wire [BITS-1:0] beaten = largest ^ BIAS;
            wire            greater;
            if (BITS <= 4) begin : gen_narrow
                assign greater = raised > beaten;
            end else begin : gen_carry
                // Two bits to a place of the chain; the uppermost that differ decide.
                localparam int PLACES = (BITS + 1) / 2;
                wire [2*PLACES-1:0] wide_raised = (2 * PLACES)'(raised);
                wire [2*PLACES-1:0] wide_beaten = (2 * PLACES)'(beaten);
                wire [PLACES-1:0]   same, above;
                for (genvar j = 0; j < PLACES; j++) begin : gen_place
                    assign same[j]  = wide_raised[2*j +: 2] == wide_beaten[2*j +: 2];
                    assign above[j] = wide_raised[2*j +: 2] > wide_beaten[2*j +: 2];
                end
                finn_carry #(.PLACES(PLACES)) u_greater (.passes(same), .values(above), .carry(greater));
            end
            assign combined[i*BITS +: BITS] = (beat_first || greater) ? element : largest;
        end
    endgenerate

    finn_skid #(.WIDTH(WIDTH)) u_output (
        .aclk, .aresetn,
        .s_axis_tdata(result), .s_axis_tvalid(result_valid), .s_axis_tready(enable),
        .m_axis_tdata, .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
