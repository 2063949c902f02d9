`default_nettype none

// Counts up to 2^32 - 1 and stays there.
module finn_saturating_counter (
    input  wire         aclk,
    input  wire         clear,
    input  wire         step,
    output wire  [31:0] count
);
    logic [31:0] value;
    logic        full;

    always_ff @(posedge aclk) begin
        if (clear) {full, value} <= '0;
        else if (step && !full) {full, value} <= {1'b0, value} + 33'd1;
    end
    assign count = full ? '1 : value;
endmodule

`default_nettype wire
