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
    input  wire                enable,
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
      else if (enable && valid && last) fold <= (fold == FBITS'(STARTS - 1)) ? '0 : fold + 1'b1;
    const_rom #(
        .DEPTH(STARTS),
        .WIDTH(PE * ABITS),
        .FILE (START)
    ) u_starts (
        .aclk,
        .enable,
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
      .enable,
      .d(valid),
      .q(valid_a)
  );

  pipeline_delay #(
      .WIDTH (2 + PE * SBITS),
      .CYCLES(FETCH)
  ) u_sums (
      .aclk,
      .aresetn,
      .enable,
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
    logic [PE*ABITS-1:0] registers;
    logic complete;
    for (genvar i = 0; i < PE; i++) begin : g_row
      wire [ABITS-1:0] sum = ABITS'(sums_a[i*SBITS+:SBITS]) << (DOUBLE ? 1 : 0);
      wire [ABITS-1:0] base = (SF == 1 || first_a) ? starts[i*ABITS+:ABITS] : registers[i*ABITS+:ABITS];
      always_ff @(posedge aclk)
        if (enable && valid_a) registers[i*ABITS+:ABITS] <= base + sum;
    end
    always_ff @(posedge aclk)
      if (!aresetn) complete <= 1'b0;
      else if (enable) complete <= valid_a && last_a;
    assign valid_q = complete;
    assign totals = registers;
  end

endmodule

`default_nettype wire
