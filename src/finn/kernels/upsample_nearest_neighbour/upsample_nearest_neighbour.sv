// Repeats pixels and rows of a channels-last stream; one output beat a cycle.
//
// Beats are kept in a ring: a row, or a pixel where rows are not repeated. Only a beat's first read may
// have to wait for it, only its last one gives its place back: both in the order in which beats come, so
// that two counts by one decide. `room` are the free places, `unread` the beats that came and were
// never read, each less one; their sign bits are the flags. The beat that was read last is the output: it
// stays in the memory's own register until it is taken.
`default_nettype none

module upsample_nearest_neighbour #(
    // Bits of a beat.
    parameter int WIDTH = 8,
    // Places of the ring, a power of two.
    parameter int DEPTH = 16,
    // 1: the ring is block RAM, 0: LUT RAM.
    parameter bit BLOCK = 0,
    // Beats of a pixel, times that it is given, pixels of a row, times that a row is given.
    parameter int FOLDS = 2,
    parameter int TIMES_W = 2,
    parameter int PIXELS = 8,
    parameter int TIMES_H = 2
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire  [WIDTH-1:0] s_axis_tdata,
    input  wire              s_axis_tvalid,
    output wire              s_axis_tready,
    output logic [WIDTH-1:0] m_axis_tdata,
    output logic             m_axis_tvalid,
    input  wire              m_axis_tready
);
    localparam int ABITS = $clog2(DEPTH);

    typedef logic [ABITS-1:0] place_t;

    logic running;
    logic [ABITS:0] room, unread;
    place_t write_at, read_at;

    // What the next read does: whether it is the first or the last one of its beat, and the way to the
    // one behind it.
    logic   first_held, last_held;
    place_t advance_held;

    wire writable = running && !room[ABITS];
    wire readable = !(first_held && unread[ABITS]);
    wire write = s_axis_tvalid && writable;
    wire taken = !m_axis_tvalid || m_axis_tready;
    wire read = taken && readable;
    assign s_axis_tready = writable;

    // The loops are one read ahead, so that what the next read changes comes out of registers.
    wire load = read || !running;

    // Ends of the nested loops.
    wire last_fold, last_time, last_pixel, last_row_time;
    wire ends_pixel = last_fold && last_time;
    wire ends_row = ends_pixel && last_pixel;

    finn_steps #(.COUNT(FOLDS)) u_fold (.aclk, .aresetn, .step(load), .last(last_fold));
    finn_steps #(.COUNT(TIMES_W)) u_time (.aclk, .aresetn, .step(load && last_fold), .last(last_time));
    finn_steps #(.COUNT(PIXELS)) u_pixel (.aclk, .aresetn, .step(load && ends_pixel), .last(last_pixel));
    finn_steps #(.COUNT(TIMES_H)) u_row_time (.aclk, .aresetn, .step(load && ends_row), .last(last_row_time));

    logic   first_time, first_row_time;
    place_t advance;
    always_comb begin
        if (ends_row && !last_row_time) advance = place_t'(1 - PIXELS * FOLDS);
        else if (last_fold && !last_time) advance = place_t'(1 - FOLDS);
        else advance = place_t'(1);
    end

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            first_time     <= 1'b1;
            first_row_time <= 1'b1;
            first_held     <= 1'b1;
        end else if (load) begin
            first_held <= first_time && first_row_time;
            if (last_fold) first_time <= last_time;
            if (ends_row) first_row_time <= last_row_time;
        end
        if (load) begin
            last_held    <= last_time && last_row_time;
            advance_held <= advance;
        end
    end

    // A place is given back a cycle after its last read, which shortens the path and delays a write only.
    logic returned;
    wire  first = read && first_held;

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            running  <= 1'b0;
            m_axis_tvalid <= 1'b0;
            room     <= (ABITS + 1)'(DEPTH - 1);
            unread   <= '1;
            returned <= 1'b0;
            write_at <= '0;
            read_at  <= '0;
        end else begin
            running  <= 1'b1;
            if (taken) m_axis_tvalid <= readable;
            returned <= read && last_held;
            // What is known late only enables a count, whose direction is known early.
            if (returned != write) room <= room + {{ABITS{!returned}}, 1'b1};
            if (first != write) unread <= unread + {{ABITS{!write}}, 1'b1};
            if (write) write_at <= write_at + 1'b1;
            if (read) read_at <= read_at + advance_held;
        end
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
