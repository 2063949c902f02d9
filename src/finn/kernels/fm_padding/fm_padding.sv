// Surrounds each image of a channels-last stream with constant pixels; one output beat a cycle. An
// image's padding begins when its first beat is there, so that nothing comes out that has no image.
`default_nettype none

module fm_padding #(
    // Elements of a beat.
    parameter int SIMD = 1,
    // Bits of an element that comes, and of one that goes.
    parameter int IBITS = 8,
    parameter int OBITS = 8,
    // 1: elements that come are bipolar (-1/+1 as 0/1), those that go are two's complement.
    parameter bit BIPOLAR = 0,
    // Beats of a row of the image, rows of the image.
    parameter int ROW = 4,
    parameter int ROWS = 4,
    // Beats before and after each row; rows before and after the image.
    parameter int LEFT = 1,
    parameter int RIGHT = 1,
    parameter int TOP = 1,
    parameter int BOTTOM = 1,
    // Code of an element of the padding.
    parameter logic [OBITS-1:0] VALUE = '0
) (
    input  wire                  aclk,
    input  wire                  aresetn,
    input  wire [SIMD*IBITS-1:0] s_axis_tdata,
    input  wire                  s_axis_tvalid,
    output wire                  s_axis_tready,
    output wire  [SIMD*OBITS-1:0] m_axis_tdata,
    output wire                  m_axis_tvalid,
    input  wire                  m_axis_tready
);
    wire  in_row, in_column, ends_row, ends_image;
    logic starts;
    wire  in_image = in_row && in_column;
    wire  step;

    padding_axis #(.BEFORE(LEFT), .INNER(ROW), .BEHIND(RIGHT)) u_row (
        .aclk, .aresetn, .step, .in_image(in_row), .last(ends_row)
    );
    padding_axis #(.BEFORE(TOP), .INNER(ROWS), .BEHIND(BOTTOM)) u_column (
        .aclk, .aresetn, .step(step && ends_row), .in_image(in_column), .last(ends_image)
    );

    always_ff @(posedge aclk)
        if (!aresetn) starts <= 1'b1;
        else if (step) starts <= ends_row && ends_image;

    padding_slice #(.SIMD(SIMD), .IBITS(IBITS), .OBITS(OBITS), .BIPOLAR(BIPOLAR), .VALUE(VALUE)) u_output (
        .aclk, .aresetn, .s_axis_tdata, .s_axis_tvalid, .s_axis_tready,
        .in_image, .waits(starts), .step,
        .m_axis_tdata, .m_axis_tvalid, .m_axis_tready
    );
endmodule

`default_nettype wire
