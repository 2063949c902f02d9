`default_nettype none

// Up-and-down counter in thermometer code: every bit is a flag, and no carry is waited for.
module finn_level #(
    // Largest value
    parameter int unsigned MOST = 8,
    // Value after reset: 0 or MOST
    parameter int unsigned FIRST = 0
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire             up,
    input  wire             down,
    output logic [MOST-1:0] above // bit i: the value is greater than i
);
    always_ff @(posedge aclk) begin
        if (!aresetn) above <= FIRST == 0 ? '0 : '1;
        else if (up && !down) above <= {above[MOST-2:0], 1'b1};
        else if (!up && down) above <= {1'b0, above[MOST-1:1]};
    end
endmodule

`default_nettype wire
