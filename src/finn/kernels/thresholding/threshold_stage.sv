// One step of the binary search: each lane compares its x with the threshold in the middle of
// what the bits found so far leave open, and appends the result to those bits.
`default_nettype none

module threshold_stage #(
    parameter int LANES  = 1,   // elements per beat
    parameter int STAGE  = 0,   // bits found before this stage
    parameter int XBITS  = 8,   // bits of x, unsigned
    parameter int TBITS  = 8,   // bits of a threshold, unsigned, at least XBITS
    parameter int FOLDS  = 1,   // sets of thresholds, taken in turn
    parameter bit SHARED = 0,   // 1: all lanes read the memory of lane 0
    parameter bit BLOCK  = 0,   // 1: thresholds in block RAM
    parameter bit NEVER  = 0,   // 1: the top bit of a threshold says that no x reaches it
    parameter     FILE   = "",  // memories are FILE_<stage>_<lane in four digits>.mem
    parameter int FBITS  = (FOLDS > 1) ? $clog2(FOLDS) : 1,  // derived: bits of the fold
    parameter int PBITS  = (STAGE > 0) ? STAGE : 1           // derived: bits of a prefix
) (
    input  wire                         aclk,
    input  wire                         aresetn,
    input  wire                         enable,
    input  wire                         valid,
    input  wire [            FBITS-1:0] fold,
    input  wire [      LANES*XBITS-1:0] x,
    input  wire [      LANES*PBITS-1:0] prefix,
    output wire                         valid_q,
    output wire [            FBITS-1:0] fold_q,
    output wire [      LANES*XBITS-1:0] x_q,
    output wire [LANES*(STAGE+1)-1:0] prefix_q
);

  localparam int DEPTH = FOLDS << STAGE;
  localparam int FETCH = (DEPTH == 1) ? 0 : BLOCK ? 2 : 1;
  localparam int WBITS = TBITS + (NEVER ? 1 : 0);
  localparam int ABITS = (DEPTH > 1) ? $clog2(DEPTH) : 1;
  localparam int PLAIN_BITS = 8;  // longer comparisons take two bits per place of the carry chain
  localparam int PAIRS = (TBITS + 1) / 2;
  localparam int CARRIED = FBITS + LANES * (XBITS + PBITS);

  // "0" + decimal digit of a lane's number, most significant first.
  function automatic logic [31:0] digits(input int number);
    digits = {
      8'(48 + number / 1000 % 10),
      8'(48 + number / 100 % 10),
      8'(48 + number / 10 % 10),
      8'(48 + number % 10)
    };
  endfunction

  wire [      FBITS-1:0] fold_c;
  wire [LANES*XBITS-1:0] x_c;
  wire [LANES*PBITS-1:0] prefix_c;

  pipeline_delay #(
      .WIDTH (CARRIED),
      .CYCLES(FETCH),
      .RESET (FETCH > 1)
  ) u_fetch (
      .aclk,
      .aresetn,
      .enable,
      .d({fold, x, prefix}),
      .q({fold_c, x_c, prefix_c})
  );

  pipeline_delay #(
      .WIDTH (1),
      .CYCLES(FETCH + 1),
      .RESET (1)
  ) u_valid (
      .aclk,
      .aresetn,
      .enable,
      .d(valid),
      .q(valid_q)
  );

  pipeline_delay #(
      .WIDTH(FBITS + LANES * XBITS)
  ) u_carry (
      .aclk,
      .aresetn,
      .enable,
      .d({fold_c, x_c}),
      .q({fold_q, x_q})
  );

  for (genvar i = 0; i < LANES; i++) begin : g_lane
    localparam logic [31:0] LANE = digits(SHARED ? 0 : i);
    localparam logic [7:0] LEVEL = 8'(48 + STAGE);
    wire [ABITS-1:0] address;
    wire [WBITS-1:0] word;
    wire [TBITS-1:0] element = TBITS'(x_c[i*XBITS+:XBITS]);
    logic reached;

    if (STAGE == 0) begin : g_first
      assign address = ABITS'(fold);
      wire unused = &{1'b0, prefix[i], prefix_c[i]};
    end else if (FOLDS == 1) begin : g_single
      assign address = prefix[i*PBITS+:PBITS];
    end else begin : g_folded
      assign address = {fold, prefix[i*PBITS+:PBITS]};
    end

    const_rom #(
        .DEPTH(DEPTH),
        .WIDTH(WBITS),
        .BLOCK(BLOCK),
        .FILE ({FILE, "_", LEVEL, "_", LANE, ".mem"})
    ) u_rom (
        .aclk,
        .enable,
        .address,
        .data(word)
    );

    if (TBITS <= PLAIN_BITS) begin : g_short
      always_ff @(posedge aclk) if (enable) reached <= element >= word[TBITS-1:0];
    end else begin : g_long
      // Two bits per place of the carry chain: a pair that is greater makes a carry, one that is
      // equal passes it on. The lowest place gives the carry in, which stands for equality.
      wire [2*PAIRS-1:0] a = (2 * PAIRS)'(element);
      wire [2*PAIRS-1:0] b = (2 * PAIRS)'(word[TBITS-1:0]);
      wire [PAIRS-1:0] over, least;
      for (genvar k = 0; k < PAIRS; k++) begin : g_pair
        assign over[k] = a[2*k+:2] > b[2*k+:2];
        assign least[k] = a[2*k+:2] >= b[2*k+:2];
      end
      wire [PAIRS+1:0] carries = {1'b0, least, 1'b1} + {1'b0, over, 1'b1};
      always_ff @(posedge aclk) if (enable) reached <= carries[PAIRS+1];
      wire unused = &{1'b0, carries[PAIRS:0]};
    end

    wire found;
    if (NEVER) begin : g_never
      logic never;
      always_ff @(posedge aclk) if (enable) never <= word[WBITS-1];
      assign found = reached & ~never;
    end else begin : g_plain
      assign found = reached;
    end

    if (STAGE == 0) begin : g_start
      assign prefix_q[i] = found;
    end else begin : g_append
      logic [STAGE-1:0] earlier;
      always_ff @(posedge aclk) if (enable) earlier <= prefix_c[i*PBITS+:PBITS];
      assign prefix_q[i*(STAGE+1)+:STAGE+1] = {earlier, found};
    end
  end

endmodule

`default_nettype wire
