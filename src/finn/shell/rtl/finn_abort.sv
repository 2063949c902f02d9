`default_nettype none

// Abort of the whole shell: stop issuing, wait for every outstanding burst, flush, release.
// A frame cut off anywhere makes the rest of the run worthless, so one request stops all DMAs.
module finn_abort #(
    // Number of DMA engines
    parameter int unsigned DMAS = 2,
    // Cycles of quiet before the flush and of the flush itself, a power of two
    parameter int unsigned CYCLES = 16
) (
    input  wire            aclk,
    input  wire            aresetn,
    input  wire [DMAS-1:0] request,
    input  wire [DMAS-1:0] quiet,
    output logic           aborting,
    output logic           flush_resetn,
    output logic           network_aresetn
);
    localparam int unsigned BITS = $clog2(CYCLES);

    logic            flushing;
    logic [BITS-1:0] count;
    logic            last;

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            aborting <= 1'b0;
            flushing <= 1'b0;
            count <= '0;
            last <= 1'b0;
        end else begin
            last <= count == {{(BITS - 1) {1'b1}}, 1'b0} && (flushing || &quiet);
            if (!aborting) begin
                aborting <= |request;
                flushing <= 1'b0;
                count <= '0;
                last <= 1'b0;
            end else begin
                count <= (flushing || &quiet) ? count + 1'b1 : '0;
                if (last && flushing) aborting <= 1'b0;
                if (last) flushing <= 1'b1;
            end
        end
        flush_resetn <= aresetn && !flushing;
        network_aresetn <= aresetn && !aborting;
    end
endmodule

`default_nettype wire
