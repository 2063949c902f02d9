// Beats that came wait in a ring of four places, one of which stays free: ready does not depend on what
// takes them. In LUT RAM it costs less than a spare register with a choice behind it.
`default_nettype none

module finn_ring #(
    // Bits of a beat.
    parameter int WIDTH = 8
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire  [WIDTH-1:0] s_axis_tdata,
    input  wire              s_axis_tvalid,
    output wire              s_axis_tready,
    // The oldest beat, whether there is one, and that it is taken.
    output wire  [WIDTH-1:0] first,
    output logic             filled,
    input  wire              take
);
    (* ram_style = "distributed" *) logic [WIDTH-1:0] words[0:3];
    logic [1:0] write_at, read_at;
    logic       running;
    wire        write = s_axis_tvalid && s_axis_tready;
    wire        last = read_at + 2'd1 == write_at;

    assign s_axis_tready = running && write_at + 2'd1 != read_at;
    assign first = words[read_at];

    always_ff @(posedge aclk) if (write) words[write_at] <= s_axis_tdata;

    always_ff @(posedge aclk) begin
        if (!aresetn) begin
            running  <= 1'b0;
            filled   <= 1'b0;
            write_at <= '0;
            read_at  <= '0;
        end else begin
            running <= 1'b1;
            filled  <= write || (filled && !(take && last));
            if (write) write_at <= write_at + 1'b1;
            if (take) read_at <= read_at + 1'b1;
        end
    end
endmodule

`default_nettype wire
