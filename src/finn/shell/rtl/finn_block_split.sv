`default_nettype none

// Deals rows out to the ports in blocks of 128 bytes: block b goes to port b mod PORTS. The last
// block ends with the row that holds the last byte; rows behind it are dropped.
module finn_block_split #(
    // Number of ports: 1, 2 or 4
    parameter int unsigned PORTS = 1,
    // Bytes of a row, PORTS beats
    parameter int unsigned ROW_BYTES = PORTS * 8
) (
    input  wire               aclk,
    input  wire               aresetn,
    input  wire               load,
    input  wire  [31:0]       blocks,
    input  wire  [6:0]        last_bytes,
    input  wire               s_valid,
    output wire               s_ready,
    output wire  [PORTS-1:0]  m_valid,
    input  wire  [PORTS-1:0]  m_ready,
    output wire               m_end,
    output logic              finished
);
    localparam int unsigned ROWS = 128 / ROW_BYTES;
    localparam int unsigned ROW_BITS = $clog2(ROWS);
    localparam int unsigned ROW_SHIFT = $clog2(ROW_BYTES);
    localparam int unsigned BITS = PORTS > 1 ? $clog2(PORTS) : 1;

    logic [BITS-1:0]     place;
    logic [ROW_BITS-1:0] rows_left;  // behind this row
    logic [ROW_BITS-1:0] final_rows; // the same at the start of the last block
    logic                first_row;
    logic                last_row;
    logic                one_block;
    logic                one_row;
    logic                last_block;
    logic                active;
    wire                 next_is_last;
    wire advance = s_valid && s_ready && active;
    wire ending = load ? one_block : next_is_last;

    assign s_ready = !active || m_ready[place];
    assign m_end = last_row;

    for (genvar port = 0; port < PORTS; port++) begin : gen_valid
        assign m_valid[port] = s_valid && active && place == BITS'(port);
    end

    always_ff @(posedge aclk) begin
        one_block <= blocks == 32'd1;
        final_rows <= ROW_BITS'((last_bytes - 7'd1) >> ROW_SHIFT);
        one_row <= final_rows == '0;
        if (load || (advance && last_row)) begin
            first_row <= 1'b1;
            last_block <= ending;
            last_row <= ending && one_row;
            rows_left <= ending ? final_rows : '1;
        end else if (advance) begin
            first_row <= 1'b0;
            last_row <= rows_left == ROW_BITS'(1);
            rows_left <= rows_left - 1'b1;
        end
        if (load) place <= '0;
        else if (advance && last_row) place <= place == BITS'(PORTS - 1) ? '0 : place + 1'b1;
        if (!aresetn) active <= 1'b0;
        else if (load) active <= 1'b1;
        else if (advance && last_row && last_block) active <= 1'b0;
        finished <= !active && !load;
    end

    // The blocks behind this one: all but the last have several rows, so the count is right at their end.
    wire unused;
    finn_countdown u_blocks (
        .aclk, .aresetn, .load, .count(blocks), .step(advance && first_row), .active(unused),
        .last(next_is_last)
    );
endmodule

`default_nettype wire
