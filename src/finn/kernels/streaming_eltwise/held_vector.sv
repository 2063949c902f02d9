// Pairs each beat of a stream with one of a vector of FOLDS beats, which is taken once and read again for
// all REPEATS vectors of a frame; with REPEATS = 1 pairs the beats of two streams.
`default_nettype none

module held_vector #(
    // Bits of a beat of the stream, and of the vector.
    parameter int AWIDTH  = 8,
    parameter int BWIDTH  = 8,
    parameter int FOLDS   = 4,
    parameter int REPEATS = 9
) (
    input  wire               aclk,
    input  wire               aresetn,
    input  wire               may_take,
    input  wire  [AWIDTH-1:0] a_tdata,
    input  wire               a_tvalid,
    output wire               a_tready,
    input  wire  [BWIDTH-1:0] b_tdata,
    input  wire               b_tvalid,
    output wire               b_tready,
    // A beat of the stream, a cycle before it is paired; the pair.
    output wire  [AWIDTH-1:0] early,
    output logic [AWIDTH-1:0] a,
    output logic [BWIDTH-1:0] b,
    output logic              valid
);

  wire filling;
  wire take = may_take && a_tvalid && (b_tvalid || !filling);
  assign a_tready = take;
  assign b_tready = take && filling;
  if (REPEATS == 1) begin : g_straight
    assign filling = 1'b1;
    assign early   = a_tdata;
    always_ff @(posedge aclk) begin
      a <= a_tdata;
      b <= b_tdata;
      if (!aresetn) valid <= 1'b0;
      else valid <= take;
    end
  end else begin : g_held
    localparam int FBITS = FOLDS > 1 ? $clog2(FOLDS) : 1;
    localparam int RBITS = $clog2(REPEATS);
    logic [RBITS-1:0] repetition;
    logic [FBITS-1:0] fold, address;
    logic [AWIDTH-1:0] waiting;
    logic first, soon;
    wire ends_vector = fold == FBITS'(FOLDS - 1);
    wire ends_frame = repetition == RBITS'(REPEATS - 1);

    assign filling = first;
    assign early   = waiting;

    always_ff @(posedge aclk) begin
      address <= fold;
      waiting <= a_tdata;
      a <= waiting;
      if (!aresetn) begin
        fold <= '0;
        repetition <= '0;
        first <= 1'b1;
        soon <= 1'b0;
        valid <= 1'b0;
      end else begin
        soon  <= take;
        valid <= soon;
        if (take) begin
          fold <= ends_vector ? '0 : fold + 1'b1;
          if (ends_vector) begin
            repetition <= ends_frame ? '0 : repetition + 1'b1;
            first <= ends_frame;
          end
        end
      end
    end

    if (FOLDS == 1) begin : g_one
      logic [BWIDTH-1:0] held;
      wire unused = &{1'b0, address};
      always_ff @(posedge aclk) begin
        if (take && filling) held <= b_tdata;
        b <= held;
      end
    end else begin : g_several
      (* ram_style = "distributed" *)
      logic [BWIDTH-1:0] words[0:FOLDS-1];
      always_ff @(posedge aclk) begin
        if (take && filling) words[fold] <= b_tdata;
        b <= words[address];
      end
    end
  end

endmodule

`default_nettype wire
