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
    output logic        active,
    output logic        last
);
    localparam int unsigned BITS = BEATS > 1 ? $clog2(BEATS) : 1;

    logic [BITS-1:0] beat;
    logic [31:0] frames_left;
    logic last_beat;
    logic last_frame;

    // Flags are computed one step ahead, so that nothing waits for a wide comparison.
    always_ff @(posedge aclk) begin
        if (load) begin
            frames_left <= frames;
            last_frame <= frames == 32'd1;
            last_beat <= BEATS == 1;
            beat <= '0;
        end else if (step) begin
            last_beat <= BEATS == 1 || (BEATS == 2 ? !last_beat : beat == BITS'(BEATS - 2));
            beat <= last_beat ? '0 : beat + 1'b1;
            if (last_beat) begin
                frames_left <= frames_left - 1'b1;
                last_frame <= frames_left == 32'd2;
            end
        end
        if (!aresetn) active <= 1'b0;
        else if (load) active <= 1'b1;
        else if (step && last) active <= 1'b0;
    end

    assign last = last_beat && last_frame;
endmodule

`default_nettype wire
