`default_nettype none

// Output DMA: network to memory; touches no byte beyond the last word of a run.
module finn_odma #(
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
    output wire  [PORTS-1:0][ADDRESS_BITS-1:0] m_axi_awaddr,
    output wire  [PORTS-1:0]                  m_axi_awvalid,
    input  wire  [PORTS-1:0]                  m_axi_awready,
    output wire  [PORTS-1:0][BEAT_BYTES*8-1:0] m_axi_wdata,
    output wire  [PORTS-1:0][BEAT_BYTES-1:0]  m_axi_wstrb,
    output wire  [PORTS-1:0]                  m_axi_wlast,
    output wire  [PORTS-1:0]                  m_axi_wvalid,
    input  wire  [PORTS-1:0]                  m_axi_wready,
    input  wire  [PORTS-1:0][1:0]             m_axi_bresp,
    input  wire  [PORTS-1:0]                  m_axi_bvalid,
    output wire  [PORTS-1:0]                  m_axi_bready,
    input  wire                               s_axis_tvalid,
    output wire                               s_axis_tready,
    input  wire  [WIDTH-1:0]                  s_axis_tdata
);
    localparam int unsigned WORD_BYTES = (WIDTH + 7) / 8;
    localparam int unsigned ROW_BYTES = PORTS * BEAT_BYTES;
    // A slot holds a block; twice as many cover the same latency at twice the rate.
    localparam int unsigned SLOTS = BEAT_BYTES;

    wire                  go;
    wire [63:0]           address;
    wire [31:0]           frames;
    wire [31:0]           blocks;
    wire [6:0]            last_bytes;
    logic                 busy;
    logic [1:0]           error;
    logic                 waiting;
    logic                 starved;
    wire [PORTS-1:0]      port_quiet;
    wire [PORTS-1:0]      port_finished;
    wire [PORTS-1:0][1:0] port_error;
    wire [PORTS-1:0]      row_valid;
    wire [PORTS-1:0]      row_ready;
    wire                  row_end;
    wire                  rows_valid;
    wire                  rows_ready;
    wire [ROW_BYTES*8-1:0] rows_data;
    wire                  split_finished;
    wire                  words_left;
    wire                  word_last;
    wire                  room;
    wire                  accept = s_axis_tvalid && s_axis_tready;

    finn_dma_registers #(
        .FRAME_BYTES(BEATS * WORD_BYTES), .BUILD_ID(BUILD_ID), .ADDRESS_BITS(ADDRESS_BITS)
    ) u_registers (
        .aclk, .aresetn, .bus_write, .bus_write_word, .bus_write_data, .bus_write_strobe, .bus_read_word,
        .bus_read_data, .go, .address, .frames, .blocks, .last_bytes, .busy, .stalled_on_memory(waiting),
        .stalled_on_network(starved), .error, .abort_request, .aborting
    );

    finn_frame_counter #(.BEATS(BEATS)) u_words (
        .aclk, .aresetn(flush_resetn), .load(go), .frames, .step(accept), .active(words_left), .last(word_last)
    );
    assign s_axis_tready = words_left && room;

    logic                    word_valid;
    logic [WORD_BYTES*8-1:0] word;
    logic                    word_ends;
    always_ff @(posedge aclk) begin
        word_valid <= accept && flush_resetn;
        word <= (WORD_BYTES * 8)'(s_axis_tdata);
        word_ends <= word_last;
    end

    finn_scatter #(.WORD_BYTES(WORD_BYTES), .ROW_BYTES(ROW_BYTES)) u_scatter (
        .aclk, .aresetn(flush_resetn), .load(go), .s_valid(word_valid), .s_room(room), .s_data(word),
        .s_last(word_ends), .m_valid(rows_valid), .m_ready(rows_ready), .m_data(rows_data)
    );

    finn_block_split #(.PORTS(PORTS), .ROW_BYTES(ROW_BYTES)) u_split (
        .aclk, .aresetn(flush_resetn), .load(go), .blocks, .last_bytes, .s_valid(rows_valid),
        .s_ready(rows_ready), .m_valid(row_valid), .m_ready(row_ready), .m_end(row_end),
        .finished(split_finished)
    );

    for (genvar port = 0; port < PORTS; port++) begin : gen_port
        wire  [31:0] rounded;
        wire  [31:0] port_blocks = rounded >> $clog2(PORTS);
        wire  [63:0] full_address;
        logic        port_go;
        logic        ends_here;
        // Blocks are held while the run lasts, so the last one's place is known early.
        wire  [31:0] last_block = blocks - 32'd1;

        finn_sum u_blocks (.aclk, .value(blocks), .addend(2'(PORTS - 1 - port)), .sum(rounded));
        always_ff @(posedge aclk) begin
            port_go <= go && aresetn;
            ends_here <= (last_block & 32'(PORTS - 1)) == 32'(port);
        end

        finn_write_port #(
            .PORTS(PORTS), .BEAT_BYTES(BEAT_BYTES), .PLACE(port), .SLOTS(SLOTS)
        ) u_port (
            .aclk, .aresetn, .flush_resetn, .stop(aborting), .load(port_go), .base(address),
            .blocks(port_blocks), .ends_here, .last_bytes, .quiet(port_quiet[port]),
            .finished(port_finished[port]), .error(port_error[port]), .s_valid(row_valid[port]),
            .s_ready(row_ready[port]), .s_data(rows_data), .s_end(row_end),
            .m_axi_awaddr(full_address), .m_axi_awvalid(m_axi_awvalid[port]),
            .m_axi_awready(m_axi_awready[port]), .m_axi_wdata(m_axi_wdata[port]),
            .m_axi_wstrb(m_axi_wstrb[port]), .m_axi_wlast(m_axi_wlast[port]),
            .m_axi_wvalid(m_axi_wvalid[port]), .m_axi_wready(m_axi_wready[port]),
            .m_axi_bresp(m_axi_bresp[port]), .m_axi_bvalid(m_axi_bvalid[port]),
            .m_axi_bready(m_axi_bready[port])
        );
        assign m_axi_awaddr[port] = full_address[ADDRESS_BITS-1:0];
        wire unused = &{1'b0, full_address[63:ADDRESS_BITS]};
    end

    logic [1:0] any_error;
    always_comb begin
        any_error = '0;
        for (int unsigned port = 0; port < PORTS; port++) any_error |= port_error[port];
    end

    logic [2:0] drained;
    always_ff @(posedge aclk) begin
        error <= any_error;
        quiet <= &port_quiet;
        waiting <= s_axis_tvalid && !room && words_left;
        starved <= !s_axis_tvalid && room && words_left;
        drained <= {drained[1:0], !words_left && split_finished && (&port_finished)};
        if (go) drained <= '0;
        if (!flush_resetn) busy <= 1'b0;
        else if (go) busy <= 1'b1;
        else if (drained == '1) busy <= 1'b0;
    end
endmodule

`default_nettype wire
