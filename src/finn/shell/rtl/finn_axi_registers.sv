`default_nettype none

// AXI slave in front of the DMAs' register pages, for AXI3 and AXI4. It answers every address: DECERR
// outside the pages. Data may come before its address; bursts of any kind and length are taken.
// A beat wider than a register, which a port set to more than 32 bits can ask for, is a SLVERR.
module finn_axi_registers #(
    // Register pages of 4 KiB
    parameter int unsigned PAGES = 2,
    // Address of the first page
    parameter logic [31:0] BASE = 32'h4000_0000
) (
    input  wire                    aclk,
    input  wire                    aresetn,
    input  wire  [15:0]            s_axi_awid,
    input  wire  [39:0]            s_axi_awaddr,
    input  wire  [7:0]             s_axi_awlen,
    input  wire  [2:0]             s_axi_awsize,
    input  wire  [1:0]             s_axi_awburst,
    input  wire                    s_axi_awvalid,
    output wire                    s_axi_awready,
    input  wire  [31:0]            s_axi_wdata,
    input  wire  [3:0]             s_axi_wstrb,
    input  wire                    s_axi_wlast,
    input  wire                    s_axi_wvalid,
    output wire                    s_axi_wready,
    output wire  [15:0]            s_axi_bid,
    output logic [1:0]             s_axi_bresp,
    output wire                    s_axi_bvalid,
    input  wire                    s_axi_bready,
    input  wire  [15:0]            s_axi_arid,
    input  wire  [39:0]            s_axi_araddr,
    input  wire  [7:0]             s_axi_arlen,
    input  wire  [2:0]             s_axi_arsize,
    input  wire  [1:0]             s_axi_arburst,
    input  wire                    s_axi_arvalid,
    output wire                    s_axi_arready,
    output wire  [15:0]            s_axi_rid,
    output logic [31:0]            s_axi_rdata,
    output logic [1:0]             s_axi_rresp,
    output wire                    s_axi_rlast,
    output wire                    s_axi_rvalid,
    input  wire                    s_axi_rready,
    output logic [PAGES-1:0]       bus_write,
    output logic [9:0]             bus_write_word,
    output logic [31:0]            bus_write_data,
    output logic [3:0]             bus_write_strobe,
    output wire  [9:0]             bus_read_word,
    input  wire  [PAGES-1:0][31:0] bus_read_data
);
    localparam logic [1:0] OKAY = 2'b00;
    localparam logic [1:0] SLVERR = 2'b10;
    localparam logic [1:0] DECERR = 2'b11;

    // Nothing is taken that a reset would lose.
    logic alive;
    always_ff @(posedge aclk) alive <= aresetn;

    // Writes: up to sixteen beats are collected, then applied one by one; a longer burst goes on so.
    typedef enum logic [2:0] {W_COLLECT, W_SETTLE, W_DECODE, W_APPLY, W_RESPOND} write_state_t;
    write_state_t write_state;
    logic         address_taken;
    logic         data_taken;
    logic [3:0]   collected;
    (* ram_style = "distributed" *) logic [35:0] burst[0:15];
    wire  [39:0]  write_address;
    wire  [3:0]   write_beat;
    wire          write_end;
    wire          write_wide;
    wire  [PAGES-1:0] write_hit;

    assign s_axi_awready = alive && write_state == W_COLLECT && !address_taken;
    assign s_axi_wready = alive && write_state == W_COLLECT && !data_taken;
    assign s_axi_bvalid = alive && write_state == W_RESPOND;

    finn_axi_burst u_write_burst (
        .aclk, .load(s_axi_awvalid && s_axi_awready), .step(write_state == W_APPLY), .id(s_axi_awid),
        .start(s_axi_awaddr), .length(s_axi_awlen), .size(s_axi_awsize), .kind(s_axi_awburst),
        .address(write_address), .beat(write_beat), .last(write_end), .wide(write_wide), .held_id(s_axi_bid)
    );
    finn_page_hit #(.PAGES(PAGES), .BASE(BASE)) u_write_hit (.aclk, .address(write_address), .hit(write_hit));

    always_ff @(posedge aclk) begin
        if (s_axi_wvalid && s_axi_wready) burst[collected] <= {s_axi_wstrb, s_axi_wdata};
        {bus_write_strobe, bus_write_data} <= burst[write_beat];
        bus_write_word <= write_address[11:2];
        bus_write <= (write_state == W_APPLY && aresetn && !write_wide) ? write_hit : '0;
        if (write_state == W_COLLECT && !address_taken) s_axi_bresp <= OKAY;
        else if (write_state == W_APPLY && write_hit == '0) s_axi_bresp <= DECERR;
        else if (write_state == W_APPLY && write_wide) s_axi_bresp <= SLVERR;
        if (!aresetn) begin
            write_state <= W_COLLECT;
            address_taken <= 1'b0;
            data_taken <= 1'b0;
            collected <= '0;
        end else begin
            if (s_axi_awvalid && s_axi_awready) address_taken <= 1'b1;
            if (s_axi_wvalid && s_axi_wready) begin
                collected <= collected + 1'b1;
                data_taken <= s_axi_wlast || collected == 4'd15;
            end
            unique case (write_state)
                W_COLLECT: if (address_taken && data_taken) write_state <= W_SETTLE;
                W_SETTLE: write_state <= W_DECODE;
                W_DECODE: write_state <= W_APPLY;
                W_APPLY:
                    if (write_end) write_state <= W_RESPOND;
                    else if (write_beat == 4'd15) begin
                        write_state <= W_COLLECT;
                        data_taken <= 1'b0;
                        collected <= '0;
                    end else write_state <= W_SETTLE;
                default:
                    if (s_axi_bready) begin
                        write_state <= W_COLLECT;
                        address_taken <= 1'b0;
                        data_taken <= 1'b0;
                        collected <= '0;
                    end
            endcase
        end
    end

    // Reads: one beat at a time; the pages need a cycle for their multiplexers.
    typedef enum logic [2:0] {R_IDLE, R_SETTLE, R_DECODE, R_SELECT, R_DATA} read_state_t;
    read_state_t  read_state;
    wire  [39:0]  read_address;
    wire  [3:0]   read_beat;
    wire          read_end;
    wire          read_wide;
    wire  [PAGES-1:0] read_hit;
    logic [31:0]  selected;

    assign s_axi_arready = alive && read_state == R_IDLE;
    assign s_axi_rvalid = alive && read_state == R_DATA;
    assign s_axi_rlast = read_end;
    assign bus_read_word = read_address[11:2];

    finn_axi_burst u_read_burst (
        .aclk, .load(s_axi_arvalid && s_axi_arready), .step(read_state == R_DATA && s_axi_rready),
        .id(s_axi_arid), .start(s_axi_araddr), .length(s_axi_arlen), .size(s_axi_arsize),
        .kind(s_axi_arburst), .address(read_address), .beat(read_beat), .last(read_end), .wide(read_wide), .held_id(s_axi_rid)
    );
    finn_page_hit #(.PAGES(PAGES), .BASE(BASE)) u_read_hit (.aclk, .address(read_address), .hit(read_hit));

    always_comb begin
        selected = '0;
        for (int unsigned page = 0; page < PAGES; page++) begin
            selected |= read_hit[page] ? bus_read_data[page] : 32'd0;
        end
    end

    always_ff @(posedge aclk) begin
        if (read_state == R_SELECT) begin
            s_axi_rdata <= selected;
            if (read_hit == '0) s_axi_rresp <= DECERR;
            else s_axi_rresp <= read_wide ? SLVERR : OKAY;
        end
        if (!aresetn) read_state <= R_IDLE;
        else
            unique case (read_state)
                R_IDLE: if (s_axi_arvalid && alive) read_state <= R_SETTLE;
                R_SETTLE: read_state <= R_DECODE;
                R_DECODE: read_state <= R_SELECT;
                R_SELECT: read_state <= R_DATA;
                default: if (s_axi_rready) read_state <= read_end ? R_IDLE : R_SETTLE;
            endcase
    end

    wire unused = &{1'b0, read_beat, read_address[39:12], read_address[1:0],
                    write_address[39:12], write_address[1:0]};
endmodule

`default_nettype wire
