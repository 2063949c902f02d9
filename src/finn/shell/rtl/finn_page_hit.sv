`default_nettype none

// Which register page an address falls into; none outside the map. One cycle.
module finn_page_hit #(
    // Register pages of 4 KiB
    parameter int unsigned PAGES = 2,
    // Address of the first page
    parameter logic [31:0] BASE = 32'h4000_0000
) (
    input  wire              aclk,
    input  wire  [39:0]      address,
    output logic [PAGES-1:0] hit
);
    for (genvar page = 0; page < PAGES; page++) begin : gen_page
        always_ff @(posedge aclk) hit[page] <= address[39:12] == {8'd0, BASE[31:12] + 20'(page)};
    end
    wire unused = &{1'b0, address[11:0]};
endmodule

`default_nettype wire
