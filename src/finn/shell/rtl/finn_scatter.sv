`default_nettype none

// Byte gearbox from network words to memory rows: each word is rotated to its byte offset in
// pipelined steps of four, then joined with what the row already holds; full rate for every pair
// of widths. The last word of a run pushes out an unfinished row.
module finn_scatter #(
    // Bytes of an incoming word
    parameter int unsigned WORD_BYTES = 1,
    // Bytes of an outgoing row, a power of two
    parameter int unsigned ROW_BYTES = 8
) (
    input  wire                     aclk,
    input  wire                     aresetn,
    input  wire                     load,
    input  wire                     s_valid,
    output wire                     s_room,
    input  wire  [WORD_BYTES*8-1:0] s_data,
    input  wire                     s_last,
    output wire                     m_valid,
    input  wire                     m_ready,
    output wire  [ROW_BYTES*8-1:0]  m_data
);
    localparam int unsigned WIDE_BYTES = WORD_BYTES > ROW_BYTES ? 1 << $clog2(WORD_BYTES) : ROW_BYTES;
    localparam int unsigned WORD_UNIT = WORD_BYTES & (~WORD_BYTES + 1);
    localparam int unsigned UNIT_BYTES = WORD_UNIT < WIDE_BYTES ? WORD_UNIT : WIDE_BYTES;
    localparam int unsigned UNITS = WIDE_BYTES / UNIT_BYTES;
    localparam int unsigned STEP = WORD_BYTES / UNIT_BYTES;
    localparam int unsigned OFFSET_BITS = UNITS > 1 ? $clog2(UNITS) : 1;
    localparam int unsigned STAGES = UNITS > 1 ? ($clog2(UNITS) + 1) / 2 : 1;
    localparam int unsigned UNIT = UNIT_BYTES * 8;
    localparam int unsigned WIDE = WIDE_BYTES * 8;

    logic [OFFSET_BITS-1:0] offset;
    always_ff @(posedge aclk) begin
        if (!aresetn || load) offset <= '0;
        else if (s_valid && UNITS > 1) offset <= offset + OFFSET_BITS'(STEP % UNITS);
    end

    // Each stage takes two bits of the offset, the lowest first.
    logic [WIDE-1:0]        rotated[0:STAGES];
    logic [OFFSET_BITS-1:0] at[0:STAGES];
    logic [STAGES:0]        valid;
    logic [STAGES:0]        last;

    assign rotated[0] = WIDE'(s_data);
    assign at[0] = offset;
    assign valid[0] = s_valid;
    assign last[0] = s_last;

    for (genvar stage = 0; stage < STAGES; stage++) begin : gen_stage
        localparam int unsigned LOW = 2 * stage;
        wire [1:0] amount = 2'((2 * STAGES)'(at[stage]) >> LOW);
        wire [31:0] bits = 32'(amount) * (UNIT << LOW);
        always_ff @(posedge aclk) begin
            rotated[stage+1] <= rotated[stage] << bits | rotated[stage] >> (WIDE - bits);
            // A reset keeps these out of shift register primitives, whose outputs are slow.
            at[stage+1] <= aresetn ? at[stage] : '0;
            valid[stage+1] <= valid[stage] && aresetn;
            last[stage+1] <= last[stage] && aresetn;
        end
    end

    // The masks are decoded beside the last rotation.
    logic [UNITS-1:0] behind;   // units of the row from earlier words
    logic [UNITS-1:0] write;    // units that the word fills, in this row or in the next
    logic             finishes;
    logic             overhangs;

    // For each place of a word's first unit, whether the word fills a given unit, round the row.
    function automatic [UNITS-1:0] places_of_words(input int unsigned unit);
        for (int unsigned first = 0; first < UNITS; first++) begin
            places_of_words[first] = (unit + UNITS - first) % UNITS < STEP;
        end
    endfunction

    for (genvar unit = 0; unit < UNITS; unit++) begin : gen_mask
        localparam logic [UNITS-1:0] FILLED = places_of_words(unit);
        always_ff @(posedge aclk) begin
            behind[unit] <= unit < 32'(at[STAGES-1]);
            write[unit] <= FILLED[at[STAGES-1]];
        end
    end
    always_ff @(posedge aclk) begin
        finishes <= 32'(at[STAGES-1]) >= UNITS - STEP;
        overhangs <= 32'(at[STAGES-1]) != UNITS - STEP;
    end

    logic [WIDE-1:0] held;
    logic [WIDE-1:0] row;
    logic            row_valid;
    logic            flush;

    for (genvar unit = 0; unit < UNITS; unit++) begin : gen_join
        always_ff @(posedge aclk) begin
            row[unit*UNIT+:UNIT] <= (behind[unit] || flush) ? held[unit*UNIT+:UNIT]
                                                            : rotated[STAGES][unit*UNIT+:UNIT];
            if (valid[STAGES] && write[unit]) held[unit*UNIT+:UNIT] <= rotated[STAGES][unit*UNIT+:UNIT];
        end
    end
    // No word follows the last one within its run, so the cycle after it is free for the rest.
    always_ff @(posedge aclk) begin
        row_valid <= aresetn && ((valid[STAGES] && finishes) || flush);
        flush <= aresetn && valid[STAGES] && last[STAGES] && overhangs;
    end

    wire            wide_valid;
    wire            wide_ready;
    wire [WIDE-1:0] wide_data;
    wire            fifo_empty;
    wire            unused = &{1'b0, fifo_empty};

    finn_word_fifo #(.WIDTH(WIDE), .MARGIN(STAGES + 6)) u_fifo (
        .aclk, .aresetn, .s_valid(row_valid), .s_data(row), .s_room,
        .m_valid(wide_valid), .m_ready(wide_ready), .m_data(wide_data), .empty(fifo_empty)
    );

    finn_narrow #(.NARROW(ROW_BYTES * 8), .RATIO(WIDE_BYTES / ROW_BYTES)) u_narrow (
        .aclk, .aresetn, .s_valid(wide_valid), .s_ready(wide_ready), .s_data(wide_data),
        .m_valid, .m_ready, .m_data
    );
endmodule

`default_nettype wire
