// What comes, or padding in its place, in an output register of which padding is a synchronous set or reset:
// it costs no LUT for each bit.
`default_nettype none

module padding_slice #(
    // Elements of a beat.
    parameter int SIMD = 1,
    // Bits of an element that comes, and of one that goes.
    parameter int IBITS = 8,
    parameter int OBITS = 8,
    // 1: elements that come are bipolar (-1/+1 as 0/1), those that go are two's complement.
    parameter bit BIPOLAR = 0,
    // Code of an element of the padding.
    parameter logic [OBITS-1:0] VALUE = '0
) (
    input  wire                   aclk,
    input  wire                   aresetn,
    input  wire  [SIMD*IBITS-1:0] s_axis_tdata,
    input  wire                   s_axis_tvalid,
    output wire                   s_axis_tready,
    // A beat that came is next to go; else padding, which may wait until a beat is there.
    input  wire                   in_image,
    input  wire                   waits,
    // It goes into the output register.
    output wire                   step,
    output logic [SIMD*OBITS-1:0] m_axis_tdata,
    output logic                  m_axis_tvalid,
    input  wire                   m_axis_tready
);
    wire [SIMD*IBITS-1:0] first;
    wire                  filled;
    wire                  taken = !m_axis_tvalid || m_axis_tready;
    wire                  valid = (!in_image && !waits) || filled;
    assign step = taken && valid;

    finn_ring #(.WIDTH(SIMD * IBITS)) u_ring (
        .aclk, .aresetn, .s_axis_tdata, .s_axis_tvalid, .s_axis_tready,
        .first, .filled, .take(step && in_image)
    );

    wire [SIMD*OBITS-1:0] elements;

    generate
        for (genvar i = 0; i < SIMD; i++) begin : gen_lane
            wire [IBITS-1:0] code = first[i*IBITS +: IBITS];
            if (BIPOLAR) begin : gen_bipolar
                assign elements[i*OBITS +: OBITS] = code[0] ? OBITS'(1) : '1;
            end else begin : gen_same
                assign elements[i*OBITS +: OBITS] = OBITS'(code);
            end
        end
    endgenerate

    always_ff @(posedge aclk) begin
        if (step) m_axis_tdata <= in_image ? elements : {SIMD{VALUE}};
        if (!aresetn) m_axis_tvalid <= 1'b0;
        else if (taken) m_axis_tvalid <= valid;
    end
endmodule

`default_nettype wire
