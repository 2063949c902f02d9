// Ring in memory behind an output register; a block RAM is read into its own register first.
`default_nettype none

module fifo_ring #(
    // Bits of a beat.
    parameter int WIDTH = 8,
    // Beats that it holds at least; the ring has the next power of two.
    parameter int DEPTH = 16,
    // "distributed" or "block".
    parameter     RAM_STYLE = "distributed"
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire  [WIDTH-1:0] s_axis_tdata,
    input  wire              s_axis_tvalid,
    output logic             s_axis_tready,
    output logic [WIDTH-1:0] m_axis_tdata,
    output logic             m_axis_tvalid,
    input  wire              m_axis_tready
);
    localparam int BITS = $clog2(DEPTH);
    localparam int LAST = (1 << BITS) - 1;

    logic [BITS-1:0] write_at;
    logic [BITS-1:0] read_at;
    // Beats in the ring: 0 to LAST, so one place stays free, for which the output register makes up.
    logic [BITS-1:0] held;
    logic            empty;
    logic            push;
    logic            pop;

    assign push = s_axis_tvalid && s_axis_tready;

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            write_at      <= '0;
            read_at       <= '0;
            held          <= '0;
            empty         <= 1'b1;
            s_axis_tready <= 1'b0;
        end else begin
            if (push) write_at <= write_at + 1'b1;
            if (pop) read_at <= read_at + 1'b1;
            if (push != pop) held <= push ? held + 1'b1 : held - 1'b1;
            if (push != pop) empty <= pop && held == BITS'(1);
            s_axis_tready <= pop || !(held == BITS'(LAST) || (push && held == BITS'(LAST - 1)));
        end
    end

    generate
        if (RAM_STYLE == "block") begin : gen_block
            (* ram_style = "block" *) logic [WIDTH-1:0] memory [0:LAST];
            logic [WIDTH-1:0] word;
            logic             word_valid;
            logic             advance;

            assign advance = !m_axis_tvalid || m_axis_tready;
            assign pop     = !empty && (!word_valid || advance);

            always_ff @(posedge aclk) if (push) memory[write_at] <= s_axis_tdata;
            always_ff @(posedge aclk) if (pop) word <= memory[read_at];

            always_ff @(posedge aclk) begin
                if (!aresetn) begin
                    word_valid    <= 1'b0;
                    m_axis_tvalid <= 1'b0;
                end else begin
                    if (!word_valid || advance) word_valid <= !empty;
                    if (advance) m_axis_tvalid <= word_valid;
                end
            end
            always_ff @(posedge aclk) if (advance) m_axis_tdata <= word;
        end else begin : gen_distributed
            (* ram_style = "distributed" *) logic [WIDTH-1:0] memory [0:LAST];

            assign pop = !empty && (!m_axis_tvalid || m_axis_tready);

            always_ff @(posedge aclk) if (push) memory[write_at] <= s_axis_tdata;
            always_ff @(posedge aclk) if (pop) m_axis_tdata <= memory[read_at];

            always_ff @(posedge aclk) begin
                if (!aresetn) m_axis_tvalid <= 1'b0;
                else if (!m_axis_tvalid || m_axis_tready) m_axis_tvalid <= !empty;
            end
        end
    endgenerate
endmodule

`default_nettype wire
