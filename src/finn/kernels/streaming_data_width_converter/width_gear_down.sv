// Narrower beats in any ratio: an input beat is put behind what is left of the one before, at one of
// GIVEN offsets, and output beats shift out. The offsets follow from the beats' numbers alone.
`default_nettype none

module width_gear_down #(
    // Bits of the largest part that is never divided.
    parameter int ATOM = 1,
    // Atoms in an input beat, more than GIVEN and coprime to it.
    parameter int TAKEN = 3,
    // Atoms in an output beat.
    parameter int GIVEN = 2
) (
    input  wire                   aclk,
    input  wire                   aresetn,
    input  wire  [TAKEN*ATOM-1:0] s_axis_tdata,
    input  wire                   s_axis_tvalid,
    output wire                   s_axis_tready,
    output wire  [GIVEN*ATOM-1:0] m_axis_tdata,
    output wire                   m_axis_tvalid,
    input  wire                   m_axis_tready
);
    localparam int KEPT = TAKEN + GIVEN - 1;
    localparam int LOW  = GIVEN - 1;
    localparam int OFFSET_BITS = GIVEN > 1 ? $clog2(GIVEN) : 1;
    localparam int COUNT_BITS  = $clog2(KEPT / GIVEN + 1);

    function automatic [GIVEN*OFFSET_BITS-1:0] offsets_after();
        for (int o = 0; o < GIVEN; o++) begin
            offsets_after[o*OFFSET_BITS +: OFFSET_BITS] = OFFSET_BITS'((o + TAKEN) % GIVEN);
        end
    endfunction
    function automatic [GIVEN*COUNT_BITS-1:0] counts_after();
        for (int o = 0; o < GIVEN; o++) begin
            counts_after[o*COUNT_BITS +: COUNT_BITS] = COUNT_BITS'((o + TAKEN) / GIVEN);
        end
    endfunction
    localparam logic [GIVEN*OFFSET_BITS-1:0] NEXT_OFFSET = offsets_after();
    localparam logic [GIVEN*COUNT_BITS-1:0]  NEXT_COUNT  = counts_after();

    logic [KEPT*ATOM-1:0]   kept;
    // Atoms that remain when the last whole output beat has left.
    logic [OFFSET_BITS-1:0] offset;
    // Whole output beats in the register.
    logic [COUNT_BITS-1:0]  whole;
    wire                    leave  = m_axis_tvalid && m_axis_tready;
    wire                    accept = s_axis_tvalid && s_axis_tready;
    wire  [KEPT*ATOM-1:0]   placed;
    wire  [KEPT*ATOM-1:0]   next;

    assign m_axis_tdata  = kept[GIVEN*ATOM-1:0];
    assign m_axis_tvalid = whole != '0;
    assign s_axis_tready = whole == '0 || (whole == COUNT_BITS'(1) && m_axis_tready);

    generate
        if (GIVEN > 1) begin : gen_place
            // Moving up by the offset is a window that starts LOW - offset atoms into {beat, zeros}.
            logic [OFFSET_BITS-1:0] start;
            always_ff @(posedge aclk) begin
                if (!aresetn) start <= OFFSET_BITS'(LOW);
                else if (accept) start <= OFFSET_BITS'(LOW) - NEXT_OFFSET[offset*OFFSET_BITS +: OFFSET_BITS];
            end
            finn_window #(.ATOM(ATOM), .TAKEN(KEPT + LOW), .GIVEN(KEPT), .BITS(OFFSET_BITS)) place (
                .data({{LOW * ATOM{1'b0}}, s_axis_tdata, {LOW * ATOM{1'b0}}}), .offset(start), .window(placed)
            );
            for (genvar a = 0; a < LOW; a++) begin : gen_low
                wire fresh = accept && offset <= OFFSET_BITS'(a);
                assign next[a*ATOM +: ATOM] = fresh ? placed[a*ATOM +: ATOM]
                    : leave ? kept[(a+GIVEN)*ATOM +: ATOM] : kept[a*ATOM +: ATOM];
            end
        end else begin : gen_no_place
            assign placed = s_axis_tdata;
        end
        for (genvar a = LOW; a < KEPT; a++) begin : gen_high
            if (a + GIVEN < KEPT) begin : gen_shift
                assign next[a*ATOM +: ATOM] = accept ? placed[a*ATOM +: ATOM] : kept[(a+GIVEN)*ATOM +: ATOM];
            end else begin : gen_load
                assign next[a*ATOM +: ATOM] = placed[a*ATOM +: ATOM];
            end
        end
    endgenerate

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            offset <= '0;
            whole  <= '0;
        end else begin
            if (accept) offset <= NEXT_OFFSET[offset*OFFSET_BITS +: OFFSET_BITS];
            if (accept) whole <= NEXT_COUNT[offset*COUNT_BITS +: COUNT_BITS];
            else if (leave) whole <= whole - 1'b1;
        end
    end

    always_ff @(posedge aclk) if (accept || leave) kept <= next;
endmodule

`default_nettype wire
