// Turns a channels-last image into the windows of a convolution: for each place of the kernel, row by
// row, its pixels row by row, channels innermost; one output beat a cycle.
//
// Beats are kept in a ring. A window's first beat is the oldest that is still needed, so places are
// given back window by window. Two counters decide: `room` are the free places less one, `ahead`
// is how far the writer is beyond the reader, less one; their sign bits are the flags.
`default_nettype none

module convolution_input_generator #(
    // Bits of a beat.
    parameter int WIDTH = 8,
    // Places of the ring, a power of two.
    parameter int DEPTH = 32,
    // 1: the ring is block RAM, 0: LUT RAM.
    parameter bit BLOCK = 0,
    // Beats of a pixel, pixels of a kernel's row, rows of a kernel, windows of a row, rows of windows.
    parameter int FOLDS = 1,
    parameter int KERNEL_W = 3,
    parameter int KERNEL_H = 3,
    parameter int WINDOWS = 4,
    parameter int ROWS = 4,
    // Beats from the last one read to the next: to the kernel's next pixel, to its next row, to the next window,
    // to the first window of the next row, to that of the next image.
    parameter int TO_PIXEL = 1,
    parameter int TO_ROW = 4,
    parameter int TO_WINDOW = -9,
    parameter int TO_LINE = -7,
    parameter int TO_IMAGE = 1,
    // Beats from a window's first to that of the next window, line, image.
    parameter int FREE_WINDOW = 1,
    parameter int FREE_LINE = 3,
    parameter int FREE_IMAGE = 15,
    // Bits of the two counters, sign included.
    parameter int CBITS = 8
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire  [WIDTH-1:0] s_axis_tdata,
    input  wire              s_axis_tvalid,
    output wire              s_axis_tready,
    output wire  [WIDTH-1:0] m_axis_tdata,
    output wire              m_axis_tvalid,
    input  wire              m_axis_tready
);
    localparam int ABITS = $clog2(DEPTH);

    typedef logic signed [CBITS-1:0] count_t;

    wire  enable;
    logic running;
    count_t room, ahead;
    logic [ABITS-1:0] write_at, read_at;

    wire writable = running && !room[CBITS-1];
    wire readable = !ahead[CBITS-1];
    wire write = s_axis_tvalid && writable;
    wire read = enable && readable;
    assign s_axis_tready = writable;

    // The loops are one read ahead, so that what the next read changes comes out of registers.
    wire load = read || !running;

    // Ends of the nested loops.
    wire ends_pixel, ends_kernel_row, ends_window, ends_line, ends_image;
    wire last_fold, last_pixel, last_row, last_window, last_line;
    assign ends_pixel      = last_fold;
    assign ends_kernel_row = ends_pixel && last_pixel;
    assign ends_window     = ends_kernel_row && last_row;
    assign ends_line       = ends_window && last_window;
    assign ends_image      = ends_line && last_line;

    finn_steps #(.COUNT(FOLDS)) u_fold (.aclk, .aresetn, .step(load), .last(last_fold));
    finn_steps #(.COUNT(KERNEL_W)) u_pixel (.aclk, .aresetn, .step(load && ends_pixel), .last(last_pixel));
    finn_steps #(.COUNT(KERNEL_H)) u_row (.aclk, .aresetn, .step(load && ends_kernel_row), .last(last_row));
    finn_steps #(.COUNT(WINDOWS)) u_window (.aclk, .aresetn, .step(load && ends_window), .last(last_window));
    finn_steps #(.COUNT(ROWS)) u_line (.aclk, .aresetn, .step(load && ends_line), .last(last_line));

    // The negative of the way from a read to the next; places that it gives back, less one.
    count_t advance, freed, advance_held, freed_held;
    always_comb begin
        if (ends_image) advance = count_t'(-TO_IMAGE);
        else if (ends_line) advance = count_t'(-TO_LINE);
        else if (ends_window) advance = count_t'(-TO_WINDOW);
        else if (ends_kernel_row) advance = count_t'(-TO_ROW);
        else if (ends_pixel) advance = count_t'(-TO_PIXEL);
        else advance = '1;
        if (ends_image) freed = count_t'(FREE_IMAGE - 1);
        else if (ends_line) freed = count_t'(FREE_LINE - 1);
        else if (ends_window) freed = count_t'(FREE_WINDOW - 1);
        else freed = '1;
    end

    // A place is given back a cycle after its last read, which shortens the path and delays a write only.
    count_t returned;
    // A write is the carry into each sum, so that it takes no adder of its own.
    wire [CBITS:0] next_room = {room, 1'b1} + {returned, !write};
    wire [CBITS:0] next_ahead = {ahead, 1'b1} + {read ? advance_held : '0, write};
    wire unused = &{1'b0, next_room[0], next_ahead[0]};

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            running  <= 1'b0;
            room     <= count_t'(DEPTH - 1);
            ahead    <= '1;
            returned <= '1;
            write_at <= '0;
            read_at  <= '0;
        end else begin
            running  <= 1'b1;
            returned <= read ? freed_held : '1;
            room     <= next_room[CBITS:1];
            ahead    <= next_ahead[CBITS:1];
            if (write) write_at <= write_at + 1'b1;
            if (read) read_at <= read_at - ABITS'(advance_held);
        end
    end

    always_ff @(posedge aclk)
        if (load) begin
            advance_held <= advance;
            freed_held   <= freed;
        end

    logic [WIDTH-1:0] fetched;
    generate
        if (BLOCK) begin : gen_block
            (* ram_style = "block" *) logic [WIDTH-1:0] words[0:DEPTH-1];
            always_ff @(posedge aclk) if (write) words[write_at] <= s_axis_tdata;
            always_ff @(posedge aclk) if (enable) fetched <= words[read_at];
        end else begin : gen_lut
            (* ram_style = "distributed" *) logic [WIDTH-1:0] words[0:DEPTH-1];
            always_ff @(posedge aclk) if (write) words[write_at] <= s_axis_tdata;
            always_ff @(posedge aclk) if (enable) fetched <= words[read_at];
        end
    endgenerate

    wire [WIDTH-1:0] settled;
    wire             valid;
    pipeline_delay #(.WIDTH(WIDTH), .CYCLES(BLOCK ? 1 : 0)) u_settle (
        .aclk, .aresetn, .enable, .d(fetched), .q(settled)
    );
    pipeline_delay #(.WIDTH(1), .CYCLES(BLOCK ? 2 : 1), .RESET(1)) u_valid (
        .aclk, .aresetn, .enable, .d(readable), .q(valid)
    );

    finn_skid #(.WIDTH(WIDTH)) u_output (
        .aclk, .aresetn,
        .s_axis_tdata(settled), .s_axis_tvalid(valid), .s_axis_tready(enable),
        .m_axis_tdata, .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
