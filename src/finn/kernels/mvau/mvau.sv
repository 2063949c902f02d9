// Matrix-vector product with constant weights and, optionally, thresholds. A beat brings SIMD
// activations; PE rows are worked on at a time; a vector of SF beats is replayed for NF sets of
// rows. All arithmetic is unsigned: constants that this leaves in a row's sum are taken up by its
// thresholds or, without thresholds, by the accumulator's start value.
`default_nettype none

module mvau #(
    parameter int PE           = 1,  // rows worked on at a time
    parameter int SIMD         = 1,  // activations per beat
    parameter int SF           = 1,  // beats of a vector
    parameter int NF           = 1,  // sets of rows
    parameter int IBITS        = 1,  // bits of an activation
    parameter bit ISIGNED      = 0,  // 1: activations are two's complement
    parameter int WBITS        = 1,  // bits of a weight
    parameter int WKIND        = 0,  // 0 unsigned, 1 two's complement, 2 bipolar (-1/+1 as 0/1)
    parameter int XCHUNK       = 1,  // bits of an activation that one LUT level multiplies
    parameter int WCHUNK       = 1,  // bits of a weight that one LUT level multiplies
    parameter int ROWS         = 0,  // rows that share a DSP48E1; 0: products in LUTs
    parameter int SPACING      = 1,  // with ROWS: as in mvau_packed, the six below too
    parameter int TOP          = 0,
    parameter int CHAIN        = 1,
    parameter int OVER         = 0,
    parameter int OVERTOP      = 0,
    parameter int BIAS         = 0,
    parameter int LARGEST      = 1,
    parameter int SBITS        = 1,  // bits of the sum of one beat, at most ABITS
    parameter int ABITS        = 1,  // bits of the accumulator
    parameter int OBITS        = 1,  // bits of an output element
    parameter bit BUFFER_BLOCK = 0,  // 1: activations are kept in block RAM
    parameter bit WEIGHT_BLOCK = 0,  // 1: weights are kept in block RAM
    parameter     WEIGHTS      = "", // memory of SF*NF words, row fold by row fold
    parameter int STEPS        = 0,  // bits of the count of thresholds; 0: no thresholds
    parameter int TBITS        = 1,  // bits of a threshold
    parameter int TFOLDS       = 1,  // sets of thresholds: NF, or 1 if all are alike
    parameter bit TSHARED      = 0,  // 1: all lanes have the same thresholds
    parameter int TBLOCK_DEPTH = 0,  // threshold memories this deep are block RAM; 0: none is
    parameter bit TNEVER       = 0,  // 1: thresholds carry a bit that says that no sum reaches them
    parameter bit FLIP         = 0,  // 1: some channels are complemented
    parameter int OFFSET       = 0,  // added to the count of thresholds
    parameter     THRESHOLDS   = "", // common start of the threshold memories' names
    parameter int CYCLES       = 1,  // from a pass's last beat to its results, as finn_room counts
    parameter bit DOUBLE       = 0,  // without thresholds: 1 if activations are bipolar, 2x-1
    parameter int STARTS       = 1,  // without thresholds: words of start values, NF or 1
    parameter     START        = ""  // without thresholds: memory of start values
) (
    input  wire                  aclk,
    input  wire                  aresetn,
    input  wire [SIMD*IBITS-1:0] s_axis_tdata,
    input  wire                  s_axis_tvalid,
    output wire                  s_axis_tready,
    output wire [  PE*OBITS-1:0] m_axis_tdata,
    output wire                  m_axis_tvalid,
    input  wire                  m_axis_tready
);

  localparam int POSITIONS = SF * NF;
  localparam int PBITS = (POSITIONS > 1) ? $clog2(POSITIONS) : 1;
  localparam int X_CYCLES = BUFFER_BLOCK ? 2 : 1;
  localparam int W_CYCLES = (POSITIONS == 1) ? 0 : WEIGHT_BLOCK ? 2 : 1;
  localparam int FETCH = (X_CYCLES > W_CYCLES) ? X_CYCLES : W_CYCLES;

  wire may_give;
  wire valid_p, first_p, last_p;
  wire [2:0] flags_w;  // valid, first and last beat of a pass, with x and w
  wire [3*PE-1:0] flags_s;
  wire [PBITS-1:0] position;
  wire [SIMD*IBITS-1:0] x_read, x;
  wire [PE*SIMD*WBITS-1:0] w_read, w;
  wire [PE*SBITS-1:0] sums;
  wire done;
  wire [PE*OBITS-1:0] results;

  replay_buffer #(
      .WIDTH(SIMD * IBITS),
      .SF(SF),
      .NF(NF),
      .BLOCK(BUFFER_BLOCK)
  ) u_buffer (
      .aclk,
      .aresetn,
      .may_give,
      .s_axis_tdata,
      .s_axis_tvalid,
      .s_axis_tready,
      .valid(valid_p),
      .first(first_p),
      .last(last_p),
      .position,
      .x(x_read)
  );

  const_rom #(
      .DEPTH(POSITIONS),
      .WIDTH(PE * SIMD * WBITS),
      .BLOCK(WEIGHT_BLOCK),
      .FILE (WEIGHTS)
  ) u_weights (
      .aclk,
      .enable(1'b1),
      .address(position),
      .data(w_read)
  );

  pipeline_delay #(
      .WIDTH (SIMD * IBITS),
      .CYCLES(FETCH - X_CYCLES)
  ) u_x (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d(x_read),
      .q(x)
  );

  pipeline_delay #(
      .WIDTH (PE * SIMD * WBITS),
      .CYCLES((W_CYCLES == 0) ? 0 : FETCH - W_CYCLES)
  ) u_w (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d(w_read),
      .q(w)
  );

  pipeline_delay #(
      .WIDTH (3),
      .CYCLES(FETCH),
      .RESET (1)
  ) u_flags (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d({valid_p, first_p, last_p}),
      .q(flags_w)
  );

  localparam int STEP = (ROWS == 0) ? 1 : ROWS;
  for (genvar i = 0; i < PE; i += STEP) begin : g_row
    if (ROWS > 0) begin : g_packed
      localparam int COUNT = (PE - i < STEP) ? PE - i : STEP;
      wire [2:0] flags;
      mvau_packed #(
          .ROWS(COUNT),
          .SIMD(SIMD),
          .IBITS(IBITS),
          .ISIGNED(ISIGNED),
          .WBITS(WBITS),
          .WSIGNED(WKIND == 1),
          .SPACING(SPACING),
          .TOP((COUNT == ROWS) ? TOP : (COUNT - 1) * SPACING),
          .CHAIN(CHAIN),
          .OVER(OVER),
          .OVERTOP((COUNT == ROWS) ? OVERTOP : (COUNT > 1) ? OVER : 0),
          .BIAS(BIAS),
          .LARGEST(LARGEST),
          .SBITS(SBITS),
          .FBITS(3)
      ) u_dot (
          .aclk,
          .aresetn,
          .x,
          .w(w[i*SIMD*WBITS+:COUNT*SIMD*WBITS]),
          .flags(flags_w),
          .sums(sums[i*SBITS+:COUNT*SBITS]),
          .flags_q(flags)
      );
      assign flags_s[3*i+:3*COUNT] = {COUNT{flags}};
    end else if (IBITS == 1 && WBITS == 1) begin : g_binary
      // The product for each {w, x}; a two's complement activation of one bit comes inverted.
      localparam logic [3:0] PLAIN = (WKIND == 2) ? 4'b1001 : (WKIND == 1) ? 4'b0100 : 4'b1000;
      localparam logic [3:0] TRUTH = ISIGNED ? {PLAIN[2], PLAIN[3], PLAIN[0], PLAIN[1]} : PLAIN;
      mvau_popcount #(
          .N(SIMD),
          .TRUTH(TRUTH),
          .SBITS(SBITS),
          .FBITS(3)
      ) u_dot (
          .aclk,
          .aresetn,
          .x,
          .w(w[i*SIMD+:SIMD]),
          .flags(flags_w),
          .sum(sums[i*SBITS+:SBITS]),
          .flags_q(flags_s[3*i+:3])
      );
    end else begin : g_wide
      mvau_dot #(
          .SIMD(SIMD),
          .IBITS(IBITS),
          .ISIGNED(ISIGNED),
          .WBITS(WBITS),
          .WKIND(WKIND),
          .XCHUNK(XCHUNK),
          .WCHUNK(WCHUNK),
          .SBITS(SBITS),
          .FBITS(3)
      ) u_dot (
          .aclk,
          .aresetn,
          .x,
          .w(w[i*SIMD*WBITS+:SIMD*WBITS]),
          .flags(flags_w),
          .sum(sums[i*SBITS+:SBITS]),
          .flags_q(flags_s[3*i+:3])
      );
    end
  end
  // All rows are equally late; the first one's flags stand for all.
  wire valid_s = flags_s[2];
  wire first_s = flags_s[1];
  wire last_s = flags_s[0];
  wire unused = &{1'b0, flags_s};

  if (STEPS == 0) begin : g_exact
    mvau_accumulate #(
        .PE(PE),
        .SF(SF),
        .SBITS(SBITS),
        .ABITS(OBITS),
        .DOUBLE(DOUBLE),
        .STARTS(STARTS),
        .START(START)
    ) u_accumulate (
        .aclk,
        .aresetn,
        .valid(valid_s),
        .first(first_s),
        .last(last_s),
        .sums,
        .valid_q(done),
        .totals(results)
    );
  end else begin : g_thresholds
    wire found;
    wire [PE*ABITS-1:0] totals;
    mvau_accumulate #(
        .PE(PE),
        .SF(SF),
        .SBITS(SBITS),
        .ABITS(ABITS)
    ) u_accumulate (
        .aclk,
        .aresetn,
        .valid(valid_s),
        .first(first_s),
        .last(last_s),
        .sums,
        .valid_q(found),
        .totals
    );
    threshold_core #(
        .LANES(PE),
        .STEPS(STEPS),
        .XBITS(ABITS),
        .TBITS(TBITS),
        .FOLDS(TFOLDS),
        .SHARED(TSHARED),
        .BLOCK_DEPTH(TBLOCK_DEPTH),
        .NEVER(TNEVER),
        .FLIP(FLIP),
        .OFFSET(OFFSET),
        .OBITS(OBITS),
        .FILE(THRESHOLDS)
    ) u_threshold (
        .aclk,
        .aresetn,
        .valid(found),
        .x(totals),
        .valid_q(done),
        .y(results)
    );
  end

  finn_room #(
      .WIDTH(PE * OBITS),
      .CYCLES(CYCLES),
      .INTERVAL(SF)
  ) u_room (
      .aclk,
      .aresetn,
      .may_start(may_give),
      .s_data(results),
      .s_valid(done),
      .m_axis_tdata,
      .m_axis_tvalid,
      .m_axis_tready
  );

endmodule

`default_nettype wire
