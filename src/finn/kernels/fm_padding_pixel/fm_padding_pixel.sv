// Puts constant pixels between the pixels and rows of a channels-last stream; one output beat a cycle.
`default_nettype none

module fm_padding_pixel #(
    // Elements of a beat.
    parameter int SIMD = 1,
    // Bits of an element that comes, and of one that goes.
    parameter int IBITS = 8,
    parameter int OBITS = 8,
    // 1: elements that come are bipolar (-1/+1 as 0/1), those that go are two's complement.
    parameter bit BIPOLAR = 0,
    // Beats of a pixel, pixels of a row, rows of the image.
    parameter int FOLDS = 1,
    parameter int PIXELS = 4,
    parameter int ROWS = 4,
    // Beats between two pixels, rows between two rows.
    parameter int BETWEEN = 1,
    parameter int ROWS_BETWEEN = 1,
    // Code of an element of the padding.
    parameter logic [OBITS-1:0] VALUE = '0
) (
    input  wire                   aclk,
    input  wire                   aresetn,
    input  wire  [SIMD*IBITS-1:0] s_axis_tdata,
    input  wire                   s_axis_tvalid,
    output wire                   s_axis_tready,
    output wire  [SIMD*OBITS-1:0] m_axis_tdata,
    output wire                   m_axis_tvalid,
    input  wire                   m_axis_tready
);
    wire in_row, in_column, ends_row, ends_image, step;
    wire in_image = in_row && in_column;
    wire unused = &{1'b0, ends_image};

    pixel_axis #(.COUNT(PIXELS), .INNER(FOLDS), .GAP(BETWEEN)) u_row (
        .aclk, .aresetn, .step, .in_image(in_row), .last(ends_row)
    );
    pixel_axis #(.COUNT(ROWS), .INNER(1), .GAP(ROWS_BETWEEN)) u_column (
        .aclk, .aresetn, .step(step && ends_row), .in_image(in_column), .last(ends_image)
    );

    padding_slice #(.SIMD(SIMD), .IBITS(IBITS), .OBITS(OBITS), .BIPOLAR(BIPOLAR), .VALUE(VALUE)) u_output (
        .aclk, .aresetn, .s_axis_tdata, .s_axis_tvalid, .s_axis_tready,
        .in_image, .waits(1'b0), .step,
        .m_axis_tdata, .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
