// Beats are kept in a ring and read in an order that a walker tells, one beat a cycle.
//
// Two counters decide: `room` are the free places less one, `ahead` is how far the writer is beyond the
// reader, less one; their sign bits are the flags. The word that was read last is the output: it stays in
// the memory's own register until it is taken.
`default_nettype none

module finn_read_ring #(
    // Bits of a beat.
    parameter int WIDTH = 8,
    // Places of the ring, a power of two.
    parameter int DEPTH = 32,
    // 1: the ring is block RAM, 0: LUT RAM.
    parameter bit BLOCK = 0,
    // Beats before the first one that is read.
    parameter int START = 0,
    // Bits of the two counters, sign included.
    parameter int CBITS = 8
) (
    input  wire                     aclk,
    input  wire                     aresetn,
    input  wire         [WIDTH-1:0] s_axis_tdata,
    input  wire                     s_axis_tvalid,
    output wire                     s_axis_tready,
    output logic        [WIDTH-1:0] m_axis_tdata,
    output logic                    m_axis_tvalid,
    input  wire                     m_axis_tready,
    // The walker goes a step on. It is one read ahead, so that what the next read changes comes out of registers.
    output wire                     load,
    // Of the walker's read: the negative of the way to the next one; places that it gives back, less one.
    input  wire signed  [CBITS-1:0] advance,
    input  wire signed  [CBITS-1:0] freed
);
    localparam int ABITS = $clog2(DEPTH);

    typedef logic signed [CBITS-1:0] count_t;

    logic running;
    count_t room, ahead, advance_held, freed_held;
    logic [ABITS-1:0] write_at, read_at;

    wire writable = running && !room[CBITS-1];
    wire readable = !ahead[CBITS-1];
    wire write = s_axis_tvalid && writable;
    wire taken = !m_axis_tvalid || m_axis_tready;
    wire read = taken && readable;
    assign s_axis_tready = writable;
    assign load = read || !running;

    // A place is given back a cycle after its last read, and a word counts a cycle after it came: that shortens
    // the paths and delays a write or a read only.
    count_t returned;
    logic   written;
    // A write is the carry into each sum, so that it takes no adder of its own.
    wire [CBITS:0] next_room = {room, 1'b1} + {returned, !write};
    wire [CBITS:0] ahead_read = {ahead, 1'b1} + {advance_held, written};
    // Chosen behind the adders, since whether the output is taken is known late.
    wire [CBITS-1:0] ahead_waiting = ahead + CBITS'(written);
    wire unused = &{1'b0, next_room[0], ahead_read[0]};

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            running  <= 1'b0;
            m_axis_tvalid <= 1'b0;
            room     <= count_t'(DEPTH - 1);
            ahead    <= count_t'(-1 - START);
            returned <= '1;
            written  <= 1'b0;
            write_at <= '0;
            read_at  <= ABITS'(START);
        end else begin
            running  <= 1'b1;
            if (taken) m_axis_tvalid <= readable;
            returned <= read ? freed_held : '1;
            room     <= next_room[CBITS:1];
            written  <= write;
            ahead    <= read ? ahead_read[CBITS:1] : ahead_waiting;
            if (write) write_at <= write_at + 1'b1;
            if (read) read_at <= read_at - ABITS'(advance_held);
        end
    end

    always_ff @(posedge aclk)
        if (load) begin
            advance_held <= advance;
            freed_held   <= freed;
        end

    generate
        if (BLOCK) begin : gen_block
            (* ram_style = "block" *) logic [WIDTH-1:0] words[0:DEPTH-1];
            always_ff @(posedge aclk) if (write) words[write_at] <= s_axis_tdata;
            always_ff @(posedge aclk) if (read) m_axis_tdata <= words[read_at];
        end else begin : gen_lut
            (* ram_style = "distributed" *) logic [WIDTH-1:0] words[0:DEPTH-1];
            always_ff @(posedge aclk) if (write) words[write_at] <= s_axis_tdata;
            always_ff @(posedge aclk) if (read) m_axis_tdata <= words[read_at];
        end
    endgenerate
endmodule

`default_nettype wire
