// Walks along one axis again and again: what a table has for the place, and whether it is the last.
`default_nettype none

module reorder_axis #(
    // Places of the axis.
    parameter int COUNT = 2,
    // Bits of an entry of the table; the table, the first place lowest.
    parameter int BITS = 8,
    parameter logic [COUNT*BITS-1:0] TABLE = '0
) (
    input  wire            aclk,
    input  wire            aresetn,
    // On to the next place.
    input  wire            step,
    output wire [BITS-1:0] entry,
    output wire            last
);

  if (COUNT > 1) begin : g_count
    localparam int PLACE = $clog2(COUNT);
    // Registers for the place now, a counter for the one behind it: nothing is looked up in the cycle of a step.
    logic [ BITS-1:0] held;
    logic             ends;
    logic [PLACE-1:0] next;
    always_ff @(posedge aclk)
      if (!aresetn) begin
        held <= TABLE[BITS-1:0];
        ends <= 1'b0;
        next <= PLACE'(1);
      end else if (step) begin
        held <= TABLE[BITS*int'(next)+:BITS];
        ends <= next == PLACE'(COUNT - 1);
        next <= next == PLACE'(COUNT - 1) ? '0 : next + 1'b1;
      end
    assign entry = held;
    assign last  = ends;
  end else begin : g_single
    assign entry = TABLE[BITS-1:0];
    assign last  = 1'b1;
    wire unused = &{1'b0, aclk, aresetn, step};
  end

endmodule

`default_nettype wire
