`default_nettype none

// A held number plus a small one, two cycles later: two halves with a registered carry.
module finn_sum (
    input  wire         aclk,
    input  wire  [31:0] value,
    input  wire  [1:0]  addend,
    output logic [31:0] sum
);
    logic carry;

    always_ff @(posedge aclk) begin
        {carry, sum[15:0]} <= {1'b0, value[15:0]} + 17'(addend);
        sum[31:16] <= value[31:16] + 16'(carry);
    end
endmodule

`default_nettype wire
