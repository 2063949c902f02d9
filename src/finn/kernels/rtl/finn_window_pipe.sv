// A window of consecutive atoms at a chosen offset, sixteen choices to a cycle: the offset's uppermost
// digit first, since what it leaves is the narrowest.
`default_nettype none

module finn_window_pipe #(
    // Bits of an atom.
    parameter int ATOM = 1,
    // Atoms to choose from.
    parameter int TAKEN = 8,
    // Atoms in the window.
    parameter int GIVEN = 4,
    // Bits of the offset, which is at most TAKEN - GIVEN.
    parameter int BITS = 3
) (
    input  wire                  aclk,
    input  wire                  enable,
    input  wire [TAKEN*ATOM-1:0] data,
    input  wire [BITS-1:0]       offset,
    // (BITS + 3) / 4 cycles later.
    output wire [GIVEN*ATOM-1:0] window
);
    localparam int STAGES = (BITS + 3) / 4;

    generate
        for (genvar stage = 0; stage < STAGES; stage++) begin : gen_stage
            // Bits of the offset that this stage leaves, and that come to it.
            localparam int LEFT  = 4 * (STAGES - 1 - stage);
            localparam int COMES = LEFT + 4 < BITS ? LEFT + 4 : BITS;
            localparam int WIDE  = stage == 0 || GIVEN + 2 ** COMES - 1 > TAKEN ? TAKEN : GIVEN + 2 ** COMES - 1;
            localparam int NARROW = GIVEN + 2 ** LEFT - 1 > TAKEN ? TAKEN : GIVEN + 2 ** LEFT - 1;
            wire  [WIDE*ATOM-1:0]   choices;
            wire  [COMES-1:0]       digits;
            wire  [NARROW*ATOM-1:0] chosen;
            logic [NARROW*ATOM-1:0] held;
            if (stage == 0) begin : gen_first
                assign choices = data;
                assign digits  = offset;
            end else begin : gen_next
                assign choices = gen_stage[stage-1].held;
                assign digits  = gen_stage[stage-1].gen_left.digits_held;
            end
            finn_window #(
                .ATOM(ATOM), .TAKEN(WIDE), .GIVEN(NARROW), .BITS(COMES - LEFT), .STRIDE(2 ** LEFT)
            ) choose (.data(choices), .offset(digits[COMES-1:LEFT]), .window(chosen));
            always_ff @(posedge aclk) if (enable) held <= chosen;
            if (LEFT > 0) begin : gen_left
                logic [LEFT-1:0] digits_held;
                always_ff @(posedge aclk) if (enable) digits_held <= digits[LEFT-1:0];
            end
        end
    endgenerate

    assign window = gen_stage[STAGES-1].held;
endmodule

`default_nettype wire
