// Behaviour of the 36 Kibit block RAM (AMD's UG473) in the modes that Yosys maps to; `netlist.py`
// refuses the others.
`default_nettype none
// Strings of several lengths are compared; some pins mean nothing in these modes.
/* verilator lint_off WIDTHEXPAND */
/* verilator lint_off UNUSEDSIGNAL */

module RAMB36E1 #(
    parameter RAM_EXTENSION_A = "NONE", RAM_EXTENSION_B = "NONE"  /* LOWER, UPPER: half of 64 Ki x 1 */,
    parameter RAM_MODE = "TDP"  /* or SDP: port A reads, port B writes, both up to twice as wide */,
    parameter integer READ_WIDTH_A = 0, READ_WIDTH_B = 0, WRITE_WIDTH_A = 0, WRITE_WIDTH_B = 0,
    parameter integer DOA_REG = 0, DOB_REG = 0,
    parameter WRITE_MODE_A = "WRITE_FIRST", WRITE_MODE_B = "WRITE_FIRST",
    parameter [35:0] INIT_A = 0, INIT_B = 0, SRVAL_A = 0, SRVAL_B = 0,
    parameter [255:0] INITP_00 = 0, INITP_01 = 0, INITP_02 = 0, INITP_03 = 0, INITP_04 = 0, INITP_05 = 0,
    parameter [255:0] INITP_06 = 0, INITP_07 = 0, INITP_08 = 0, INITP_09 = 0, INITP_0A = 0, INITP_0B = 0,
    parameter [255:0] INITP_0C = 0, INITP_0D = 0, INITP_0E = 0, INITP_0F = 0,
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
    parameter [255:0] INIT_3C = 0, INIT_3D = 0, INIT_3E = 0, INIT_3F = 0, INIT_40 = 0, INIT_41 = 0,
    parameter [255:0] INIT_42 = 0, INIT_43 = 0, INIT_44 = 0, INIT_45 = 0, INIT_46 = 0, INIT_47 = 0,
    parameter [255:0] INIT_48 = 0, INIT_49 = 0, INIT_4A = 0, INIT_4B = 0, INIT_4C = 0, INIT_4D = 0,
    parameter [255:0] INIT_4E = 0, INIT_4F = 0, INIT_50 = 0, INIT_51 = 0, INIT_52 = 0, INIT_53 = 0,
    parameter [255:0] INIT_54 = 0, INIT_55 = 0, INIT_56 = 0, INIT_57 = 0, INIT_58 = 0, INIT_59 = 0,
    parameter [255:0] INIT_5A = 0, INIT_5B = 0, INIT_5C = 0, INIT_5D = 0, INIT_5E = 0, INIT_5F = 0,
    parameter [255:0] INIT_60 = 0, INIT_61 = 0, INIT_62 = 0, INIT_63 = 0, INIT_64 = 0, INIT_65 = 0,
    parameter [255:0] INIT_66 = 0, INIT_67 = 0, INIT_68 = 0, INIT_69 = 0, INIT_6A = 0, INIT_6B = 0,
    parameter [255:0] INIT_6C = 0, INIT_6D = 0, INIT_6E = 0, INIT_6F = 0, INIT_70 = 0, INIT_71 = 0,
    parameter [255:0] INIT_72 = 0, INIT_73 = 0, INIT_74 = 0, INIT_75 = 0, INIT_76 = 0, INIT_77 = 0,
    parameter [255:0] INIT_78 = 0, INIT_79 = 0, INIT_7A = 0, INIT_7B = 0, INIT_7C = 0, INIT_7D = 0,
    parameter [255:0] INIT_7E = 0, INIT_7F = 0
) (
    input  wire CLKARDCLK, ENARDEN, RSTRAMARSTRAM, REGCEAREGCE, RSTREGARSTREG,
    input  wire [15:0] ADDRARDADDR,
    input  wire [31:0] DIADI,
    input  wire [3:0] DIPADIP,
    input  wire [3:0] WEA,
    output wire [31:0] DOADO,
    output wire [3:0] DOPADOP,
    input  wire CASCADEINA,
    output wire CASCADEOUTA,
    input  wire CLKBWRCLK, ENBWREN, RSTRAMB, REGCEB, RSTREGB,
    input  wire [15:0] ADDRBWRADDR,
    input  wire [31:0] DIBDI,
    input  wire [3:0] DIPBDIP,
    input  wire [7:0] WEBWE,
    output wire [31:0] DOBDO,
    output wire [3:0] DOPBDOP,
    input  wire CASCADEINB,
    output wire CASCADEOUTB,
    input  wire INJECTDBITERR, INJECTSBITERR,
    output wire DBITERR, SBITERR,
    output wire [7:0] ECCPARITY,
    output wire [8:0] RDADDRECC
);
    localparam integer HALF = 32;
    localparam SIMPLE = RAM_MODE == "SDP";
    localparam WIDE_READ = SIMPLE && READ_WIDTH_A == 72;
    localparam WIDE_WRITE = SIMPLE && WRITE_WIDTH_B == 72;

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

    function automatic [71:0] placed_a(input [35:0] low, input [35:0] high);
        placed_a = WIDE_READ ? 72'({high[35:HALF], low[35:HALF]}) << 64 | 72'({high[HALF-1:0], low[HALF-1:0]})
                             : placed(READ_WIDTH_A, 72'(low));
    endfunction

    wire [71:0] out_a, out_b;

    // Error correction is not modelled.
    assign {DBITERR, SBITERR, ECCPARITY, RDADDRECC} = 'x;

    // In a pair each RAM takes the accesses to its half; the upper one shows whichever was read last.
    wire active_a = ENARDEN && (RAM_EXTENSION_A == "NONE" || ADDRARDADDR[15] == (RAM_EXTENSION_A == "UPPER"));
    reg  upper_a;
    always @(posedge CLKARDCLK) if (ENARDEN) upper_a <= ADDRARDADDR[15];
    wire active_b = ENBWREN && (RAM_EXTENSION_B == "NONE" || ADDRBWRADDR[15] == (RAM_EXTENSION_B == "UPPER"));
    reg  upper_b;
    always @(posedge CLKBWRCLK) if (ENBWREN) upper_b <= ADDRBWRADDR[15];
    assign CASCADEOUTA = out_a[0];
    assign CASCADEOUTB = out_b[0];
    wire [71:0] in_a = {4'd0, DIPADIP, 32'd0, DIADI};
    wire [71:0] in_b = WIDE_WRITE ? {DIPBDIP, DIPADIP, DIBDI, DIADI}
                                  : {4'd0, DIPBDIP, 32'd0, DIBDI};
    assign DOADO[HALF-1:1] = out_a[HALF-1:1];
    assign DOADO[0] = RAM_EXTENSION_A == "UPPER" && !upper_a ? CASCADEINA : out_a[0];
    assign DOBDO[HALF-1:1] = WIDE_READ ? out_a[2*HALF-1:HALF+1] : out_b[HALF-1:1];
    assign DOBDO[0] = WIDE_READ ? out_a[HALF] : RAM_EXTENSION_B == "UPPER" && !upper_b ? CASCADEINB : out_b[0];
    assign DOPADOP = out_a[64+:4];
    assign DOPBDOP = WIDE_READ ? out_a[68+:4] : out_b[64+:4];

    finn_block_ram #(
        .BYTES(HALF * 128),
        .CONTENTS({
            INIT_7F, INIT_7E, INIT_7D, INIT_7C, INIT_7B, INIT_7A, INIT_79, INIT_78, INIT_77, INIT_76,
            INIT_75, INIT_74, INIT_73, INIT_72, INIT_71, INIT_70, INIT_6F, INIT_6E, INIT_6D, INIT_6C,
            INIT_6B, INIT_6A, INIT_69, INIT_68, INIT_67, INIT_66, INIT_65, INIT_64, INIT_63, INIT_62,
            INIT_61, INIT_60, INIT_5F, INIT_5E, INIT_5D, INIT_5C, INIT_5B, INIT_5A, INIT_59, INIT_58,
            INIT_57, INIT_56, INIT_55, INIT_54, INIT_53, INIT_52, INIT_51, INIT_50, INIT_4F, INIT_4E,
            INIT_4D, INIT_4C, INIT_4B, INIT_4A, INIT_49, INIT_48, INIT_47, INIT_46, INIT_45, INIT_44,
            INIT_43, INIT_42, INIT_41, INIT_40, INIT_3F, INIT_3E, INIT_3D, INIT_3C, INIT_3B, INIT_3A,
            INIT_39, INIT_38, INIT_37, INIT_36, INIT_35, INIT_34, INIT_33, INIT_32, INIT_31, INIT_30,
            INIT_2F, INIT_2E, INIT_2D, INIT_2C, INIT_2B, INIT_2A, INIT_29, INIT_28, INIT_27, INIT_26,
            INIT_25, INIT_24, INIT_23, INIT_22, INIT_21, INIT_20, INIT_1F, INIT_1E, INIT_1D, INIT_1C,
            INIT_1B, INIT_1A, INIT_19, INIT_18, INIT_17, INIT_16, INIT_15, INIT_14, INIT_13, INIT_12,
            INIT_11, INIT_10, INIT_0F, INIT_0E, INIT_0D, INIT_0C, INIT_0B, INIT_0A, INIT_09, INIT_08,
            INIT_07, INIT_06, INIT_05, INIT_04, INIT_03, INIT_02, INIT_01, INIT_00
        }),
        .PARITY({
            INITP_0F, INITP_0E, INITP_0D, INITP_0C, INITP_0B, INITP_0A, INITP_09, INITP_08, INITP_07, INITP_06,
            INITP_05, INITP_04, INITP_03, INITP_02, INITP_01, INITP_00
        }),
        .READ_A(data_bits(READ_WIDTH_A)), .READ_B(data_bits(READ_WIDTH_B)),
        .WRITE_A(data_bits(WRITE_WIDTH_A)), .WRITE_B(data_bits(WRITE_WIDTH_B)),
        .MODE_A(WRITE_MODE_A), .MODE_B(WRITE_MODE_B),
        .FIRST_A(placed_a(INIT_A, INIT_B)), .FIRST_B(placed(READ_WIDTH_B, 72'(INIT_B))),
        .RESET_A(placed_a(SRVAL_A, SRVAL_B)), .RESET_B(placed(READ_WIDTH_B, 72'(SRVAL_B)))
    ) ram (
        .clk_a(CLKARDCLK), .clk_b(CLKBWRCLK),
        .enable_a(active_a), .enable_b(active_b),
        .reset_a(RSTRAMARSTRAM), .reset_b(RSTRAMB),
        .write_a(WEA), .write_b(WEBWE),
        .address_a(ADDRARDADDR[14:0]), .address_b(ADDRBWRADDR[14:0]),
        .in_a(in_a), .in_b(in_b),
        .out_a(out_a), .out_b(out_b)
    );
endmodule

/* verilator lint_on WIDTHEXPAND */
/* verilator lint_on UNUSEDSIGNAL */
`default_nettype wire
