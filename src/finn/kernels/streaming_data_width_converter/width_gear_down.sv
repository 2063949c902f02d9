// Narrower beats in any ratio: an input beat is put behind what is left of the one before, at one of
// GIVEN offsets, and output beats shift out.
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
    localparam int COUNT_BITS = $clog2(KEPT / GIVEN + 1);

    logic [KEPT*ATOM-1:0]  kept;
    // Whole output beats in the register; at least one; exactly one.
    logic [COUNT_BITS-1:0] whole;
    logic                  some;
    logic                  one;
    wire                   leave  = some && m_axis_tready;
    wire                   free   = !some || (one && m_axis_tready);
    wire                   accept;
    // The next input beat in its place, the atoms of the register that it covers from below, and the
    // whole output beats that it makes.
    wire  [KEPT*ATOM-1:0]  placed;
    wire  [KEPT-1:0]       covered;
    wire  [COUNT_BITS-1:0] made;
    wire  [KEPT*ATOM-1:0]  next;

    assign m_axis_tdata  = kept[GIVEN*ATOM-1:0];
    assign m_axis_tvalid = some;

    generate
        if (GIVEN == 1) begin : gen_whole
            assign placed        = s_axis_tdata;
            assign covered       = '1;
            assign made          = COUNT_BITS'(TAKEN);
            assign accept        = s_axis_tvalid && free;
            assign s_axis_tready = free;
        end else begin : gen_place
            width_place #(.ATOM(ATOM), .TAKEN(TAKEN), .GIVEN(GIVEN), .COUNT_BITS(COUNT_BITS)) place (
                .aclk(aclk), .aresetn(aresetn), .s_axis_tdata(s_axis_tdata), .s_axis_tvalid(s_axis_tvalid),
                .s_axis_tready(s_axis_tready), .free(free), .accept(accept), .placed(placed),
                .covered(covered), .made(made)
            );
        end
        for (genvar a = 0; a < KEPT; a++) begin : gen_next
            if (a + GIVEN < KEPT) begin : gen_shift
                assign next[a*ATOM +: ATOM] = accept && covered[a] ? placed[a*ATOM +: ATOM]
                    : leave ? kept[(a+GIVEN)*ATOM +: ATOM] : kept[a*ATOM +: ATOM];
            end else begin : gen_load
                assign next[a*ATOM +: ATOM] = placed[a*ATOM +: ATOM];
            end
        end
    endgenerate

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            whole <= '0;
            some  <= 1'b0;
            one   <= 1'b0;
        end else if (accept) begin
            whole <= made;
            some  <= 1'b1;
            one   <= made == COUNT_BITS'(1);
        end else if (leave) begin
            whole <= whole - 1'b1;
            some  <= !one;
            one   <= whole == COUNT_BITS'(2);
        end
    end

    always_ff @(posedge aclk) if (accept || leave) kept <= next;

    // The atoms of a last output beat are always loaded.
    wire unused = &{1'b0, covered};
endmodule

`default_nettype wire
