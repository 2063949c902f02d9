// Where along one axis the stream is, with gaps between pixels: in a pixel or in the gap before one.
`default_nettype none

module pixel_axis #(
    // Pixels, steps of a pixel, steps of the gap before each pixel but the first.
    parameter int COUNT = 4,
    parameter int INNER = 2,
    parameter int GAP = 2
) (
    input  wire  aclk,
    input  wire  aresetn,
    input  wire  step,
    output logic in_image,
    // The last step of the axis.
    output wire  last
);
    localparam int PERIOD = GAP + INNER;
    localparam int BITS = PERIOD > 1 ? $clog2(PERIOD) : 1;

    wire last_pixel;
    logic [BITS-1:0] done;
    logic ends;
    assign last = ends && last_pixel;

    finn_steps #(.COUNT(COUNT)) u_pixel (.aclk, .aresetn, .step(step && ends), .last(last_pixel));

    // Whether no gap lies before the next pixel.
    wire adjoins = GAP == 0 || last_pixel;

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            done     <= BITS'(GAP);
            ends     <= INNER == 1;
            in_image <= 1'b1;
        end else if (step) begin
            if (ends) done <= adjoins ? BITS'(GAP) : '0;
            else done <= done + 1'b1;
            ends <= ends ? INNER == 1 && adjoins : done == BITS'(PERIOD - 2);
            in_image <= ends ? adjoins : in_image || done == BITS'(GAP - 1);
        end
    end
endmodule

`default_nettype wire
