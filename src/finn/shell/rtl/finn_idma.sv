`default_nettype none

// Input DMA: memory to network, one long stream over all frames of a run.
module finn_idma #(
    // Bits of a network word
    parameter int unsigned WIDTH = 8,
    // Network words in a frame
    parameter int unsigned BEATS = 1,
    // HP ports: 1, 2 or 4
    parameter int unsigned PORTS = 1,
    // Tells the driver which build this is
    parameter logic [31:0] BUILD_ID = 32'd0,
    // Address bits of the memory ports
    parameter int unsigned ADDRESS_BITS = 32,
    // Bytes of a beat of the memory ports: 8 or 16
    parameter int unsigned BEAT_BYTES = 8
) (
    input  wire                               aclk,
    input  wire                               aresetn,
    input  wire                               flush_resetn,
    input  wire                               aborting,
    output wire                               abort_request,
    output logic                              quiet,
    input  wire                               bus_write,
    input  wire  [9:0]                        bus_write_word,
    input  wire  [31:0]                       bus_write_data,
    input  wire  [3:0]                        bus_write_strobe,
    input  wire  [9:0]                        bus_read_word,
    output wire  [31:0]                       bus_read_data,
    output wire  [PORTS-1:0][ADDRESS_BITS-1:0] m_axi_araddr,
    output wire  [PORTS-1:0]                  m_axi_arvalid,
    input  wire  [PORTS-1:0]                  m_axi_arready,
    input  wire  [PORTS-1:0][BEAT_BYTES*8-1:0] m_axi_rdata,
    input  wire  [PORTS-1:0][1:0]             m_axi_rresp,
    input  wire  [PORTS-1:0]                  m_axi_rlast,
    input  wire  [PORTS-1:0]                  m_axi_rvalid,
    output wire  [PORTS-1:0]                  m_axi_rready,
    output wire                               m_axis_tvalid,
    input  wire                               m_axis_tready,
    output wire  [WIDTH-1:0]                  m_axis_tdata
);
    localparam int unsigned WORD_BYTES = (WIDTH + 7) / 8;
    localparam int unsigned ROW_BYTES = PORTS * BEAT_BYTES;
    // A slot holds a block; twice as many cover the same latency at twice the rate.
    localparam int unsigned SLOTS = BEAT_BYTES;

    wire                           go;
    wire [63:0]                    address;
    wire [31:0]                    frames;
    wire [31:0]                    blocks;
    wire [6:0]                     last_bytes;
    logic                          busy;
    logic [1:0]                    error;
    logic                          starved;
    logic                          waiting;
    wire [PORTS-1:0]               port_quiet;
    wire [PORTS-1:0][1:0]          port_error;
    wire [PORTS-1:0]               row_valid;
    wire [PORTS-1:0]               row_ready;
    wire [PORTS-1:0][ROW_BYTES*8-1:0] row_data;
    wire                           merged_valid;
    wire                           merged_ready;
    wire [ROW_BYTES*8-1:0]         merged_data;
    wire                           merged_last;
    wire                           merged_all;
    wire                           words_left;
    wire                           step;
    wire                           word_last;
    wire                           gather_empty;
    wire [WORD_BYTES*8-1:0]        word;

    finn_dma_registers #(
        .FRAME_BYTES(BEATS * WORD_BYTES), .BUILD_ID(BUILD_ID), .ADDRESS_BITS(ADDRESS_BITS)
    ) u_registers (
        .aclk, .aresetn, .bus_write, .bus_write_word, .bus_write_data, .bus_write_strobe, .bus_read_word,
        .bus_read_data, .go, .address, .frames, .blocks, .last_bytes, .busy, .stalled_on_memory(starved),
        .stalled_on_network(waiting), .error, .abort_request, .aborting
    );

    for (genvar port = 0; port < PORTS; port++) begin : gen_port
        wire  [31:0] rounded;
        wire  [31:0] port_blocks = rounded >> $clog2(PORTS);
        wire  [63:0] full_address;
        logic        port_go;

        // Blocks port, port + PORTS, ... of the run.
        finn_sum u_blocks (.aclk, .value(blocks), .addend(2'(PORTS - 1 - port)), .sum(rounded));
        always_ff @(posedge aclk) port_go <= go && aresetn;

        finn_read_port #(
            .PORTS(PORTS), .BEAT_BYTES(BEAT_BYTES), .PLACE(port), .SLOTS(SLOTS)
        ) u_port (
            .aclk, .aresetn, .flush_resetn, .stop(aborting), .load(port_go), .base(address),
            .blocks(port_blocks), .quiet(port_quiet[port]), .error(port_error[port]),
            .m_axi_araddr(full_address), .m_axi_arvalid(m_axi_arvalid[port]),
            .m_axi_arready(m_axi_arready[port]), .m_axi_rdata(m_axi_rdata[port]),
            .m_axi_rresp(m_axi_rresp[port]), .m_axi_rlast(m_axi_rlast[port]),
            .m_axi_rvalid(m_axi_rvalid[port]), .m_axi_rready(m_axi_rready[port]),
            .m_valid(row_valid[port]), .m_ready(row_ready[port]), .m_data(row_data[port])
        );
        assign m_axi_araddr[port] = full_address[ADDRESS_BITS-1:0];
        wire unused = &{1'b0, full_address[63:ADDRESS_BITS]};
    end

    finn_block_merge #(.PORTS(PORTS), .ROW_BYTES(ROW_BYTES)) u_merge (
        .aclk, .aresetn(flush_resetn), .load(go), .blocks, .s_valid(row_valid), .s_ready(row_ready),
        .s_data(row_data), .m_valid(merged_valid), .m_ready(merged_ready), .m_data(merged_data),
        .m_last(merged_last), .finished(merged_all)
    );

    finn_frame_counter #(.BEATS(BEATS)) u_words (
        .aclk, .aresetn(flush_resetn), .load(go), .frames, .step, .active(words_left), .last(word_last)
    );

    finn_gather #(.ROW_BYTES(ROW_BYTES), .WORD_BYTES(WORD_BYTES)) u_gather (
        .aclk, .aresetn(flush_resetn), .enable(words_left), .step, .s_valid(merged_valid),
        .s_ready(merged_ready), .s_data(merged_data), .s_last(merged_last), .m_valid(m_axis_tvalid),
        .m_ready(m_axis_tready), .m_data(word), .empty(gather_empty)
    );
    assign m_axis_tdata = word[WIDTH-1:0];

    logic [1:0] any_error;
    always_comb begin
        any_error = '0;
        for (int unsigned port = 0; port < PORTS; port++) any_error |= port_error[port];
    end

    // Emptiness is seen some cycles late; so is the end of a run.
    logic [2:0] drained;
    always_ff @(posedge aclk) begin
        error <= any_error;
        quiet <= &port_quiet;
        starved <= m_axis_tready && !m_axis_tvalid && (words_left || !gather_empty);
        waiting <= m_axis_tvalid && !m_axis_tready;
        drained <= {drained[1:0], !words_left && gather_empty && merged_all && (&port_quiet)};
        if (go) drained <= '0;
        if (!flush_resetn) busy <= 1'b0;
        else if (go) busy <= 1'b1;
        else if (drained == '1) busy <= 1'b0;
    end

    wire unused = &{1'b0, word_last, last_bytes, word};
endmodule

`default_nettype wire
