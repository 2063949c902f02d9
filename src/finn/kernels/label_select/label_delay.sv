// Registers in a row.
`default_nettype none

module label_delay #(
    // Bits.
    parameter int WIDTH = 1,
    // How many of the lowest bits are 0 after reset.
    parameter int VALIDS = 0,
    // Registers; 0 is a wire.
    parameter int CYCLES = 1
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire              enable,
    input  wire  [WIDTH-1:0] data,
    output wire  [WIDTH-1:0] delayed
);
    generate
        if (CYCLES == 0) begin : gen_wire
            wire unused = &{1'b0, aclk, aresetn, enable};
            assign delayed = data;
        end else begin : gen_registers
            logic [CYCLES*WIDTH-1:0] held;
            wire  [(CYCLES+1)*WIDTH-1:0] shifted = {held, data};
            for (genvar bit_at = 0; bit_at < CYCLES * WIDTH; bit_at++) begin : gen_bit
                if (bit_at % WIDTH < VALIDS) begin : gen_valid
                    always_ff @(posedge aclk) begin
                        if (!aresetn) held[bit_at] <= 1'b0;
                        else if (enable) held[bit_at] <= shifted[bit_at];
                    end
                end else begin : gen_data
                    always_ff @(posedge aclk) if (enable) held[bit_at] <= shifted[bit_at];
                end
            end
            if (VALIDS == 0) begin : gen_no_reset
                wire unused = &{1'b0, aresetn};
            end
            assign delayed = held[CYCLES*WIDTH-1 -: WIDTH];
        end
    endgenerate
endmodule

`default_nettype wire
