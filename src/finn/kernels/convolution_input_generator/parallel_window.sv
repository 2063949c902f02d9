// Turns a channels-last image into the windows of a convolution, each in one beat: its pixels row by row,
// channels innermost; one pixel a cycle.
//
// The pixel that is next in the input ring is a window's last. All others of the window are that many pixels
// behind it: in registers along a row of the kernel, in a delay line from each row of the kernel to the one above.
`default_nettype none

module parallel_window #(
    // Bits of a pixel.
    parameter int WIDTH = 8,
    // The image.
    parameter int IMAGE_W = 8,
    parameter int IMAGE_H = 8,
    // Pixels of a kernel's row, rows of a kernel; from one of them to the next.
    parameter int KERNEL_W = 3,
    parameter int KERNEL_H = 3,
    parameter int DILATION_W = 1,
    parameter int DILATION_H = 1,
    // From one window to the next.
    parameter int STRIDE_W = 1,
    parameter int STRIDE_H = 1,
    // 1: the delay lines are block RAM, 0: LUT RAM.
    parameter bit BLOCK = 0
) (
    input  wire                               aclk,
    input  wire                               aresetn,
    input  wire  [WIDTH-1:0]                  s_axis_tdata,
    input  wire                               s_axis_tvalid,
    output wire                               s_axis_tready,
    output wire  [KERNEL_H*KERNEL_W*WIDTH-1:0] m_axis_tdata,
    output wire                               m_axis_tvalid,
    input  wire                               m_axis_tready
);
    // Pixels from the last of a kernel's row to its first, and from that to the last of the row above.
    localparam int ALONG = (KERNEL_W - 1) * DILATION_W;
    localparam int LINE  = IMAGE_W * DILATION_H - ALONG;
    // Places of a delay line's memory.
    localparam int DEPTH = BLOCK ? LINE - 1 : LINE;
    localparam int ABITS = DEPTH > 2 ? $clog2(DEPTH) : 2;

    wire [WIDTH-1:0] first;
    wire             filled;
    wire             ends_in_row, ends_in_column, last_in_row, last_in_column;
    wire             step = filled && (!(ends_in_row && ends_in_column) || m_axis_tready);
    assign m_axis_tvalid = filled && ends_in_row && ends_in_column;

    finn_ring #(.WIDTH(WIDTH)) u_ring (
        .aclk, .aresetn, .s_axis_tdata, .s_axis_tvalid, .s_axis_tready, .first, .filled, .take(step)
    );

    // Its uppermost bit has an enable of its own: else Yosys takes the address for a register of the read port
    // and finds no memory of one port, which holds a third more bits in its LUTs.
    logic [ABITS-2:0] at_low;
    logic             at_high, at_last;
    wire  [ABITS-1:0] at = {at_high, at_low};

    window_axis #(.SIZE(IMAGE_W), .REACH(ALONG + 1), .STRIDE(STRIDE_W)) u_row (
        .aclk, .aresetn, .step, .ends(ends_in_row), .last(last_in_row)
    );
    window_axis #(.SIZE(IMAGE_H), .REACH((KERNEL_H - 1) * DILATION_H + 1), .STRIDE(STRIDE_H)) u_column (
        .aclk, .aresetn, .step(step && last_in_row), .ends(ends_in_column), .last(last_in_column)
    );
    wire unused = &{1'b0, last_in_column};

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            at_low  <= '0;
            at_high <= 1'b0;
            at_last <= DEPTH <= 1;
        end else if (step) begin
            at_low  <= at_last ? '0 : at_low + 1'b1;
            at_last <= DEPTH <= 1 || (!at_last && at == ABITS'(DEPTH - 2));
            if (at_last || &at_low) at_high <= !at_last;
        end
    end

    generate
        for (genvar row = KERNEL_H - 1; row >= 0; row--) begin : gen_row
            // This row's newest pixel, and those behind it, the newest lowest.
            wire [WIDTH-1:0]           newest;
            wire [(ALONG+1)*WIDTH-1:0] pixels;
            if (row == KERNEL_H - 1) begin : gen_input
                assign newest = first;
            end else begin : gen_line
                window_line #(
                    .WIDTH(WIDTH), .DELAY(LINE), .BLOCK(BLOCK), .DEPTH(DEPTH), .ABITS(ABITS)
                ) u_line (
                    .aclk, .step, .at, .d(gen_row[row+1].pixels[ALONG*WIDTH +: WIDTH]), .q(newest)
                );
            end
            if (ALONG == 0) begin : gen_one
                assign pixels = newest;
            end else begin : gen_more
                logic [ALONG*WIDTH-1:0] older;
                always_ff @(posedge aclk) if (step) older <= pixels[0 +: ALONG*WIDTH];
                assign pixels = {older, newest};
            end
            for (genvar column = 0; column < KERNEL_W; column++) begin : gen_pixel
                assign m_axis_tdata[(row*KERNEL_W+column)*WIDTH +: WIDTH] =
                    pixels[(ALONG-column*DILATION_W)*WIDTH +: WIDTH];
            end
        end
    endgenerate
endmodule

`default_nettype wire
