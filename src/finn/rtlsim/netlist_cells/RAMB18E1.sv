// Behaviour of the 18 Kibit block RAM (AMD's UG473) in the modes that Yosys maps to; `netlist.py`
// refuses the others.
`default_nettype none
// Strings of several lengths are compared; some pins mean nothing in these modes.
/* verilator lint_off WIDTHEXPAND */
/* verilator lint_off UNUSEDSIGNAL */

module RAMB18E1 #(
    parameter RAM_MODE = "TDP"  /* or SDP: port A reads, port B writes, both up to twice as wide */,
    parameter integer READ_WIDTH_A = 0, READ_WIDTH_B = 0, WRITE_WIDTH_A = 0, WRITE_WIDTH_B = 0,
    parameter integer DOA_REG = 0, DOB_REG = 0,
    parameter WRITE_MODE_A = "WRITE_FIRST", WRITE_MODE_B = "WRITE_FIRST",
    parameter [17:0] INIT_A = 0, INIT_B = 0, SRVAL_A = 0, SRVAL_B = 0,
    parameter [255:0] INITP_00 = 0, INITP_01 = 0, INITP_02 = 0, INITP_03 = 0, INITP_04 = 0, INITP_05 = 0,
    parameter [255:0] INITP_06 = 0, INITP_07 = 0,
    parameter [255:0] INIT_00 = 0, INIT_01 = 0, INIT_02 = 0, INIT_03 = 0, INIT_04 = 0, INIT_05 = 0,
    parameter [255:0] INIT_06 = 0, INIT_07 = 0, INIT_08 = 0, INIT_09 = 0, INIT_0A = 0, INIT_0B = 0,
    parameter [255:0] INIT_0C = 0, INIT_0D = 0, INIT_0E = 0, INIT_0F = 0, INIT_10 = 0, INIT_11 = 0,
    parameter [255:0] INIT_12 = 0, INIT_13 = 0, INIT_14 = 0, INIT_15 = 0, INIT_16 = 0, INIT_17 = 0,
    parameter [255:0] INIT_18 = 0, INIT_19 = 0, INIT_1A = 0, INIT_1B = 0, INIT_1C = 0, INIT_1D = 0,
    parameter [255:0] INIT_1E = 0, INIT_1F = 0, INIT_20 = 0, INIT_21 = 0, INIT_22 = 0, INIT_23 = 0,
    parameter [255:0] INIT_24 = 0, INIT_25 = 0, INIT_26 = 0, INIT_27 = 0, INIT_28 = 0, INIT_29 = 0,
    parameter [255:0] INIT_2A = 0, INIT_2B = 0, INIT_2C = 0, INIT_2D = 0, INIT_2E = 0, INIT_2F = 0,
    parameter [255:0] INIT_30 = 0, INIT_31 = 0, INIT_32 = 0, INIT_33 = 0, INIT_34 = 0, INIT_35 = 0,
    parameter [255:0] INIT_36 = 0, INIT_37 = 0, INIT_38 = 0, INIT_39 = 0, INIT_3A = 0, INIT_3B = 0,
    parameter [255:0] INIT_3C = 0, INIT_3D = 0, INIT_3E = 0, INIT_3F = 0
) (
    input  wire CLKARDCLK, ENARDEN, RSTRAMARSTRAM, REGCEAREGCE, RSTREGARSTREG,
    input  wire [13:0] ADDRARDADDR,
    input  wire [15:0] DIADI,
    input  wire [1:0] DIPADIP,
    input  wire [1:0] WEA,
    output wire [15:0] DOADO,
    output wire [1:0] DOPADOP,
    input  wire CLKBWRCLK, ENBWREN, RSTRAMB, REGCEB, RSTREGB,
    input  wire [13:0] ADDRBWRADDR,
    input  wire [15:0] DIBDI,
    input  wire [1:0] DIPBDIP,
    input  wire [3:0] WEBWE,
    output wire [15:0] DOBDO,
    output wire [1:0] DOPBDOP
);
    localparam integer HALF = 16;
    localparam SIMPLE = RAM_MODE == "SDP";
    localparam WIDE_READ = SIMPLE && READ_WIDTH_A == 36;
    localparam WIDE_WRITE = SIMPLE && WRITE_WIDTH_B == 36;

    // Data bits of a word: of nine bits one is parity.
    function automatic integer data_bits(input integer width);
        data_bits = width - width / 9;
    endfunction

    // A latch value as the parameters give it, {parity, data} of the port's width, at fixed places.
    function automatic [71:0] placed(input integer width, input [71:0] value);
        reg [71:0] data;
        begin
            data = value & ((72'd1 << data_bits(width)) - 1);
            placed = {8'(value >> data_bits(width)), data[63:0]};
        end
    endfunction

    function automatic [71:0] placed_a(input [17:0] low, input [17:0] high);
        placed_a = WIDE_READ ? 72'({high[17:HALF], low[17:HALF]}) << 64 | 72'({high[HALF-1:0], low[HALF-1:0]})
                             : placed(READ_WIDTH_A, 72'(low));
    endfunction

    wire [71:0] out_a, out_b;

    wire [71:0] in_a = {6'd0, DIPADIP, 48'd0, DIADI};
    wire [71:0] in_b = WIDE_WRITE ? {4'd0, DIPBDIP, DIPADIP, 32'd0, DIBDI, DIADI}
                                  : {6'd0, DIPBDIP, 48'd0, DIBDI};
    assign DOADO = out_a[HALF-1:0];
    assign DOBDO = WIDE_READ ? out_a[2*HALF-1:HALF] : out_b[HALF-1:0];
    assign DOPADOP = out_a[64+:2];
    assign DOPBDOP = WIDE_READ ? out_a[66+:2] : out_b[64+:2];

    finn_block_ram #(
        .BYTES(HALF * 128),
        .CONTENTS({
            INIT_3F, INIT_3E, INIT_3D, INIT_3C, INIT_3B, INIT_3A, INIT_39, INIT_38, INIT_37, INIT_36,
            INIT_35, INIT_34, INIT_33, INIT_32, INIT_31, INIT_30, INIT_2F, INIT_2E, INIT_2D, INIT_2C,
            INIT_2B, INIT_2A, INIT_29, INIT_28, INIT_27, INIT_26, INIT_25, INIT_24, INIT_23, INIT_22,
            INIT_21, INIT_20, INIT_1F, INIT_1E, INIT_1D, INIT_1C, INIT_1B, INIT_1A, INIT_19, INIT_18,
            INIT_17, INIT_16, INIT_15, INIT_14, INIT_13, INIT_12, INIT_11, INIT_10, INIT_0F, INIT_0E,
            INIT_0D, INIT_0C, INIT_0B, INIT_0A, INIT_09, INIT_08, INIT_07, INIT_06, INIT_05, INIT_04,
            INIT_03, INIT_02, INIT_01, INIT_00
        }),
        .PARITY({
            INITP_07, INITP_06, INITP_05, INITP_04, INITP_03, INITP_02, INITP_01, INITP_00
        }),
        .READ_A(data_bits(READ_WIDTH_A)), .READ_B(data_bits(READ_WIDTH_B)),
        .WRITE_A(data_bits(WRITE_WIDTH_A)), .WRITE_B(data_bits(WRITE_WIDTH_B)),
        .MODE_A(WRITE_MODE_A), .MODE_B(WRITE_MODE_B),
        .FIRST_A(placed_a(INIT_A, INIT_B)), .FIRST_B(placed(READ_WIDTH_B, 72'(INIT_B))),
        .RESET_A(placed_a(SRVAL_A, SRVAL_B)), .RESET_B(placed(READ_WIDTH_B, 72'(SRVAL_B)))
    ) ram (
        .clk_a(CLKARDCLK), .clk_b(CLKBWRCLK),
        .enable_a(ENARDEN), .enable_b(ENBWREN),
        .reset_a(RSTRAMARSTRAM), .reset_b(RSTRAMB),
        .write_a(WEA), .write_b(4'd0 | WEBWE),
        .address_a({1'b0, ADDRARDADDR}), .address_b({1'b0, ADDRBWRADDR}),
        .in_a(in_a), .in_b(in_b),
        .out_a(out_a), .out_b(out_b)
    );
endmodule

/* verilator lint_on WIDTHEXPAND */
/* verilator lint_on UNUSEDSIGNAL */
`default_nettype wire
