`default_nettype none

// Counts a run's items down, one a cycle if need be. Two halves with a registered borrow and flags
// that are computed one step ahead, so that nothing waits for 32 bits.
module finn_countdown (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire         load,
    input  wire  [31:0] count,  // held from two cycles before load
    input  wire         step,
    output logic        active, // items are left
    output logic        last    // the next step takes the last one
);
    logic [15:0] low;
    logic [15:0] high;
    logic        borrow;
    logic        high_none;
    logic        count_any;
    logic        count_one;

    always_ff @(posedge aclk) begin
        count_any <= count != 32'd0;
        count_one <= count == 32'd1;
        borrow <= !load && step && low == 16'd0;
        // Borrows are 2^16 steps apart: the upper half has settled long before its flag matters.
        high_none <= high == 16'd0;
        if (load) begin
            {high, low} <= count;
            last <= count_one;
            high_none <= 1'b0;
        end else begin
            if (step) begin
                low <= low - 1'b1;
                last <= low == 16'd2 && high_none;
            end
            if (borrow) high <= high - 1'b1;
        end
        if (!aresetn) active <= 1'b0;
        else if (load) active <= count_any;
        else if (step && last) active <= 1'b0;
    end
endmodule

`default_nettype wire
