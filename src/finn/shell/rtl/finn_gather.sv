`default_nettype none

// Byte gearbox from memory rows to network words: a window of two rows, out of which a word at
// any byte offset is shifted in pipelined steps of four; full rate for every pair of widths.
module finn_gather #(
    // Bytes of an incoming row, a power of two
    parameter int unsigned ROW_BYTES = 8,
    // Bytes of an outgoing word
    parameter int unsigned WORD_BYTES = 1
) (
    input  wire                     aclk,
    input  wire                     aresetn,
    input  wire                     enable,
    output wire                     step,
    input  wire                     s_valid,
    output wire                     s_ready,
    input  wire  [ROW_BYTES*8-1:0]  s_data,
    input  wire                     s_last,
    output wire                     m_valid,
    input  wire                     m_ready,
    output wire  [WORD_BYTES*8-1:0] m_data,
    output logic                    empty
);
    // The window works on rows at least as wide as a word.
    localparam int unsigned WIDE_BYTES = WORD_BYTES > ROW_BYTES ? 1 << $clog2(WORD_BYTES) : ROW_BYTES;
    // Offsets are multiples of the largest power of two that divides both widths.
    localparam int unsigned WORD_UNIT = WORD_BYTES & (~WORD_BYTES + 1);
    localparam int unsigned UNIT_BYTES = WORD_UNIT < WIDE_BYTES ? WORD_UNIT : WIDE_BYTES;
    localparam int unsigned UNITS = WIDE_BYTES / UNIT_BYTES;
    localparam int unsigned STEP = WORD_BYTES / UNIT_BYTES;
    localparam int unsigned OFFSET_BITS = UNITS > 1 ? $clog2(UNITS) : 1;
    localparam int unsigned STAGES = UNITS > 1 ? ($clog2(UNITS) + 1) / 2 : 1;
    localparam int unsigned UNIT = UNIT_BYTES * 8;
    localparam int unsigned WIDE = WIDE_BYTES * 8;

    wire            wide_valid;
    wire            wide_ready;
    wire [WIDE-1:0] wide_data;

    finn_widen #(.NARROW(ROW_BYTES * 8), .RATIO(WIDE_BYTES / ROW_BYTES)) u_widen (
        .aclk, .aresetn, .s_valid, .s_ready, .s_data, .s_last,
        .m_valid(wide_valid), .m_ready(wide_ready), .m_data(wide_data)
    );

    logic                   current_valid;
    logic                   next_valid;
    logic [WIDE-1:0]        current;
    logic [WIDE-1:0]        next;
    logic [OFFSET_BITS-1:0] offset;
    logic [OFFSET_BITS-1:0] following; // offset of the next word, known early for the flags below
    logic                   crosses;   // the word at this offset needs the next row
    logic                   finishes;  // the word at this offset ends the current row
    wire                    room;
    wire                    shift = !current_valid || (step && finishes);

    assign step = enable && room && current_valid && (next_valid || !crosses);
    assign wide_ready = shift || !next_valid;

    function automatic logic beyond(input logic [OFFSET_BITS-1:0] at, input int unsigned units);
        return STEP > units || 32'(at) > units - STEP;
    endfunction

    always_ff @(posedge aclk) begin
        if (shift) current <= next;
        if (wide_ready) next <= wide_data;
        if (!aresetn || !enable) begin
            offset <= '0;
            following <= OFFSET_BITS'(STEP % UNITS);
            crosses <= 1'b0;
            finishes <= STEP >= UNITS;
        end else if (step) begin
            offset <= following;
            following <= UNITS > 1 ? following + OFFSET_BITS'(STEP % UNITS) : '0;
            crosses <= beyond(following, UNITS);
            finishes <= beyond(following, UNITS - 1);
        end
        // Between runs nothing of the last block may stay behind.
        if (!aresetn || !enable) begin
            current_valid <= 1'b0;
            next_valid <= 1'b0;
        end else begin
            if (shift) current_valid <= next_valid;
            if (wide_ready) next_valid <= wide_valid;
        end
    end

    // Each stage takes two bits of the offset, the uppermost first.
    logic [2*WIDE-1:0]        window[0:STAGES];
    logic [2*STAGES-1:0]      amount[0:STAGES];
    logic [STAGES:0]          valid;

    assign window[0] = {next, current};
    assign amount[0] = (2 * STAGES)'(offset);
    assign valid[0] = step;

    for (genvar stage = 0; stage < STAGES; stage++) begin : gen_stage
        localparam int unsigned LOW = 2 * (STAGES - 1 - stage);
        always_ff @(posedge aclk) begin
            window[stage+1] <= window[stage] >> (32'(amount[stage][LOW+:2]) * (UNIT << LOW));
            // A reset keeps this out of shift register primitives, whose outputs are slow.
            amount[stage+1] <= aresetn ? amount[stage] : '0;
            valid[stage+1] <= valid[stage] && aresetn;
        end
    end

    wire fifo_empty;
    finn_word_fifo #(.WIDTH(WORD_BYTES * 8), .MARGIN(STAGES + 4)) u_fifo (
        .aclk, .aresetn, .s_valid(valid[STAGES]), .s_data(window[STAGES][WORD_BYTES*8-1:0]),
        .s_room(room), .m_valid, .m_ready, .m_data, .empty(fifo_empty)
    );

    always_ff @(posedge aclk) empty <= fifo_empty && valid == '0;
endmodule

`default_nettype wire
