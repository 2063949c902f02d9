// A register slice of two entries, as finn_skid, in which padding is a synchronous set or reset of the
// output register: it costs no LUT for each bit.
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
    input  wire  [SIMD*IBITS-1:0] data,
    // A beat of padding in place of the data.
    input  wire                   pads,
    // A beat is there and taken; only while enabled.
    input  wire                   step,
    output logic                  enable,
    output logic [SIMD*OBITS-1:0] m_axis_tdata,
    output logic                  m_axis_tvalid,
    input  wire                   m_axis_tready
);
    logic [SIMD*IBITS-1:0] spare;
    logic                  spare_valid, spare_pads;
    wire                   advance = !m_axis_tvalid || m_axis_tready;
    wire [SIMD*IBITS-1:0]  chosen = spare_valid ? spare : data;
    wire                   chosen_pads = spare_valid ? spare_pads : pads;
    wire [SIMD*OBITS-1:0]  elements;

    generate
        for (genvar i = 0; i < SIMD; i++) begin : gen_lane
            wire [IBITS-1:0] code = chosen[i*IBITS +: IBITS];
            if (BIPOLAR) begin : gen_bipolar
                assign elements[i*OBITS +: OBITS] = code[0] ? OBITS'(1) : '1;
            end else begin : gen_same
                assign elements[i*OBITS +: OBITS] = OBITS'(code);
            end
        end
    endgenerate

    always_ff @(posedge aclk) begin
        if (advance) m_axis_tdata <= chosen_pads ? {SIMD{VALUE}} : elements;
        if (enable) begin
            spare      <= data;
            spare_pads <= pads;
        end
        if (!aresetn) begin
            m_axis_tvalid <= 1'b0;
            spare_valid   <= 1'b0;
            enable        <= 1'b0;
        end else begin
            if (advance) m_axis_tvalid <= spare_valid || step;
            spare_valid <= !advance && (spare_valid || step);
            enable      <= advance || !(spare_valid || step);
        end
    end
endmodule

`default_nettype wire
