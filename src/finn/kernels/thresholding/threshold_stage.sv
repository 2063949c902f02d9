// One step of the binary search: each lane compares its x with the threshold in the middle of
// what the bits found so far leave open, and appends the result to those bits.
`default_nettype none

module threshold_stage #(
    parameter int LANES  = 1,   // elements per beat
    parameter int STAGE  = 0,   // bits found before this stage
    parameter int XBITS  = 8,   // bits of x
    parameter bit XSIGNED = 0,  // 1: x is two's complement; thresholds are those of x + 2^(XBITS-1)
    parameter int TBITS  = 8,   // bits of a threshold, unsigned, at least XBITS
    parameter int FOLDS  = 1,   // sets of thresholds, taken in turn
    parameter bit SHARED = 0,   // 1: all lanes read the memory of lane 0
    parameter bit BLOCK  = 0,   // 1: thresholds in block RAM
    parameter bit NEVER  = 0,   // 1: the top bit of a threshold says that no x reaches it
    parameter     FILE   = "",  // memories are FILE_<stage, hexadecimal>_<lane in four digits>.mem
    parameter int FBITS  = (FOLDS > 1) ? $clog2(FOLDS) : 1,  // derived: bits of the fold
    parameter int PBITS  = (STAGE > 0) ? STAGE : 1           // derived: bits of a prefix
) (
    input  wire                         aclk,
    input  wire                         aresetn,
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
  localparam int WBITS = TBITS + (NEVER ? 1 : 0);
  localparam int ABITS = (DEPTH > 1) ? $clog2(DEPTH) : 1;
  // A comparison goes along a carry chain, a group of bits to a place. Where a LUT6 can take the
  // threshold's address and a group of x, thresholds cost nothing: they are part of the comparison.
  localparam int FREE_BITS = 6 - $clog2(DEPTH);
  localparam int WIDEST = 12;  // places of a carry chain that such LUTs leave time for
  localparam bit FUSED = !BLOCK && FREE_BITS > 0 && TBITS <= WIDEST * FREE_BITS;
  localparam bit SPLIT = !BLOCK && DEPTH > 256;  // four LUT6 and their multiplexers make a bit of 256 words
  localparam int FETCH = FUSED ? 0 : BLOCK || SPLIT ? 2 : 1;
  localparam int GROUP = !FUSED ? 2 : FREE_BITS < TBITS ? FREE_BITS : TBITS;
  localparam int PLACES = (TBITS + GROUP - 1) / GROUP;
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
      .RESET (1)
  ) u_fetch (
      .aclk,
      .aresetn,
      .enable(1'b1),
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
      .enable(1'b1),
      .d(valid),
      .q(valid_q)
  );

  pipeline_delay #(
      .WIDTH(FBITS + LANES * XBITS)
  ) u_carry (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d({fold_c, x_c}),
      .q({fold_q, x_q})
  );

  for (genvar i = 0; i < LANES; i++) begin : g_lane
    localparam logic [31:0] LANE = digits(SHARED ? 0 : i);
    localparam logic [7:0] LEVEL = 8'(STAGE < 10 ? 48 + STAGE : 87 + STAGE);
    wire [ABITS-1:0] address;
    wire [WBITS-1:0] word;
    // Inverting the sign bit adds 2^(XBITS-1): two's complement becomes unsigned, order kept.
    wire [TBITS-1:0] element = TBITS'(x_c[i*XBITS+:XBITS] ^ (XBITS'(XSIGNED) << (XBITS - 1)));
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
        .FUSED(FUSED),
        .SPLIT(SPLIT),
        .FILE ({FILE, "_", LEVEL, "_", LANE, ".mem"})
    ) u_rom (
        .aclk,
        .enable(1'b1),
        .address,
        .data(word)
    );

    // A group that is greater makes a carry, one that is equal passes on what comes from below it,
    // at the bottom a 1 for equality.
    wire [PLACES*GROUP-1:0] a = (PLACES * GROUP)'(element);
    wire [PLACES*GROUP-1:0] b = (PLACES * GROUP)'(word[TBITS-1:0]);
    wire [PLACES-1:0] over, equal;
    wire least;
    for (genvar k = 0; k < PLACES; k++) begin : g_place
      // Of a single bit that is not equal, x is enough: it comes without a LUT.
      assign over[k] = (GROUP == 1) ? a[k*GROUP] : a[k*GROUP+:GROUP] > b[k*GROUP+:GROUP];
      assign equal[k] = a[k*GROUP+:GROUP] == b[k*GROUP+:GROUP];
    end
    finn_carry #(
        .PLACES(PLACES),
        .FIRST (1)
    ) u_compare (
        .passes(equal),
        .values(over),
        .carry (least)
    );
    always_ff @(posedge aclk) reached <= least;

    wire found;
    if (NEVER) begin : g_never
      logic never;
      always_ff @(posedge aclk) never <= word[WBITS-1];
      assign found = reached & ~never;
    end else begin : g_plain
      assign found = reached;
    end

    if (STAGE == 0) begin : g_start
      assign prefix_q[i] = found;
    end else begin : g_append
      logic [STAGE-1:0] earlier;
      always_ff @(posedge aclk) earlier <= prefix_c[i*PBITS+:PBITS];
      assign prefix_q[i*(STAGE+1)+:STAGE+1] = {earlier, found};
    end
  end

endmodule

`default_nettype wire
