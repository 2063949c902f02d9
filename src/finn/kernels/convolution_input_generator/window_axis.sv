// Where along one axis of an image windows end: after REACH places, then after every STRIDE ones.
`default_nettype none

module window_axis #(
    // Places of the axis, of a window, from one window to the next.
    parameter int SIZE = 8,
    parameter int REACH = 3,
    parameter int STRIDE = 1
) (
    input  wire  aclk,
    input  wire  aresetn,
    input  wire  step,
    // A window ends in this place.
    output logic ends,
    // The last place of the axis.
    output wire  last
);
    localparam int MOST = REACH > STRIDE ? REACH : STRIDE;
    localparam int BITS = MOST > 1 ? $clog2(MOST) : 1;

    // Places from this one to the next in which a window ends.
    logic [BITS-1:0] left;

    finn_steps #(.COUNT(SIZE)) u_place (.aclk, .aresetn, .step, .last);

    always_ff @(posedge aclk) begin
        if (!aresetn || (step && last)) begin
            left <= BITS'(REACH - 1);
            ends <= REACH == 1;
        end else if (step) begin
            left <= ends ? BITS'(STRIDE - 1) : left - 1'b1;
            ends <= ends ? STRIDE == 1 : left == BITS'(1);
        end
    end
endmodule

`default_nettype wire
