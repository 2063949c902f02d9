`default_nettype none

// Address of a port's next block and the number of blocks it still has to issue.
// One step per few cycles, so the upper half follows by a registered carry.
module finn_address #(
    // Bytes from one block of this port to its next, a multiple of 128
    parameter int unsigned STRIDE = 128,
    // Bytes from the base to this port's first block
    parameter int unsigned OFFSET = 0
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire         load,
    input  wire  [63:0] base,
    input  wire  [31:0] blocks,
    input  wire         step,
    output logic [63:0] address,
    output logic        more
);
    logic [31:0] left;
    logic carry;

    always_ff @(posedge aclk) begin
        carry <= 1'b0;
        more <= left != 32'd0;
        if (load) begin
            {carry, address[31:0]} <= {1'b0, base[31:0]} + 33'(OFFSET);
            address[63:32] <= base[63:32];
            left <= blocks;
            more <= 1'b0;
        end else if (step) begin
            {carry, address[31:0]} <= {1'b0, address[31:0]} + 33'(STRIDE);
            left <= left - 1'b1;
            more <= 1'b0;
        end
        if (carry) address[63:32] <= address[63:32] + 1'b1;
        if (!aresetn) begin
            left <= '0;
            more <= 1'b0;
        end
    end
endmodule

`default_nettype wire
