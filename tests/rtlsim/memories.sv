// Memories as RTL describes them, to be mapped to block RAM, all with the same pins. `q` is what was
// read last on each port; one bit of `write` enables GRAIN bits.
`default_nettype none

// Port 0 reads, port 1 writes; reading what is being written gives the old word. A read with
// `clear` gives RESET instead.
module simple_dual_port #(
    parameter integer WIDTH = 8, DEPTH = 2048, GRAIN = 8,
    parameter CONTENTS = "",
    parameter [71:0] FIRST = 0, RESET = 0
) (
    input  wire              clk,
    input  wire              clear,
    input  wire [1:0]        enable,
    input  wire [1:0][15:0]  address,
    input  wire [1:0][7:0]   write,
    input  wire [1:0][71:0]  data,
    output wire [1:0][71:0]  q
);
    localparam integer BITS = $clog2(DEPTH);
    (* ram_style = "block" *) reg [WIDTH-1:0] memory[0:DEPTH-1];
    reg [WIDTH-1:0] found;

    initial $readmemh(CONTENTS, memory);
    initial found = FIRST[WIDTH-1:0];
    always @(posedge clk)
        if (enable[0]) found <= clear ? RESET[WIDTH-1:0] : memory[address[0][BITS-1:0]];
    for (genvar i = 0; i < WIDTH / GRAIN; i++) begin : g_lane
        always @(posedge clk)
            if (enable[1] && write[1][i]) memory[address[1][BITS-1:0]][GRAIN*i+:GRAIN] <= data[1][GRAIN*i+:GRAIN];
    end
    assign q = 144'(found);
endmodule

// As above, but the ports differ in width: a word of one is RATIO words of the other.
module two_widths #(
    parameter integer WIDTH = 8, DEPTH = 2048, RATIO = 2,
    parameter bit WIDE_WRITE = 1'b0,
    parameter CONTENTS = ""
) (
    input  wire              clk,
    input  wire              clear,
    input  wire [1:0]        enable,
    input  wire [1:0][15:0]  address,
    input  wire [1:0][7:0]   write,
    input  wire [1:0][71:0]  data,
    output wire [1:0][71:0]  q
);
    localparam integer BITS = $clog2(DEPTH);
    localparam integer LOW = $clog2(RATIO);
    (* ram_style = "block" *) reg [WIDTH-1:0] memory[0:DEPTH-1];

    initial $readmemh(CONTENTS, memory);
    if (WIDE_WRITE) begin : g_write
        reg [WIDTH-1:0] found = 0;
        always @(posedge clk) if (enable[0]) found <= memory[address[0][BITS-1:0]];
        for (genvar i = 0; i < RATIO; i++) begin : g_word
            always @(posedge clk)
                if (enable[1] && write[1][0]) memory[{address[1][BITS-1:LOW], LOW'(i)}] <= data[1][WIDTH*i+:WIDTH];
        end
        assign q = 144'(found);
    end else begin : g_read
        reg [RATIO*WIDTH-1:0] found = 0;
        for (genvar i = 0; i < RATIO; i++) begin : g_word
            always @(posedge clk)
                if (enable[0]) found[WIDTH*i+:WIDTH] <= memory[{address[0][BITS-1:LOW], LOW'(i)}];
        end
        always @(posedge clk) if (enable[1] && write[1][0]) memory[address[1][BITS-1:0]] <= data[1][WIDTH-1:0];
        assign q = 144'(found);
    end
endmodule

// Both ports, or the first PORTS of them, read and write; a port shows of what it writes itself the
// old word, the new one or its last word.
module true_dual_port #(
    parameter integer WIDTH = 8, DEPTH = 2048, GRAIN = 8, PORTS = 2,
    parameter MODE = "READ_FIRST",
    parameter CONTENTS = ""
) (
    input  wire              clk,
    input  wire              clear,
    input  wire [1:0]        enable,
    input  wire [1:0][15:0]  address,
    input  wire [1:0][7:0]   write,
    input  wire [1:0][71:0]  data,
    output wire [1:0][71:0]  q
);
    localparam integer BITS = $clog2(DEPTH);
    (* ram_style = "block" *) reg [WIDTH-1:0] memory[0:DEPTH-1];

    initial $readmemh(CONTENTS, memory);
    for (genvar p = 0; p < PORTS; p++) begin : g_port
        reg [WIDTH-1:0] found = 0;
        for (genvar i = 0; i < WIDTH / GRAIN; i++) begin : g_lane
            wire wanted = enable[p] && write[p][i];
            always @(posedge clk)
                if (wanted) memory[address[p][BITS-1:0]][GRAIN*i+:GRAIN] <= data[p][GRAIN*i+:GRAIN];
            always @(posedge clk)
                if (enable[p] && !(MODE == "NO_CHANGE" && |write[p][WIDTH/GRAIN-1:0]))
                    found[GRAIN*i+:GRAIN] <= MODE == "WRITE_FIRST" && wanted
                        ? data[p][GRAIN*i+:GRAIN] : memory[address[p][BITS-1:0]][GRAIN*i+:GRAIN];
        end
        assign q[p] = 72'(found);
    end
    if (PORTS == 1) assign q[1] = 0;
endmodule

module read_only #(
    parameter integer WIDTH = 8, DEPTH = 2048,
    parameter CONTENTS = ""
) (
    input  wire              clk,
    input  wire              clear,
    input  wire [1:0]        enable,
    input  wire [1:0][15:0]  address,
    input  wire [1:0][7:0]   write,
    input  wire [1:0][71:0]  data,
    output wire [1:0][71:0]  q
);
    localparam integer BITS = $clog2(DEPTH);
    (* rom_style = "block" *) reg [WIDTH-1:0] memory[0:DEPTH-1];

    initial $readmemh(CONTENTS, memory);
    for (genvar p = 0; p < 2; p++) begin : g_port
        reg [WIDTH-1:0] found = 0;
        always @(posedge clk) if (enable[p]) found <= memory[address[p][BITS-1:0]];
        assign q[p] = 72'(found);
    end
endmodule

`default_nettype wire
