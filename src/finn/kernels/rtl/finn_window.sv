// A window of consecutive atoms at a chosen offset: four choices, one LUT, to a level.
`default_nettype none

module finn_window #(
    // Bits of an atom.
    parameter int ATOM = 1,
    // Atoms to choose from.
    parameter int TAKEN = 8,
    // Atoms in the window.
    parameter int GIVEN = 4,
    // Bits of the offset, which times STRIDE is at most TAKEN - GIVEN.
    parameter int BITS = 3,
    // Atoms in a step of the offset.
    parameter int STRIDE = 1
) (
    input  wire [TAKEN*ATOM-1:0] data,
    input  wire [BITS-1:0]       offset,
    output wire [GIVEN*ATOM-1:0] window
);
    localparam int LEVELS = (BITS + 1) / 2;
    // Every level may look three of its steps beyond the end, where only zeros are.
    localparam int PADDED = TAKEN + STRIDE * 4 ** LEVELS;

    generate
        for (genvar level = 0; level <= LEVELS; level++) begin : gen_level
            wire [PADDED*ATOM-1:0] shifted;
            if (level == 0) begin : gen_first
                assign shifted = {{(PADDED - TAKEN) * ATOM{1'b0}}, data};
            end else begin : gen_shift
                localparam int STEP = (4 ** (level - 1)) * STRIDE * ATOM;
                localparam int REST = PADDED * ATOM - 3 * STEP;
                wire [PADDED*ATOM-1:0] earlier = gen_level[level-1].shifted;
                wire [1:0] digit;
                if (2 * level <= BITS) begin : gen_two
                    assign digit = offset[2*level-1:2*level-2];
                end else begin : gen_one
                    assign digit = {1'b0, offset[2*level-2]};
                end
                assign shifted[REST-1:0] = digit[1]
                    ? (digit[0] ? earlier[3*STEP +: REST] : earlier[2*STEP +: REST])
                    : (digit[0] ? earlier[STEP +: REST] : earlier[0 +: REST]);
                assign shifted[PADDED*ATOM-1:REST] = '0;
            end
        end
    endgenerate

    wire unused = &{1'b0, gen_level[LEVELS].shifted[PADDED*ATOM-1:GIVEN*ATOM]};
    assign window = gen_level[LEVELS].shifted[GIVEN*ATOM-1:0];
endmodule

`default_nettype wire
