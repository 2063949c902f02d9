// Counts steps 0 to COUNT-1 again and again and tells the last one; the flag is a register.
`default_nettype none

module finn_steps #(
    // Steps of a round.
    parameter int COUNT = 2
) (
    input  wire aclk,
    input  wire aresetn,
    input  wire step,
    output wire last
);
    localparam int BITS = COUNT > 2 ? $clog2(COUNT) : 1;

    generate
        if (COUNT == 1) begin : gen_one
            assign last = 1'b1;
            wire unused = &{1'b0, aclk, aresetn, step};
        end else begin : gen_many
            logic [BITS-1:0] done;
            logic            ends;
            always_ff @(posedge aclk) begin
                if (!aresetn) begin
                    done <= '0;
                    ends <= 1'b0;
                end else if (step) begin
                    done <= ends ? '0 : done + 1'b1;
                    ends <= !ends && done == BITS'(COUNT - 2);
                end
            end
            assign last = ends;
        end
    endgenerate
endmodule

`default_nettype wire
