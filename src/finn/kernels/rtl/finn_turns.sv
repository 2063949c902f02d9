// Whose turn it is among several streams that follow each other, each for its number of steps.
`default_nettype none

module finn_turns #(
    parameter int STREAMS = 2,
    // Steps of each stream, 32 bits for each number.
    parameter logic [STREAMS*32-1:0] STEPS = {32'd1, 32'd1},
    parameter int BITS = $clog2(STREAMS)  // derived: bits of a stream's number
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire             step,
    output logic [BITS-1:0] at,
    // The same, a bit for each stream: a register, since it decides at once.
    output logic [STREAMS-1:0] turn
);
    // Steps before a stream's.
    function automatic int start(input int stream);
        start = 0;
        for (int i = 0; i < stream; i++) start += int'(STEPS[32*i +: 32]);
    endfunction

    localparam int COUNT = start(STREAMS);
    localparam int WIDE = $clog2(COUNT);
    localparam bit FIRST_ENDS = STEPS[31:0] == 32'd1;

    // Registers say that a step is the last of its stream, and of all: neither is found in the step itself.
    logic [WIDE-1:0] done;
    logic            ends, last;
    logic            ends_next;

    always_comb begin
        ends_next = 1'b0;
        for (int i = 1; i <= STREAMS; i++)
            if (start(i) > 1 && done == WIDE'(start(i) - 2)) ends_next = 1'b1;
        if (last) ends_next = FIRST_ENDS;
    end

    always_ff @(posedge aclk)
        if (!aresetn) begin
            done <= '0;
            ends <= FIRST_ENDS;
            last <= 1'b0;
            at   <= '0;
            turn <= STREAMS'(1);
        end else if (step) begin
            done <= last ? '0 : done + 1'b1;
            ends <= ends_next;
            last <= !last && done == WIDE'(COUNT - 2);
            if (ends) begin
                at   <= last ? '0 : at + 1'b1;
                turn <= {turn[STREAMS-2:0], turn[STREAMS-1]};
            end
        end
endmodule

`default_nettype wire
