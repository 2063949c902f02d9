`default_nettype none

// One HP port's write side: rows of PORTS beats are collected in slots of one block; a block goes
// out as one burst once it is complete, so that a burst never waits for the network.
module finn_write_port #(
    // Ports that share the buffer; a row holds this many beats
    parameter int unsigned PORTS = 1,
    // Bytes of a beat: 8 or 16
    parameter int unsigned BEAT_BYTES = 8,
    // This port's place in the striping order
    parameter int unsigned PLACE = 0,
    // Blocks that may be stored, and bursts outstanding; a power of two
    parameter int unsigned SLOTS = 8
) (
    input  wire                 aclk,
    input  wire                 aresetn,
    input  wire                 flush_resetn,
    input  wire                 stop,
    input  wire                 load,
    input  wire  [63:0]         base,
    input  wire  [31:0]         blocks,
    input  wire                 ends_here,
    input  wire  [6:0]          last_bytes,
    output logic                quiet,
    output logic                finished,
    output logic [1:0]          error,
    input  wire                 s_valid,
    output wire                 s_ready,
    input  wire  [PORTS*BEAT_BYTES*8-1:0] s_data,
    input  wire                 s_end,
    output wire  [63:0]         m_axi_awaddr,
    output logic                m_axi_awvalid,
    input  wire                 m_axi_awready,
    output logic [BEAT_BYTES*8-1:0] m_axi_wdata,
    output logic [BEAT_BYTES-1:0] m_axi_wstrb,
    output logic                m_axi_wlast,
    output logic                m_axi_wvalid,
    input  wire                 m_axi_wready,
    input  wire  [1:0]          m_axi_bresp,
    input  wire                 m_axi_bvalid,
    output wire                 m_axi_bready
);
    localparam int unsigned BITS = BEAT_BYTES * 8;
    localparam int unsigned BEATS = 128 / BEAT_BYTES;
    localparam int unsigned BEAT_BITS = $clog2(BEATS);
    localparam int unsigned BYTE_BITS = $clog2(BEAT_BYTES);
    localparam int unsigned SLOT_BITS = $clog2(SLOTS);
    localparam int unsigned ROWS_A_BLOCK = BEATS / PORTS;
    localparam int unsigned ROW_BITS = $clog2(ROWS_A_BLOCK);
    localparam int unsigned BANK_BITS = PORTS > 1 ? $clog2(PORTS) : 1;

    assign m_axi_bready = 1'b1;

    // Collect.
    wire  [SLOTS-1:0]     free;
    logic [SLOT_BITS-1:0] write_slot;
    logic [ROW_BITS-1:0]  write_row;
    wire collect = s_valid && s_ready;
    wire collected = collect && s_end;
    wire sent;

    assign s_ready = free[0];

    finn_level #(.MOST(SLOTS), .FIRST(SLOTS)) u_free (
        .aclk, .aresetn(flush_resetn), .up(sent), .down(collected), .above(free)
    );

    always_ff @(posedge aclk) begin
        if (!flush_resetn) begin
            write_slot <= '0;
            write_row <= '0;
        end else begin
            if (collect) write_row <= s_end ? '0 : write_row + 1'b1;
            if (collected) write_slot <= write_slot + 1'b1;
        end
    end

    // Addresses: data of a block may follow at once, or even arrive before its address is taken.
    wire  [SLOTS-1:0] unaddressed;
    wire  [SLOTS-1:0] outstanding;
    logic             settled;
    logic             answered;
    wire              more;
    wire issue = more && settled && !m_axi_awvalid && unaddressed[0] && !outstanding[SLOTS-1] && !stop;

    finn_level #(.MOST(SLOTS)) u_unaddressed (
        .aclk, .aresetn(flush_resetn), .up(collected), .down(issue), .above(unaddressed)
    );
    finn_level #(.MOST(SLOTS)) u_outstanding (
        .aclk, .aresetn, .up(issue), .down(answered), .above(outstanding)
    );

    finn_address #(.STRIDE(128 * PORTS), .OFFSET(128 * PLACE)) u_address (
        .aclk, .aresetn(flush_resetn), .load, .base, .blocks,
        .step(m_axi_awvalid && m_axi_awready), .address(m_axi_awaddr), .more
    );

    always_ff @(posedge aclk) begin
        answered <= m_axi_bvalid && aresetn;
        error <= (m_axi_bvalid && m_axi_bresp[1] && aresetn) ? {m_axi_bresp[0], !m_axi_bresp[0]} : 2'b00;
        if (!aresetn) begin
            m_axi_awvalid <= 1'b0;
            settled <= 1'b0;
        end else begin
            if (issue) m_axi_awvalid <= 1'b1;
            else if (m_axi_awready) m_axi_awvalid <= 1'b0;
            settled <= !m_axi_awvalid;
        end
        quiet <= !outstanding[0] && !issue;
        finished <= !outstanding[0] && !issue && !more && settled && !m_axi_awvalid && !load;
    end

    // Data.
    wire  [SLOTS-1:0]     unsent;
    logic [SLOT_BITS-1:0] read_slot;
    logic [BEAT_BITS-1:0] read_beat;
    logic                 last_beat;
    logic                 partial;
    wire                  last_block;
    logic [BEAT_BYTES-1:0] final_strobe;
    wire start = unsent[0];
    wire send = start && (!m_axi_wvalid || m_axi_wready);

    assign sent = send && last_beat;

    finn_level #(.MOST(SLOTS)) u_unsent (
        .aclk, .aresetn(flush_resetn), .up(issue), .down(sent), .above(unsent)
    );

    always_ff @(posedge aclk) begin
        if (!flush_resetn) begin
            read_slot <= '0;
            read_beat <= '0;
            last_beat <= 1'b0;
        end else begin
            if (send) read_beat <= read_beat + 1'b1;
            if (send) last_beat <= read_beat == BEAT_BITS'(BEATS - 2);
            if (sent) read_slot <= read_slot + 1'b1;
        end
        if (!aresetn) m_axi_wvalid <= 1'b0;
        else m_axi_wvalid <= start || (m_axi_wvalid && !m_axi_wready);
    end

    // Of the run's last block only the bytes that exist are written.
    wire unsent_blocks;
    finn_countdown u_blocks (
        .aclk, .aresetn(flush_resetn), .load, .count(blocks), .step(sent), .active(unsent_blocks),
        .last(last_block)
    );

    wire final_block = last_block && partial;
    always_ff @(posedge aclk) begin
        partial <= ends_here && last_bytes != 7'd0;
        final_strobe <= ~({BEAT_BYTES{1'b1}} << last_bytes[BYTE_BITS-1:0]);
        if (send) begin
            m_axi_wlast <= last_beat;
            if (!final_block || read_beat < last_bytes[6:BYTE_BITS]) m_axi_wstrb <= '1;
            else m_axi_wstrb <= read_beat == last_bytes[6:BYTE_BITS] ? final_strobe : '0;
        end
    end

    wire [PORTS-1:0][BITS-1:0] bank_data;
    wire [BANK_BITS-1:0]       read_bank = BANK_BITS'(read_beat & BEAT_BITS'(PORTS - 1));

    for (genvar bank = 0; bank < PORTS; bank++) begin : gen_bank
        (* ram_style = "distributed" *) logic [BITS-1:0] memory[0:SLOTS*ROWS_A_BLOCK-1];
        always_ff @(posedge aclk) begin
            if (collect) memory[{write_slot, write_row}] <= s_data[bank*BITS+:BITS];
        end
        assign bank_data[bank] = memory[{read_slot, read_beat[BEAT_BITS-1-:ROW_BITS]}];
    end

    always_ff @(posedge aclk) begin
        if (send) m_axi_wdata <= bank_data[read_bank];
    end

    wire unused = &{1'b0, unsent_blocks, free[SLOTS-1:1], unaddressed[SLOTS-1:1], unsent[SLOTS-1:1],
                    outstanding[SLOTS-2:1]};
endmodule

`default_nettype wire
