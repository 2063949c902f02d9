// Counts, per lane, the thresholds that x reaches: a binary search of STEPS pipelined stages, then
// optionally the complement of the count (decreasing channels) and an offset. It never waits.
`default_nettype none

module threshold_core #(
    parameter int LANES       = 1,   // elements per beat
    parameter int STEPS       = 1,   // bits of the count; 2^STEPS-1 thresholds after padding
    parameter int XBITS       = 8,   // bits of x
    parameter bit XSIGNED     = 0,   // 1: x is two's complement; thresholds are those of x + 2^(XBITS-1)
    parameter int TBITS       = 8,   // bits of a threshold, unsigned, at least XBITS
    parameter int FOLDS       = 1,   // sets of thresholds, taken in turn by beat
    parameter bit SHARED      = 0,   // 1: all lanes have the same thresholds
    parameter int BLOCK_DEPTH = 0,   // memories of at least this depth are block RAM; 0: none is
    parameter bit NEVER       = 0,   // 1: thresholds carry a bit that says that no x reaches them
    parameter bit FLIP        = 0,   // 1: FILE_flip.mem says which channels are complemented
    parameter int OFFSET      = 0,   // added to the count
    parameter int OBITS       = 1,   // bits of a result
    parameter     FILE        = ""   // common start of the memories' names
) (
    input  wire                   aclk,
    input  wire                   aresetn,
    input  wire                   valid,
    input  wire [LANES*XBITS-1:0] x,
    output wire                   valid_q,
    output wire [LANES*OBITS-1:0] y
);

  localparam int FBITS = (FOLDS > 1) ? $clog2(FOLDS) : 1;
  localparam int FLIP_FETCH = (FLIP && FOLDS > 1) ? 1 : 0;
  localparam bit FINISH = FLIP || OFFSET != 0 || NEVER;

  wire [FBITS-1:0] fold;
  finn_fold #(
      .FOLDS(FOLDS)
  ) u_fold (
      .aclk,
      .aresetn,
      .step(valid),
      .fold
  );

  for (genvar s = 0; s < STEPS; s++) begin : g_stage
    localparam int PBITS = (s > 0) ? s : 1;
    wire valid_i, valid_o;
    wire [FBITS-1:0] fold_i, fold_o;
    wire [LANES*XBITS-1:0] x_i, x_o;
    wire [LANES*PBITS-1:0] prefix_i;
    wire [LANES*(s+1)-1:0] prefix_o;
    if (s == 0) begin : g_first
      assign valid_i  = valid;
      assign fold_i   = fold;
      assign x_i      = x;
      assign prefix_i = '0;
    end else begin : g_next
      assign valid_i  = g_stage[s-1].valid_o;
      assign fold_i   = g_stage[s-1].fold_o;
      assign x_i      = g_stage[s-1].x_o;
      assign prefix_i = g_stage[s-1].prefix_o;
    end
    threshold_stage #(
        .LANES (LANES),
        .STAGE (s),
        .XBITS (XBITS),
        .XSIGNED(XSIGNED),
        .TBITS (TBITS),
        .FOLDS (FOLDS),
        .SHARED(SHARED),
        .BLOCK (BLOCK_DEPTH != 0 && (FOLDS << s) >= BLOCK_DEPTH),
        .NEVER (NEVER),
        .FILE  (FILE)
    ) u_stage (
        .aclk,
        .aresetn,
        .valid(valid_i),
        .fold(fold_i),
        .x(x_i),
        .prefix(prefix_i),
        .valid_q(valid_o),
        .fold_q(fold_o),
        .x_q(x_o),
        .prefix_q(prefix_o)
    );
  end

  wire unused = &{1'b0, g_stage[STEPS-1].x_o, g_stage[STEPS-1].fold_o};
  wire found = g_stage[STEPS-1].valid_o;
  wire [LANES*STEPS-1:0] counts = g_stage[STEPS-1].prefix_o;

  if (FINISH) begin : g_finish
    wire [LANES*STEPS-1:0] counts_f;
    wire [LANES-1:0] flips;
    logic [LANES*OBITS-1:0] results;
    pipeline_delay #(
        .WIDTH (LANES * STEPS),
        .CYCLES(FLIP_FETCH),
        .RESET (1)
    ) u_counts (
        .aclk,
        .aresetn,
        .enable(1'b1),
        .d(counts),
        .q(counts_f)
    );
    if (FLIP) begin : g_flip
      const_rom #(
          .DEPTH(FOLDS),
          .WIDTH(LANES),
          .FILE ({FILE, "_flip.mem"})
      ) u_flips (
          .aclk,
          .enable(1'b1),
          .address(g_stage[STEPS-1].fold_o),
          .data(flips)
      );
    end else begin : g_straight
      assign flips = '0;
    end
    for (genvar i = 0; i < LANES; i++) begin : g_lane
      wire [STEPS-1:0] count = counts_f[i*STEPS+:STEPS] ^ {STEPS{flips[i]}};
      always_ff @(posedge aclk)
        results[i*OBITS+:OBITS] <= OBITS'(count) + OBITS'(OFFSET);
    end
    pipeline_delay #(
        .WIDTH (1),
        .CYCLES(FLIP_FETCH + 1),
        .RESET (1)
    ) u_valid (
        .aclk,
        .aresetn,
        .enable(1'b1),
        .d(found),
        .q(valid_q)
    );
    assign y = results;
  end else begin : g_direct
    for (genvar i = 0; i < LANES; i++) begin : g_lane
      assign y[i*OBITS+:OBITS] = OBITS'(counts[i*STEPS+:STEPS]);
    end
    assign valid_q = found;
  end

endmodule

`default_nettype wire
