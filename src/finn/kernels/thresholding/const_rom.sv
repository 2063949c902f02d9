// A read-only memory with registered output: 1 cycle from LUTs or 2 if they are split, 2 from block
// RAM (whose output has a register of its own, since its clock-to-out is long), none for a single
// word and where it is fused with the logic behind it.
`default_nettype none

module const_rom #(
    parameter int DEPTH = 2,     // words
    parameter int WIDTH = 1,     // bits of a word
    parameter bit BLOCK = 0,     // 1: block RAM, 0: LUTs
    parameter bit FUSED = 0,     // 1: LUTs without a register
    parameter bit SPLIT = 0,     // 1: LUTs in parts of 256 words, one of which is chosen in a second cycle
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
  end else if (FUSED) begin : g_fused
    logic [WIDTH-1:0] words[0:DEPTH-1];
    wire [DEPTH*WIDTH-1:0] all;
    initial $readmemh(FILE, words);
    // Chosen from constants: Yosys would move a register of the address behind a memory.
    for (genvar k = 0; k < DEPTH; k++) begin : g_word
      assign all[k*WIDTH+:WIDTH] = words[k];
    end
    assign data = all[address*WIDTH+:WIDTH];
    wire unused = &{1'b0, aclk, enable};
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
  end else if (SPLIT) begin : g_split
    localparam int PARTS = (DEPTH + 255) / 256;
    (* rom_style = "distributed", rom_block = "logic" *)
    logic [WIDTH-1:0] words[0:DEPTH-1];
    logic [PARTS*WIDTH-1:0] parts;
    logic [ABITS-9:0] upper;
    logic [WIDTH-1:0] settled;
    initial $readmemh(FILE, words);
    for (genvar part = 0; part < PARTS; part++) begin : g_part
      wire [ABITS-1:0] place = {(ABITS - 8)'(part), address[7:0]};
      always_ff @(posedge aclk) if (enable) parts[part*WIDTH+:WIDTH] <= words[place];
    end
    always_ff @(posedge aclk)
      if (enable) begin
        upper <= address[ABITS-1:8];
        settled <= parts[upper*WIDTH+:WIDTH];
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
