`default_nettype none

// Bytes of a run: frames times the constant FRAME_BYTES, four bits of frames a cycle, so that each
// step is one table and one carry chain. It starts whenever frames are written.
module finn_frame_bytes #(
    // Bytes of a frame in memory, less than 2^28
    parameter int unsigned FRAME_BYTES = 1
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire         load,
    input  wire  [31:0] frames,
    output logic        ready,
    output logic [31:0] blocks,
    output logic [6:0]  last_bytes
);
    localparam int unsigned BITS = $clog2(FRAME_BYTES + 1) + 4;
    localparam int unsigned DIGITS = 8;

    function automatic logic [BITS-1:0] multiple(input logic [3:0] digit);
        multiple = '0;
        for (int unsigned value = 0; value < 16; value++) begin
            if (digit == 4'(value)) multiple = BITS'(value * FRAME_BYTES);
        end
    endfunction

    logic [BITS-1:0] sum;
    logic [27:0]     low;
    logic [31:0]     digits;
    logic [3:0]      left;
    logic            rounded;
    wire  [63:0]     bytes = 64'({sum, low});

    always_ff @(posedge aclk) begin
        if (load) begin
            sum <= '0;
            digits <= frames;
        end else if (left != '0) begin
            sum <= (sum >> 4) + multiple(digits[3:0]);
            low <= {sum[3:0], low[27:4]};
            digits <= digits >> 4;
        end
        blocks <= bytes[38:7] + 32'(|bytes[6:0]);
        last_bytes <= bytes[6:0];
        rounded <= !load && left == '0;
        ready <= !load && rounded && left == '0;
        if (!aresetn) left <= '0;
        else if (load) left <= 4'(DIGITS);
        else if (left != '0) left <= left - 1'b1;
    end

    wire unused = &{1'b0, bytes[63:39]};
endmodule

`default_nettype wire
