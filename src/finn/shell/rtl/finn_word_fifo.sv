`default_nettype none

// LUTRAM FIFO with a registered output. It has no ready: the producer stops within MARGIN words
// after room falls, so that the pipeline before it needs no enables.
module finn_word_fifo #(
    // Bits of a word
    parameter int unsigned WIDTH = 8,
    // Words that may still come when room is low
    parameter int unsigned MARGIN = 4,
    // Words held, a power of two
    parameter int unsigned DEPTH = 32
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire              s_valid,
    input  wire  [WIDTH-1:0] s_data,
    output logic             s_room,
    output logic             m_valid,
    input  wire              m_ready,
    output logic [WIDTH-1:0] m_data,
    output wire              empty
);
    localparam int unsigned BITS = $clog2(DEPTH);

    (* ram_style = "distributed" *) logic [WIDTH-1:0] memory[0:DEPTH-1];
    logic [BITS:0] write_pointer;
    logic [BITS:0] read_pointer;
    wire stored = write_pointer != read_pointer;
    wire read = stored && (!m_valid || m_ready);
    wire [BITS:0] used = write_pointer - read_pointer;

    always_ff @(posedge aclk) begin
        if (s_valid) memory[write_pointer[BITS-1:0]] <= s_data;
        if (read) m_data <= memory[read_pointer[BITS-1:0]];
        s_room <= used < (BITS + 1)'(DEPTH - MARGIN - 1);
        if (!aresetn) begin
            write_pointer <= '0;
            read_pointer <= '0;
            m_valid <= 1'b0;
            s_room <= 1'b0;
        end else begin
            if (s_valid) write_pointer <= write_pointer + 1'b1;
            if (read) read_pointer <= read_pointer + 1'b1;
            m_valid <= stored || (m_valid && !m_ready);
        end
    end

    assign empty = !stored && !m_valid;
endmodule

`default_nettype wire
