// Wider beats in a ratio that is no integer: input beats shift through a register, from which each
// output beat is a window at one of TAKEN offsets. The offsets follow from the beats' numbers alone.
`default_nettype none

module width_gear_up #(
    // Bits of the largest part that is never divided.
    parameter int ATOM = 1,
    // Atoms in an input beat.
    parameter int TAKEN = 2,
    // Atoms in an output beat, more than TAKEN and coprime to it.
    parameter int GIVEN = 3
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
    localparam int KEPT  = TAKEN + GIVEN - 1;
    localparam int FIRST = (GIVEN - 1) % TAKEN;
    localparam int MOST  = (GIVEN + TAKEN - 1) / TAKEN;
    localparam int OFFSET_BITS = $clog2(TAKEN);
    localparam int COUNT_BITS  = $clog2(MOST + 1);
    localparam int SECOND      = (GIVEN + FIRST) / TAKEN;
    localparam int STAGES      = (OFFSET_BITS + 3) / 4;

    // An output beat at offset o leaves TAKEN - 1 - o atoms to the next one.
    function automatic [TAKEN*OFFSET_BITS-1:0] offsets_after();
        for (int o = 0; o < TAKEN; o++) begin
            offsets_after[o*OFFSET_BITS +: OFFSET_BITS] = OFFSET_BITS'((o + GIVEN) % TAKEN);
        end
    endfunction
    // Input beats that the output beat after the next needs beyond those of the next, which is at offset o.
    function automatic [TAKEN*COUNT_BITS-1:0] counts_after();
        for (int o = 0; o < TAKEN; o++) begin
            counts_after[o*COUNT_BITS +: COUNT_BITS] = COUNT_BITS'((GIVEN + (o + GIVEN) % TAKEN) / TAKEN);
        end
    endfunction
    localparam logic [TAKEN*OFFSET_BITS-1:0] NEXT_OFFSET = offsets_after();
    localparam logic [TAKEN*COUNT_BITS-1:0]  NEXT_COUNT  = counts_after();

    logic [KEPT*ATOM-1:0]   kept;
    logic [OFFSET_BITS-1:0] offset;
    // Input beats that the next output beat still needs; none.
    logic [COUNT_BITS-1:0]  missing;
    logic                   complete;
    // Input beats that the output beat after the next needs; one.
    logic [COUNT_BITS-1:0]  coming;
    logic                   coming_one;
    logic [STAGES-1:0]      valids;
    wire  [COUNT_BITS-1:0]  coming_next = NEXT_COUNT[offset*COUNT_BITS +: COUNT_BITS];
    wire                    free   = !m_axis_tvalid || m_axis_tready;
    wire                    accept = s_axis_tvalid && s_axis_tready;
    wire                    leave  = complete && free;
    wire  [STAGES:0]        shifted = {valids, leave};
    wire                    unused = &{1'b0, shifted[STAGES]};

    assign s_axis_tready = !complete || free;
    assign m_axis_tvalid = valids[STAGES-1];

    finn_window_pipe #(.ATOM(ATOM), .TAKEN(KEPT), .GIVEN(GIVEN), .BITS(OFFSET_BITS)) choose (
        .aclk(aclk), .enable(free), .data(kept), .offset(offset), .window(m_axis_tdata)
    );

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            offset     <= OFFSET_BITS'(FIRST);
            missing    <= COUNT_BITS'(MOST);
            complete   <= 1'b0;
            coming     <= COUNT_BITS'(SECOND);
            coming_one <= SECOND == 1;
            valids     <= '0;
        end else begin
            if (leave) begin
                offset     <= NEXT_OFFSET[offset*OFFSET_BITS +: OFFSET_BITS];
                coming     <= coming_next;
                coming_one <= coming_next == COUNT_BITS'(1);
            end
            if (leave || accept) begin
                missing  <= (leave ? coming : missing) - (accept ? COUNT_BITS'(1) : COUNT_BITS'(0));
                complete <= accept && (leave ? coming_one : missing == COUNT_BITS'(1));
            end
            if (free) valids <= shifted[STAGES-1:0];
        end
    end

    always_ff @(posedge aclk) if (accept) kept <= {s_axis_tdata, kept[KEPT*ATOM-1:TAKEN*ATOM]};
endmodule

`default_nettype wire
