// A read-only memory with registered output: 1 cycle from LUTs, 2 from block RAM (whose output has
// a register of its own, since its clock-to-out is long), none for a single word.
`default_nettype none

module const_rom #(
    parameter int DEPTH = 2,     // words
    parameter int WIDTH = 1,     // bits of a word
    parameter bit BLOCK = 0,     // 1: block RAM, 0: LUTs
    parameter     FILE  = "",    // contents for $readmemh
    parameter int ABITS = (DEPTH > 1) ? $clog2(DEPTH) : 1  // derived: bits of the address
) (
    input  wire             aclk,
    input  wire             enable,
    input  wire [ABITS-1:0] address,
    output wire [WIDTH-1:0] data
);

  if (DEPTH == 1) begin : g_constant
    logic [WIDTH-1:0] words[0:0];
    initial $readmemh(FILE, words);
    assign data = words[0];
    wire unused = &{1'b0, aclk, enable, address};
  end else if (BLOCK) begin : g_block
    (* rom_style = "block" *)
    logic [WIDTH-1:0] words[0:DEPTH-1];
    logic [WIDTH-1:0] raw, settled;
    initial $readmemh(FILE, words);
    always_ff @(posedge aclk)
      if (enable) begin
        raw <= words[address];
        settled <= raw;
      end
    assign data = settled;
  end else begin : g_lut
    // Yosys knows "distributed" for writable memories alone, and looks at rom_block first.
    (* rom_style = "distributed", rom_block = "logic" *)
    logic [WIDTH-1:0] words[0:DEPTH-1];
    logic [WIDTH-1:0] settled;
    initial $readmemh(FILE, words);
    always_ff @(posedge aclk) if (enable) settled <= words[address];
    assign data = settled;
  end

endmodule

`default_nettype wire
