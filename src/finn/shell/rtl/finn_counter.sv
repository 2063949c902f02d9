`default_nettype none

// Counts up to its largest value and stays there. Sections of 16 bits, each with a flag that all its
// bits are set; the lowest one's is computed one step ahead, so that the count is never torn.
module finn_counter #(
    // Sections of 16 bits
    parameter int unsigned SECTIONS = 2
) (
    input  wire                    aclk,
    input  wire                    clear,
    input  wire                    step,
    output wire  [SECTIONS*16-1:0] count
);
    logic [SECTIONS-1:0]       full;
    logic [SECTIONS-1:0][15:0] value;
    wire advance = step && !(&full);

    assign count = value;

    always_ff @(posedge aclk) begin
        if (clear) full[0] <= 1'b0;
        else if (advance) full[0] <= value[0] == 16'hFFFE;
        if (clear) value[0] <= '0;
        else if (advance) value[0] <= value[0] + 1'b1;
    end

    // The upper sections change 2^16 steps apart, so their flags may follow.
    for (genvar section = 1; section < SECTIONS; section++) begin : gen_upper
        always_ff @(posedge aclk) begin
            full[section] <= !clear && (&value[section]);
            if (clear) value[section] <= '0;
            else if (advance && (&full[section-1:0])) value[section] <= value[section] + 1'b1;
        end
    end
endmodule

`default_nettype wire
