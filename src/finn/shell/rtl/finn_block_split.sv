`default_nettype none

// Deals rows out to the ports in blocks of 128 bytes: block b goes to port b mod PORTS. The last
// block ends with the row that holds the last byte; rows behind it are dropped.
module finn_block_split #(
    // Number of ports: 1, 2 or 4
    parameter int unsigned PORTS = 1
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
    localparam int unsigned ROWS = 16 / PORTS;
    localparam int unsigned ROW_BITS = $clog2(ROWS);
    localparam int unsigned ROW_SHIFT = $clog2(PORTS * 8);
    localparam int unsigned BITS = PORTS > 1 ? $clog2(PORTS) : 1;

    logic [BITS-1:0]     place;
    logic [ROW_BITS-1:0] row;
    logic [ROW_BITS-1:0] final_row;
    logic [31:0]         blocks_left;
    logic                last_block;
    logic                active;
    wire advance = s_valid && s_ready && active;

    assign s_ready = !active || m_ready[place];
    assign m_end = last_block ? row == final_row : &row;

    for (genvar port = 0; port < PORTS; port++) begin : gen_valid
        assign m_valid[port] = s_valid && active && place == BITS'(port);
    end

    always_ff @(posedge aclk) begin
        if (load) begin
            blocks_left <= blocks;
            last_block <= blocks == 32'd1;
            final_row <= ROW_BITS'((last_bytes - 7'd1) >> ROW_SHIFT);
            place <= '0;
            row <= '0;
        end else if (advance) begin
            row <= m_end ? '0 : row + 1'b1;
            if (m_end) begin
                blocks_left <= blocks_left - 1'b1;
                last_block <= blocks_left == 32'd2;
                place <= place == BITS'(PORTS - 1) ? '0 : place + 1'b1;
            end
        end
        if (!aresetn) active <= 1'b0;
        else if (load) active <= 1'b1;
        else if (advance && m_end && last_block) active <= 1'b0;
        finished <= !active && !load;
    end
endmodule

`default_nettype wire
