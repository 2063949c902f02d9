// Puts each input beat behind what is left of the one before: at the next of GIVEN offsets, which follow
// from the beats' numbers alone. It has a result ready before the register that takes it is free.
`default_nettype none

module width_place #(
    // Bits of the largest part that is never divided.
    parameter int ATOM = 1,
    // Atoms in an input beat, more than GIVEN and coprime to it.
    parameter int TAKEN = 3,
    // Atoms in an output beat, at least 2.
    parameter int GIVEN = 2,
    // Bits of a number of output beats.
    parameter int COUNT_BITS = 2,
    // Derived: atoms in the result.
    parameter int KEPT = TAKEN + GIVEN - 1
) (
    input  wire                   aclk,
    input  wire                   aresetn,
    input  wire  [TAKEN*ATOM-1:0] s_axis_tdata,
    input  wire                   s_axis_tvalid,
    output wire                   s_axis_tready,
    // The result can be taken; it is taken.
    input  wire                   free,
    output wire                   accept,
    output wire  [KEPT*ATOM-1:0]  placed,
    // Atoms of the result that are not left of the beat before.
    output wire  [KEPT-1:0]       covered,
    // Whole output beats with this beat.
    output wire  [COUNT_BITS-1:0] made
);
    localparam int LOW         = GIVEN - 1;
    localparam int OFFSET_BITS = $clog2(GIVEN);
    localparam int STAGES      = (OFFSET_BITS + 3) / 4;

    function automatic [GIVEN*OFFSET_BITS-1:0] offsets_after();
        for (int o = 0; o < GIVEN; o++) begin
            offsets_after[o*OFFSET_BITS +: OFFSET_BITS] = OFFSET_BITS'((o + TAKEN) % GIVEN);
        end
    endfunction
    // Moving up by the offset is a window that starts LOW - offset atoms into {beat, zeros}.
    function automatic [GIVEN*OFFSET_BITS-1:0] starts_after();
        for (int o = 0; o < GIVEN; o++) begin
            starts_after[o*OFFSET_BITS +: OFFSET_BITS] = OFFSET_BITS'(LOW - (o + TAKEN) % GIVEN);
        end
    endfunction
    function automatic [GIVEN*COUNT_BITS-1:0] counts();
        for (int o = 0; o < GIVEN; o++) begin
            counts[o*COUNT_BITS +: COUNT_BITS] = COUNT_BITS'((o + TAKEN) / GIVEN);
        end
    endfunction
    localparam logic [GIVEN*OFFSET_BITS-1:0] NEXT_OFFSET = offsets_after();
    localparam logic [GIVEN*OFFSET_BITS-1:0] NEXT_START  = starts_after();
    localparam logic [GIVEN*COUNT_BITS-1:0]  COUNTS      = counts();

    // Atoms that are left of the beat before.
    logic [OFFSET_BITS-1:0] offset;
    logic [OFFSET_BITS-1:0] start;
    wire                    accepting;
    wire                    advance = !accepting || free;
    wire                    take = s_axis_tvalid && advance;

    assign s_axis_tready = advance;
    assign accept        = accepting && free;

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            offset <= '0;
            start  <= OFFSET_BITS'(LOW);
        end else if (take) begin
            offset <= NEXT_OFFSET[offset*OFFSET_BITS +: OFFSET_BITS];
            start  <= NEXT_START[offset*OFFSET_BITS +: OFFSET_BITS];
        end
    end

    finn_window_pipe #(.ATOM(ATOM), .TAKEN(KEPT + LOW), .GIVEN(KEPT), .BITS(OFFSET_BITS)) move (
        .aclk(aclk), .enable(advance), .data({{LOW * ATOM{1'b0}}, s_axis_tdata, {LOW * ATOM{1'b0}}}),
        .offset(start), .window(placed)
    );

    generate
        for (genvar stage = 0; stage < STAGES; stage++) begin : gen_stage
            wire                    valid_in;
            wire  [OFFSET_BITS-1:0] offset_in;
            logic                   valid;
            logic [OFFSET_BITS-1:0] offset_held;
            if (stage == 0) begin : gen_first
                assign valid_in  = s_axis_tvalid;
                assign offset_in = offset;
            end else begin : gen_next
                assign valid_in  = gen_stage[stage-1].valid;
                assign offset_in = gen_stage[stage-1].offset_held;
            end
            always_ff @(posedge aclk) begin
                if (!aresetn) valid <= 1'b0;
                else if (advance) valid <= valid_in;
            end
            if (stage < STAGES - 1) begin : gen_hold
                always_ff @(posedge aclk) if (advance) offset_held <= offset_in;
            end else begin : gen_result
                logic [LOW-1:0]        over;
                logic [COUNT_BITS-1:0] count;
                for (genvar a = 0; a < LOW; a++) begin : gen_low
                    always_ff @(posedge aclk) if (advance) over[a] <= offset_in <= OFFSET_BITS'(a);
                end
                always_ff @(posedge aclk) begin
                    if (advance) count <= COUNTS[offset_in*COUNT_BITS +: COUNT_BITS];
                end
                assign offset_held = '0;
                wire unused = &{1'b0, offset_held};
            end
        end
    endgenerate

    assign accepting = gen_stage[STAGES-1].valid;
    assign made      = gen_stage[STAGES-1].gen_result.count;
    assign covered   = {{TAKEN{1'b1}}, gen_stage[STAGES-1].gen_result.over};
endmodule

`default_nettype wire
