// Says when what requantise_sum makes of an element is there: its latency, and MORE cycles.
`default_nettype none

module requantise_valid #(
    // As in requantise_sum.
    parameter int XBITS = 20,
    parameter int MBITS = 18,
    parameter int SBITS = 40,
    parameter bit DSP = 1,
    // Cycles before and behind it.
    parameter int MORE = 0
) (
    input  wire aclk,
    input  wire aresetn,
    input  wire enable,
    input  wire valid,
    output wire valid_q
);

  localparam int PARTS = XBITS > 18 ? 2 : 1;
  localparam int LEVELS = $clog2(PARTS * (MBITS / 2 + 1) + 1);
  localparam int CYCLES = DSP ? (PARTS == 2 || MBITS > 18 ? 4 : 3) : 1 + LEVELS + (SBITS > 20 ? (SBITS - 1) / 16 : 0);

  pipeline_delay #(
      .WIDTH (1),
      .CYCLES(CYCLES + MORE),
      .RESET (1)
  ) u_valid (
      .aclk,
      .aresetn,
      .enable,
      .d(valid),
      .q(valid_q)
  );

endmodule

`default_nettype wire
