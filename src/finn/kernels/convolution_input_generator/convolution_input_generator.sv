// Turns a channels-last image into the windows of a convolution: for each place of the kernel, row by
// row, its pixels row by row, channels innermost; one output beat a cycle.
//
// Beats are kept in a ring. A window's first beat is the oldest that it needs, and what lies before the
// next window's first is given back with a row of the kernel, as soon as the rows below need none of it.
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
    // Beats given back with the first row of a window's kernel that is not the last of its line; with the first
    // row of the last one's, and with its end; with each row but the last of an image's last one, and with its end.
    parameter int FREE_WINDOW = 1,
    parameter int FREE_LINE = 3,
    parameter int FREE_LINE_END = 0,
    parameter int FREE_ROW = 6,
    parameter int FREE_IMAGE = 3,
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
    typedef logic signed [CBITS-1:0] count_t;

    logic first_row;
    count_t advance, freed;
    wire load;

    finn_read_ring #(
        .WIDTH(WIDTH), .DEPTH(DEPTH), .BLOCK(BLOCK), .START(0), .CBITS(CBITS)
    ) u_ring (
        .aclk, .aresetn, .s_axis_tdata, .s_axis_tvalid, .s_axis_tready,
        .m_axis_tdata, .m_axis_tvalid, .m_axis_tready, .load, .advance, .freed
    );

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
    always_comb begin
        if (ends_image) advance = count_t'(-TO_IMAGE);
        else if (ends_line) advance = count_t'(-TO_LINE);
        else if (ends_window) advance = count_t'(-TO_WINDOW);
        else if (ends_kernel_row) advance = count_t'(-TO_ROW);
        else if (ends_pixel) advance = count_t'(-TO_PIXEL);
        else advance = '1;
        freed = '1;
        if (ends_image) freed = count_t'(FREE_IMAGE - 1);
        else if (ends_line) freed = count_t'(FREE_LINE_END - 1);
        else if (ends_kernel_row && last_window && last_line) freed = count_t'(FREE_ROW - 1);
        else if (ends_kernel_row && first_row) freed = count_t'((last_window ? FREE_LINE : FREE_WINDOW) - 1);
    end

    always_ff @(posedge aclk) begin
        if (!aresetn) first_row <= 1'b1;
        else if (load && ends_kernel_row) first_row <= last_row;
    end
endmodule

`default_nettype wire
