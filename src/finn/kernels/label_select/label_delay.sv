// Registers in a row. The last one has a reset, which keeps it out of shift register primitives, whose
// outputs are slow.
`default_nettype none

module label_delay #(
    // Bits.
    parameter int WIDTH = 1,
    // How many of the lowest bits are 0 in all registers after reset.
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
                if (bit_at % WIDTH < VALIDS || bit_at >= (CYCLES - 1) * WIDTH) begin : gen_reset
                    always_ff @(posedge aclk) begin
                        if (!aresetn) held[bit_at] <= 1'b0;
                        else if (enable) held[bit_at] <= shifted[bit_at];
                    end
                end else begin : gen_data
                    always_ff @(posedge aclk) if (enable) held[bit_at] <= shifted[bit_at];
                end
            end
            wire unused = &{1'b0, shifted[(CYCLES+1)*WIDTH-1 -: WIDTH]};
            assign delayed = held[CYCLES*WIDTH-1 -: WIDTH];
        end
    endgenerate
endmodule

`default_nettype wire
