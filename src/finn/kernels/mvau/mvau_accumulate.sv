// Adds the sums of a pass to one total per row. With STARTS, a row begins at a value of its own.
`default_nettype none

module mvau_accumulate #(
    parameter int PE     = 1,  // rows
    parameter int SF     = 1,  // sums per total
    parameter int SBITS  = 1,  // bits of a sum
    parameter int ABITS  = 1,  // bits of a total, taken modulo 2^ABITS
    parameter bit DOUBLE = 0,  // 1: sums count twice
    parameter int STARTS = 0,  // words of start values, taken in turn by total; 0: start at zero
    parameter     START  = ""  // memory of start values, row 0 in the lowest bits
) (
    input  wire                aclk,
    input  wire                aresetn,
    input  wire                valid,
    input  wire                first,
    input  wire                last,
    input  wire [PE*SBITS-1:0] sums,
    output wire                valid_q,
    output wire [PE*ABITS-1:0] totals
);

  localparam int FETCH = (STARTS > 1) ? 1 : 0;

  wire valid_a, first_a, last_a;
  wire [PE*SBITS-1:0] sums_a;
  wire [PE*ABITS-1:0] starts;

  if (STARTS == 0) begin : g_zero
    assign starts = '0;
  end else begin : g_start
    localparam int FBITS = (STARTS > 1) ? $clog2(STARTS) : 1;
    logic [FBITS-1:0] fold;
    always_ff @(posedge aclk)
      if (!aresetn) fold <= '0;
      else if (valid && last) fold <= (fold == FBITS'(STARTS - 1)) ? '0 : fold + 1'b1;
    const_rom #(
        .DEPTH(STARTS),
        .WIDTH(PE * ABITS),
        .FILE (START)
    ) u_starts (
        .aclk,
        .enable(1'b1),
        .address(fold),
        .data(starts)
    );
  end

  pipeline_delay #(
      .WIDTH (1),
      .CYCLES(FETCH),
      .RESET (1)
  ) u_valid (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d(valid),
      .q(valid_a)
  );

  pipeline_delay #(
      .WIDTH (2 + PE * SBITS),
      .CYCLES(FETCH)
  ) u_sums (
      .aclk,
      .aresetn,
      .enable(1'b1),
      .d({first, last, sums}),
      .q({first_a, last_a, sums_a})
  );

  if (SF == 1 && STARTS == 0) begin : g_pass
    for (genvar i = 0; i < PE; i++) begin : g_row
      assign totals[i*ABITS+:ABITS] = ABITS'(sums_a[i*SBITS+:SBITS]);
    end
    assign valid_q = valid_a;
    wire unused = &{1'b0, first_a, last_a, starts};
  end else begin : g_add
    // Bits that are added in a cycle; a carry goes on to the next. With carries in and out these are
    // four CARRY4, or three where a start value makes the LUT before them slower.
    localparam int SEGMENT = (STARTS > 1) ? 10 : 14;
    localparam int SEGMENTS = (ABITS + SEGMENT - 1) / SEGMENT;

    pipeline_delay #(
        .WIDTH (1),
        .CYCLES(SEGMENTS),
        .RESET (1)
    ) u_complete (
        .aclk,
        .aresetn,
        .enable(1'b1),
        .d(valid_a && last_a),
        .q(valid_q)
    );

    for (genvar k = 0; k < SEGMENTS; k++) begin : g_segment
      localparam int LOW = k * SEGMENT;
      localparam int BITS = (ABITS - LOW < SEGMENT) ? ABITS - LOW : SEGMENT;
      wire valid_k, first_k;
      wire [PE*BITS-1:0] sums_k, starts_k, sums_d, starts_d, totals_d, totals_k;
      wire [PE-1:0] carry_k;  // out of this segment

      pipeline_delay #(
          .WIDTH (2 + 2 * PE * BITS),
          .CYCLES(k),
          .RESET (1)
      ) u_begin (
          .aclk,
          .aresetn,
          .enable(1'b1),
          .d({valid_a, first_a, sums_d, starts_d}),
          .q({valid_k, first_k, sums_k, starts_k})
      );
      pipeline_delay #(
          .WIDTH (PE * BITS),
          .CYCLES(SEGMENTS - 1 - k),
          .RESET (1)
      ) u_end (
          .aclk,
          .aresetn,
          .enable(1'b1),
          .d(totals_d),
          .q(totals_k)
      );

      for (genvar i = 0; i < PE; i++) begin : g_row
        assign sums_d[i*BITS+:BITS] =
            BITS'((ABITS'(sums_a[i*SBITS+:SBITS]) << (DOUBLE ? 1 : 0)) >> LOW);
        assign starts_d[i*BITS+:BITS] = starts[i*ABITS+LOW+:BITS];
        assign totals[i*ABITS+LOW+:BITS] = totals_k[i*BITS+:BITS];

        logic [BITS-1:0] total;
        logic carry;
        wire [BITS-1:0] base = (SF == 1 || first_k) ? starts_k[i*BITS+:BITS] : total;
        if (k == 0) begin : g_lowest
          always_ff @(posedge aclk)
            if (valid_k) {carry, total} <= {1'b0, base} + {1'b0, sums_k[i*BITS+:BITS]};
        end else begin : g_higher
          // The carry of the segment below enters through a place of its own.
          wire carry_in = g_segment[k-1].carry_k[i];
          wire [BITS+1:0] added = {1'b0, base, 1'b1} + {1'b0, sums_k[i*BITS+:BITS], carry_in};
          always_ff @(posedge aclk) if (valid_k) {carry, total} <= added[BITS+1:1];
          wire unused_bit = added[0];
        end
        assign totals_d[i*BITS+:BITS] = total;
        assign carry_k[i] = carry;
      end
      if (k == SEGMENTS - 1) begin : g_unused
        wire unused = &{1'b0, carry_k};
      end
    end
  end

endmodule

`default_nettype wire
