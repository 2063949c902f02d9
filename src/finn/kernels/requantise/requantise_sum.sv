// x * multiplier + offset of one lane: in one or two DSPs, or as a sum of shifted choices in LUTs.
`default_nettype none

module requantise_sum #(
    // Bits of x and of the multiplier, two's complement; of the two, DSPs split the longer one.
    parameter int XBITS = 20,
    parameter int MBITS = 18,
    // Bits of the offset and of the sum, two's complement.
    parameter int CBITS = 30,
    parameter int SBITS = 40,
    // 1: DSPs.
    parameter bit DSP = 1,
    // Cycles that x comes later than one after the early x.
    parameter int LATE = 0
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire [XBITS-1:0] early,
    input  wire [XBITS-1:0] x,
    input  wire [MBITS-1:0] multiplier,
    // A cycle after the other two.
    input  wire [CBITS-1:0] offset,
    output wire [SBITS-1:0] sum
);

  // In LUTs: x in parts of so many bits that three times one is soon made; of each part a choice for each
  // two bits of the multiplier and one for its sign; and the offset.
  localparam int PART = 16;
  localparam int PARTS = XBITS > PART + 2 ? 2 : 1;
  localparam int FIRST = PARTS == 2 ? PART : XBITS;
  localparam int REST = PARTS == 2 ? XBITS - PART : 1;
  localparam int PAIRS = MBITS / 2;
  localparam int CHOICES = PAIRS + 1;
  localparam int TERMS = PARTS * CHOICES + 1;
  localparam int CHOICES_BITS = CHOICES * (FIRST + 2) + (PARTS == 2 ? CHOICES * (REST + 2) : 0);
  localparam int LOW = SBITS > 20 ? 16 : SBITS;

  function automatic logic [TERMS*32-1:0] term_sources();
    for (int i = 0; i < TERMS; i++) term_sources[32*i+:32] = 32'(i);
  endfunction

  function automatic logic [TERMS*32-1:0] term_shifts();
    for (int i = 0; i < TERMS - 1; i++)
      term_shifts[32*i+:32] = 32'(i / CHOICES * PART + (i % CHOICES < PAIRS ? 2 * (i % CHOICES) : MBITS - 1));
    term_shifts[32*(TERMS-1)+:32] = 32'd0;
  endfunction

  function automatic logic [TERMS*32-1:0] term_widths();
    for (int i = 0; i < TERMS - 1; i++) term_widths[32*i+:32] = 32'(i < CHOICES ? FIRST + 2 : REST + 2);
    term_widths[32*(TERMS-1)+:32] = 32'(CBITS);
  endfunction

  function automatic logic [TERMS-1:0] terms_minus();
    for (int i = 0; i < TERMS; i++) terms_minus[i] = i < TERMS - 1 && i % CHOICES == PAIRS;
  endfunction

  function automatic logic [TERMS-1:0] terms_signed();
    for (int i = 0; i < TERMS; i++) terms_signed[i] = PARTS == 1 || i >= CHOICES;
  endfunction

  if (DSP) begin : g_dsp
    localparam int LONG = XBITS > MBITS ? XBITS : MBITS;
    localparam int SHORT = XBITS > MBITS ? MBITS : XBITS;
    wire [LONG-1:0] long;
    wire [SHORT-1:0] short;
    wire [47:0] first, carried;
    if (XBITS > MBITS) begin : g_long_x
      assign long = x;
      assign short = multiplier;
    end else begin : g_long_multiplier
      assign long = multiplier;
      assign short = x;
    end
    wire [24:0] a = 25'($signed(short));
    wire unused = &{1'b0, aresetn, early};
    if (LONG <= 18) begin : g_one
      dsp48e1_product u_product (
          .aclk,
          .a,
          .b(18'($signed(long))),
          .c(48'($signed(offset))),
          .pcin('0),
          .p(first),
          .pcout(carried)
      );
      assign sum = first[SBITS-1:0];
      wire unused_beyond = &{1'b0, first, carried};
    end else begin : g_two
      wire [47:0] second, unused_carry;
      // The lowest bits leave a cycle earlier.
      logic [16:0] low;
      always_ff @(posedge aclk) low <= first[16:0];
      dsp48e1_product u_low (
          .aclk,
          .a,
          .b({1'b0, long[16:0]}),
          .c(48'($signed(offset))),
          .pcin('0),
          .p(first),
          .pcout(carried)
      );
      dsp48e1_product #(
          .FIRST(0)
      ) u_high (
          .aclk,
          .a,
          .b(18'($signed(long[LONG-1:17]))),
          .c('0),
          .pcin(carried),
          .p(second),
          .pcout(unused_carry)
      );
      assign sum = SBITS'({second, low});
      wire unused_beyond = &{1'b0, first, second, unused_carry};
    end
  end else begin : g_luts
    wire [CHOICES_BITS-1:0] choices;

    channelwise_terms #(
        .EBITS(FIRST),
        .ESIGNED(PARTS == 1),
        .PBITS(MBITS),
        .PSIGNED(1),
        .LATE(LATE)
    ) u_first (
        .aclk,
        .aresetn,
        .early(early[FIRST-1:0]),
        .element(x[FIRST-1:0]),
        .constant(multiplier),
        .terms(choices[0+:CHOICES*(FIRST+2)])
    );
    if (PARTS == 2) begin : g_rest
      channelwise_terms #(
          .EBITS(REST),
          .ESIGNED(1),
          .PBITS(MBITS),
          .PSIGNED(1),
          .LATE(LATE)
      ) u_rest (
          .aclk,
          .aresetn,
          .early(early[XBITS-1-:REST]),
          .element(x[XBITS-1-:REST]),
          .constant(multiplier),
          .terms(choices[CHOICES_BITS-1-:CHOICES*(REST+2)])
      );
    end
    add_lane #(
        .INPUTS(TERMS),
        .IBITS(term_widths()),
        .IBITS_SUM(CHOICES_BITS + CBITS),
        .SIGNED(terms_signed()),
        .BIPOLAR('0),
        .TERMS(TERMS),
        .SOURCES(term_sources()),
        .SHIFTS(term_shifts()),
        .MINUS(terms_minus()),
        .OBITS(SBITS),
        .LOW(LOW)
    ) u_sum (
        .aclk,
        .aresetn,
        .elements({offset, choices}),
        .sum
    );
  end

endmodule

`default_nettype wire
