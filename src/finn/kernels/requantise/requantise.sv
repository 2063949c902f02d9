// Each element times a multiplier of its channel, plus an offset, shifted right and clipped to 0..STEPS;
// PE elements per beat, one beat per cycle.
`default_nettype none

module requantise #(
    // Elements of a beat, beats of a vector with different constants.
    parameter int PE = 1,
    parameter int FOLDS = 1,
    // Bits of an element, 1: two's complement.
    parameter int IBITS = 20,
    parameter bit ISIGNED = 1,
    // Bits of a multiplier, an offset and their sum with an element, all two's complement.
    parameter int MBITS = 18,
    parameter int CBITS = 30,
    parameter int SBITS = 40,
    // Places that the sum is shifted right.
    parameter int SHIFT = 20,
    // The largest result, and what is added to it at the end.
    parameter int STEPS = 255,
    parameter int OFFSET = 0,
    // 1: an odd result from a sum whose SHIFT lowest bits are 0 is one less.
    parameter bit EVEN = 0,
    // Bits of a result.
    parameter int OBITS = 8,
    // 1: DSPs multiply, 0: LUTs.
    parameter bit DSP = 1,
    // Cycles that product and sum take.
    parameter int SUM_CYCLES = 3,
    // As in const_rom.
    parameter bit BLOCK = 0,
    parameter bit SPLIT = 0,
    parameter     MULTIPLIERS = "",
    parameter     OFFSETS = ""
) (
    input  wire                aclk,
    input  wire                aresetn,
    input  wire [PE*IBITS-1:0] s_axis_tdata,
    input  wire                s_axis_tvalid,
    output wire                s_axis_tready,
    output wire [PE*OBITS-1:0] m_axis_tdata,
    output wire                m_axis_tvalid,
    input  wire                m_axis_tready
);

  localparam int FBITS = FOLDS > 1 ? $clog2(FOLDS) : 1;
  localparam int FETCH = FOLDS == 1 ? 0 : (BLOCK || SPLIT) ? 2 : 1;
  localparam int XBITS = ISIGNED ? IBITS : IBITS + 1;
  // Three times an element is there a cycle after it.
  localparam int DELAY = !DSP && FETCH == 0 ? 1 : FETCH;
  localparam int CYCLES = SUM_CYCLES + DELAY + 2;
  localparam int VBITS = SBITS - SHIFT;
  localparam int QBITS = $clog2(STEPS + 1);

  wire take = s_axis_tready && s_axis_tvalid;
  wire valid;
  wire [FBITS-1:0] fold;
  logic [FBITS-1:0] late_fold;
  wire [PE*MBITS-1:0] multipliers;
  wire [PE*CBITS-1:0] offsets;
  wire [PE*XBITS-1:0] elements, delayed;
  logic [PE*OBITS-1:0] results;

  finn_fold #(
      .FOLDS(FOLDS)
  ) u_fold (
      .aclk,
      .aresetn,
      .step(take),
      .fold
  );
  pipeline_delay #(
      .WIDTH (1),
      .CYCLES(CYCLES),
      .RESET (1)
  ) u_valid (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d(take),
      .q(valid)
  );

  // Offsets are added a cycle after the product has begun.
  always_ff @(posedge aclk) late_fold <= fold;

  const_rom #(
      .DEPTH(FOLDS),
      .WIDTH(PE * MBITS),
      .BLOCK(BLOCK),
      .SPLIT(SPLIT),
      .FILE (MULTIPLIERS)
  ) u_multipliers (
      .aclk,
      .enable(1'b1),
      .address(fold),
      .data(multipliers)
  );
  const_rom #(
      .DEPTH(FOLDS),
      .WIDTH(PE * CBITS),
      .BLOCK(BLOCK),
      .SPLIT(SPLIT),
      .FILE (OFFSETS)
  ) u_offsets (
      .aclk,
      .enable(1'b1),
      .address(late_fold),
      .data(offsets)
  );
  pipeline_delay #(
      .WIDTH (PE * XBITS),
      .CYCLES(DELAY),
      .RESET (1)
  ) u_elements (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d(elements),
      .q(delayed)
  );

  for (genvar lane = 0; lane < PE; lane++) begin : g_lane
    wire [SBITS-1:0] sum;
    wire [VBITS-1:0] value = sum[SBITS-1:SHIFT];
    logic [QBITS-1:0] low;
    logic below, above;
    wire down;

    assign elements[XBITS*lane+:XBITS] =
        XBITS'({s_axis_tdata[IBITS*lane+IBITS-1] && ISIGNED, s_axis_tdata[IBITS*lane+:IBITS]});

    requantise_sum #(
        .XBITS(XBITS),
        .MBITS(MBITS),
        .CBITS(CBITS),
        .SBITS(SBITS),
        .DSP  (DSP),
        .LATE (DELAY - 1)
    ) u_sum (
        .aclk,
        .aresetn,
        .early(elements[XBITS*lane+:XBITS]),
        .x(delayed[XBITS*lane+:XBITS]),
        .multiplier(multipliers[MBITS*lane+:MBITS]),
        .offset(offsets[CBITS*lane+:CBITS]),
        .sum
    );

    always_ff @(posedge aclk) begin
      low <= QBITS'(value[VBITS-2:0]);
      below <= value[VBITS-1] || (EVEN && OFFSET % 2 != 0 && sum == '0);
      above <= (VBITS + QBITS)'(value[VBITS-2:0]) > (VBITS + QBITS)'(STEPS);
      results[OBITS*lane+:OBITS] <= OBITS'(below ? '0 : above ? QBITS'(STEPS) : low) + OBITS'(OFFSET) -
          OBITS'(down && !below && !above);
    end

    if (EVEN) begin : g_even
      logic half;
      always_ff @(posedge aclk)
        half <= sum[SHIFT-1:0] == '0 && sum[SHIFT] != (OFFSET % 2 != 0);
      assign down = half;
    end else begin : g_up
      assign down = 1'b0;
      if (SHIFT > 0) begin : g_shifted
        wire unused = &{1'b0, sum[SHIFT-1:0]};
      end
    end
  end

  finn_room #(
      .WIDTH (PE * OBITS),
      .CYCLES(CYCLES)
  ) u_room (
      .aclk,
      .aresetn,
      .may_start(s_axis_tready),
      .s_data(results),
      .s_valid(valid),
      .m_axis_tdata,
      .m_axis_tvalid,
      .m_axis_tready
  );

endmodule

`default_nettype wire
