`default_nettype none

// Fabric reset: low for a while after configuration and, where the processor has a fabric reset,
// whenever that is low.
module finn_reset #(
    // Whether the processor has a fabric reset
    parameter bit PROCESSOR_RESET = 1'b1,
    // Cycles of the power-on reset, a power of two
    parameter int unsigned CYCLES = 32
) (
    input  wire aclk,
    input  wire processor_resetn,
    output wire aresetn
);
    localparam int unsigned BITS = $clog2(CYCLES);

    // The only state with an initial value: some boards give no reset pulse at a run-time download.
    /* verilator lint_off PROCASSINIT */
    logic [BITS:0] power_on = '0;
    /* verilator lint_on PROCASSINIT */
    (* ASYNC_REG = "TRUE" *) logic [1:0] synchroniser;
    logic released;

    always_ff @(posedge aclk) begin
        if (!power_on[BITS]) power_on <= power_on + 1'b1;
        synchroniser <= {synchroniser[0], processor_resetn};
        released <= power_on[BITS] && (synchroniser[1] || !PROCESSOR_RESET);
    end

    assign aresetn = released;
endmodule

`default_nettype wire
