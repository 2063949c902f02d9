`default_nettype none

// Counts the words of a run: BEATS words in each of a given number of frames.
module finn_frame_counter #(
    // Words in a frame
    parameter int unsigned BEATS = 1
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire         load,
    input  wire  [31:0] frames,
    input  wire         step,
    output wire         active,
    output wire         last
);
    localparam int unsigned BITS = BEATS > 1 ? $clog2(BEATS) : 1;

    logic [BITS-1:0] beat;
    logic last_beat;
    wire  last_frame;

    // The flag is computed one step ahead, so that nothing waits for a wide comparison.
    always_ff @(posedge aclk) begin
        if (load) begin
            last_beat <= BEATS == 1;
            beat <= '0;
        end else if (step) begin
            last_beat <= BEATS == 1 || (BEATS == 2 ? !last_beat : beat == BITS'(BEATS - 2));
            beat <= last_beat ? '0 : beat + 1'b1;
        end
    end

    finn_countdown u_frames (
        .aclk, .aresetn, .load, .count(frames), .step(step && last_beat), .active, .last(last_frame)
    );

    assign last = last_beat && last_frame;
endmodule

`default_nettype wire
