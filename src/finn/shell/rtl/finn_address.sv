`default_nettype none

// Address of a port's next block and the number of blocks it still has to issue.
// One step per few cycles, so the upper sections follow by a registered carry.
module finn_address #(
    // Bytes from one block of this port to its next, a multiple of 128
    parameter int unsigned STRIDE = 128,
    // Bytes from the base to this port's first block
    parameter int unsigned OFFSET = 0
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire         load,
    input  wire  [63:0] base,   // a multiple of 128
    input  wire  [31:0] blocks,
    input  wire         step,
    output wire  [63:0] address,
    output logic        more
);
    localparam int unsigned SECTIONS = 4;
    localparam int unsigned BITS = 15;

    logic [SECTIONS-1:0][BITS-1:0] block; // the address in blocks of 128 bytes
    logic [SECTIONS-1:0]           full;  // all ones
    logic                          carry;
    logic                          offset;
    wire                           active;
    wire                           last;
    wire  [SECTIONS*BITS-1:0]      joined = block;

    assign address = {joined[56:0], 7'd0};

    finn_countdown u_blocks (.aclk, .aresetn, .load, .count(blocks), .step, .active, .last);

    always_ff @(posedge aclk) begin
        offset <= load;
        carry <= 1'b0;
        if (load) block[0] <= base[7+:BITS];
        else if (step || offset) begin
            {carry, block[0]} <= {1'b0, block[0]} + (BITS + 1)'(offset ? OFFSET / 128 : STRIDE / 128);
        end
        more <= active && !load && !offset && !step;
        if (!aresetn) more <= 1'b0;
    end

    assign full[0] = 1'b1;
    for (genvar section = 1; section < SECTIONS; section++) begin : gen_upper
        always_ff @(posedge aclk) begin
            full[section] <= &block[section];
            if (load) block[section] <= BITS'(base >> (7 + section * BITS));
            else if (carry && (&full[section-1:0])) block[section] <= block[section] + 1'b1;
        end
    end

    wire unused = &{1'b0, last, full[SECTIONS-1], joined[SECTIONS*BITS-1:57], base[6:0]};
endmodule

`default_nettype wire
