`default_nettype none

// Puts the ports' blocks back in order: block b comes from port b mod PORTS.
module finn_block_merge #(
    // Number of ports: 1, 2 or 4
    parameter int unsigned PORTS = 1,
    // Bytes of a row, PORTS beats
    parameter int unsigned ROW_BYTES = PORTS * 8
) (
    input  wire                            aclk,
    input  wire                            aresetn,
    input  wire                            load,
    input  wire  [31:0]                    blocks,
    input  wire  [PORTS-1:0]               s_valid,
    output wire  [PORTS-1:0]               s_ready,
    input  wire  [PORTS-1:0][ROW_BYTES*8-1:0] s_data,
    output wire                            m_valid,
    input  wire                            m_ready,
    output wire  [ROW_BYTES*8-1:0]         m_data,
    output wire                            m_last,
    output logic                           finished
);
    localparam int unsigned ROWS = 128 / ROW_BYTES;
    localparam int unsigned BITS = PORTS > 1 ? $clog2(PORTS) : 1;

    logic [BITS-1:0]         place;
    logic [$clog2(ROWS)-1:0] row;
    logic                    last_row;
    wire                     last_block;
    wire                     active;
    wire advance = m_valid && m_ready;

    assign m_valid = s_valid[place];
    assign m_data = s_data[place];
    assign m_last = last_block && last_row;

    for (genvar port = 0; port < PORTS; port++) begin : gen_ready
        assign s_ready[port] = m_ready && place == BITS'(port);
    end

    always_ff @(posedge aclk) begin
        if (load) begin
            place <= '0;
            row <= '0;
            last_row <= 1'b0;
        end else if (advance) begin
            row <= row + 1'b1;
            last_row <= row == $clog2(ROWS)'(ROWS - 2);
            if (last_row) place <= place == BITS'(PORTS - 1) ? '0 : place + 1'b1;
        end
        finished <= !active && !load;
        if (!aresetn) begin
            place <= '0;
            row <= '0;
            last_row <= 1'b0;
        end
    end

    finn_countdown u_blocks (
        .aclk, .aresetn, .load, .count(blocks), .step(advance && last_row), .active, .last(last_block)
    );
endmodule

`default_nettype wire
