`default_nettype none

// Bytes of a run: frames times the constant FRAME_BYTES, four bits of frames a cycle: a table, then
// one carry chain. It starts whenever frames are written.
module finn_frame_bytes #(
    // Bytes of a frame in memory, less than 2^28
    parameter int unsigned FRAME_BYTES = 1
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire         load,
    input  wire  [31:0] frames,
    output logic        ready,
    output wire  [31:0] blocks,
    output wire  [6:0]  last_bytes
);
    localparam int unsigned BITS = $clog2(FRAME_BYTES + 1) + 4;

    function automatic logic [BITS-1:0] multiple(input logic [3:0] digit);
        multiple = '0;
        for (int unsigned value = 0; value < 16; value++) begin
            if (digit == 4'(value)) multiple = BITS'(value * FRAME_BYTES);
        end
    endfunction

    logic [BITS-1:0] sum;
    logic [27:0]     low;
    logic [31:0]     digits;
    logic [BITS-1:0] product;
    logic            adding;
    logic            partial;
    // Eight cycles for the digits, and as many for what is derived from the result.
    logic [3:0]      left;
    wire  [63:0]     bytes = 64'({sum, low});

    assign last_bytes = bytes[6:0];

    always_ff @(posedge aclk) begin
        if (load) begin
            sum <= '0;
            digits <= frames;
        end else begin
            digits <= digits >> 4;
            if (adding) begin
                sum <= (sum >> 4) + product;
                low <= {sum[3:0], low[27:4]};
            end
        end
        product <= multiple(digits[3:0]);
        adding <= !load && left[3];
        partial <= bytes[6:0] != '0;
        ready <= !load && left == '0;
        if (!aresetn) left <= '0;
        else if (load) left <= '1;
        else if (left != '0) left <= left - 1'b1;
    end

    finn_sum u_blocks (.aclk, .value(bytes[38:7]), .addend({1'b0, partial}), .sum(blocks));

    wire unused = &{1'b0, bytes[63:39]};
endmodule

`default_nettype wire
