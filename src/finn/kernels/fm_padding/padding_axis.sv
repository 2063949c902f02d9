// Where along one axis of a padded image the stream is: inside the image or in the padding.
`default_nettype none

module padding_axis #(
    // Steps before, in and behind the image.
    parameter int BEFORE = 1,
    parameter int INNER = 4,
    parameter int BEHIND = 1
) (
    input  wire  aclk,
    input  wire  aresetn,
    input  wire  step,
    output logic in_image,
    // The last step of the axis.
    output logic last
);
    localparam int COUNT = BEFORE + INNER + BEHIND;
    localparam int BITS = COUNT > 1 ? $clog2(COUNT) : 1;

    logic [BITS-1:0] done;

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            done     <= '0;
            last     <= COUNT == 1;
            in_image <= BEFORE == 0;
        end else if (step) begin
            done <= last ? '0 : done + 1'b1;
            last <= COUNT == 1 || (!last && done == BITS'(COUNT - 2));
            if (last) in_image <= BEFORE == 0;
            else if (BEFORE > 0 && done == BITS'(BEFORE - 1)) in_image <= 1'b1;
            else if (BEHIND > 0 && done == BITS'(BEFORE + INNER - 1)) in_image <= 1'b0;
        end
    end
endmodule

`default_nettype wire
