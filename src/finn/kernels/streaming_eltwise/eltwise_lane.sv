// One lane: the product, difference, larger or smaller of two elements.
`default_nettype none

module eltwise_lane #(
    // As in streaming_eltwise.
    parameter int FUNCTION = 0,
    // Bits of the elements, two's complement, and of the result.
    parameter int XBITS = 8,
    parameter int YBITS = 8,
    parameter int OBITS = 16,
    parameter bit DSP = 1
) (
    input  wire             aclk,
    input  wire             aresetn,
    // x, a cycle earlier.
    input  wire [XBITS-1:0] early,
    input  wire [XBITS-1:0] x,
    input  wire [YBITS-1:0] y,
    output wire [OBITS-1:0] result
);

  if (FUNCTION == 0) begin : g_product
    localparam int SBITS = XBITS + YBITS;
    wire [SBITS-1:0] sum;
    wire unused = &{1'b0, sum};
    requantise_sum #(
        .XBITS(XBITS),
        .MBITS(YBITS),
        .CBITS(1),
        .SBITS(SBITS),
        .DSP  (DSP)
    ) u_product (
        .aclk,
        .aresetn,
        .early,
        .x,
        .multiplier(y),
        .offset(1'b0),
        .sum
    );
    assign result = OBITS'($signed(sum));
  end else begin : g_difference
    localparam int WIDTH = (XBITS > YBITS ? XBITS : YBITS) + 1;
    wire signed [WIDTH-1:0] first = WIDTH'($signed(x));
    wire signed [WIDTH-1:0] second = WIDTH'($signed(y));
    logic [WIDTH-1:0] difference;
    wire unused = &{1'b0, aresetn, early, difference};

    always_ff @(posedge aclk) difference <= first - second;

    if (FUNCTION == 1) begin : g_subtract
      assign result = OBITS'($signed(difference));
    end else begin : g_choose
      logic [WIDTH-1:0] x_late, y_late;
      logic [OBITS-1:0] chosen;
      // The sign says which one is smaller.
      wire takes_x = difference[WIDTH-1] == (FUNCTION == 3);
      wire unused_bits = &{1'b0, x_late, y_late};
      always_ff @(posedge aclk) begin
        x_late <= first;
        y_late <= second;
        chosen <= OBITS'(takes_x ? $signed(x_late) : $signed(y_late));
      end
      assign result = chosen;
    end
  end

endmodule

`default_nettype wire
