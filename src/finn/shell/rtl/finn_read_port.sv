`default_nettype none

// One HP port's read side: bursts of one block each into reserved slots, out again as rows of
// PORTS beats, so that a single port's block leaves at the rate of all ports together.
module finn_read_port #(
    // Ports that share the buffer; a row holds this many beats
    parameter int unsigned PORTS = 1,
    // Bytes of a beat: 8 or 16
    parameter int unsigned BEAT_BYTES = 8,
    // This port's place in the striping order
    parameter int unsigned PLACE = 0,
    // Blocks that may be outstanding or stored, a power of two
    parameter int unsigned SLOTS = 8
) (
    input  wire                  aclk,
    input  wire                  aresetn,
    input  wire                  flush_resetn,
    input  wire                  stop,
    input  wire                  load,
    input  wire  [63:0]          base,
    input  wire  [31:0]          blocks,
    output logic                 quiet,
    output logic [1:0]           error,
    output wire  [63:0]          m_axi_araddr,
    output logic                 m_axi_arvalid,
    input  wire                  m_axi_arready,
    input  wire  [BEAT_BYTES*8-1:0] m_axi_rdata,
    input  wire  [1:0]           m_axi_rresp,
    input  wire                  m_axi_rlast,
    input  wire                  m_axi_rvalid,
    output wire                  m_axi_rready,
    output logic                 m_valid,
    input  wire                  m_ready,
    output logic [PORTS*BEAT_BYTES*8-1:0] m_data
);
    localparam int unsigned BITS = BEAT_BYTES * 8;
    localparam int unsigned BEATS = 128 / BEAT_BYTES;
    localparam int unsigned BEAT_BITS = $clog2(BEATS);
    localparam int unsigned ROWS = SLOTS * BEATS / PORTS;
    localparam int unsigned ROW_BITS = $clog2(ROWS);
    localparam int unsigned ROWS_A_BLOCK = BEATS / PORTS;

    // Every beat has its place reserved before its address goes out.
    assign m_axi_rready = 1'b1;

    // Issue: one address at a time, with a cycle for the counters to settle in between.
    wire [SLOTS-1:0] free;
    wire [SLOTS-1:0] outstanding;
    logic settled;
    wire  more;
    logic received_last;
    logic release_slot;
    wire  issue = more && settled && !m_axi_arvalid && free[0] && !stop;

    finn_address #(.STRIDE(128 * PORTS), .OFFSET(128 * PLACE)) u_address (
        .aclk, .aresetn(flush_resetn), .load, .base, .blocks,
        .step(m_axi_arvalid && m_axi_arready), .address(m_axi_araddr), .more
    );

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            m_axi_arvalid <= 1'b0;
            settled <= 1'b0;
            quiet <= 1'b0;
        end else begin
            if (issue) m_axi_arvalid <= 1'b1;
            else if (m_axi_arready) m_axi_arvalid <= 1'b0;
            settled <= !m_axi_arvalid;
            quiet <= !outstanding[0] && !issue;
        end
    end

    finn_level #(.MOST(SLOTS)) u_outstanding (
        .aclk, .aresetn, .up(issue), .down(received_last), .above(outstanding)
    );
    finn_level #(.MOST(SLOTS), .FIRST(SLOTS)) u_free (
        .aclk, .aresetn(flush_resetn), .up(release_slot), .down(issue), .above(free)
    );

    // Receive: the processor's outputs go into registers first.
    logic            received;
    logic [BITS-1:0] received_data;

    always_ff @(posedge aclk) begin
        received <= m_axi_rvalid && aresetn;
        received_last <= m_axi_rvalid && m_axi_rlast && aresetn;
        received_data <= m_axi_rdata;
        error <= (m_axi_rvalid && m_axi_rresp[1] && aresetn) ? {m_axi_rresp[0], !m_axi_rresp[0]} : 2'b00;
    end

    logic [ROW_BITS:0]    write_row;
    logic [ROW_BITS:0]    read_row;
    logic [BEAT_BITS-1:0] write_beat;
    wire  row_written = received && ((write_beat & BEAT_BITS'(PORTS - 1)) == BEAT_BITS'(PORTS - 1));
    wire  stored = write_row != read_row;
    wire  read = stored && (!m_valid || m_ready);

    // A slot is free a cycle after its last row was read: the comparison above is long enough.
    always_ff @(posedge aclk) begin
        release_slot <= flush_resetn && read
            && (read_row & (ROW_BITS + 1)'(ROWS_A_BLOCK - 1)) == (ROW_BITS + 1)'(ROWS_A_BLOCK - 1);
    end

    always_ff @(posedge aclk) begin
        if (!flush_resetn) begin
            write_row <= '0;
            read_row <= '0;
            write_beat <= '0;
            m_valid <= 1'b0;
        end else begin
            if (received) write_beat <= write_beat + 1'b1;
            if (row_written) write_row <= write_row + 1'b1;
            if (read) read_row <= read_row + 1'b1;
            m_valid <= stored || (m_valid && !m_ready);
        end
    end

    for (genvar bank = 0; bank < PORTS; bank++) begin : gen_bank
        (* ram_style = "distributed" *) logic [BITS-1:0] memory[0:ROWS-1];
        wire write = received && ((write_beat & BEAT_BITS'(PORTS - 1)) == BEAT_BITS'(bank));

        always_ff @(posedge aclk) begin
            if (write) memory[write_row[ROW_BITS-1:0]] <= received_data;
            if (read) m_data[bank*BITS+:BITS] <= memory[read_row[ROW_BITS-1:0]];
        end
    end

    wire unused = &{1'b0, free[SLOTS-1:1], outstanding[SLOTS-1:1]};
endmodule

`default_nettype wire
