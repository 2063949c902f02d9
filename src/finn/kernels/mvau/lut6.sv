// A function of six bits that synthesis keeps in one LUT.
`default_nettype none

module lut6 #(
    parameter logic [63:0] INIT = '0  // value for each i
) (
    input  wire [5:0] i,
    output wire       o
);

`ifdef SYNTHESIS
  LUT6 #(
      .INIT(INIT)
  ) u_lut (
      .O (o),
      .I0(i[0]),
      .I1(i[1]),
      .I2(i[2]),
      .I3(i[3]),
      .I4(i[4]),
      .I5(i[5])
  );
`else
  assign o = INIT[i];
`endif

endmodule

`default_nettype wire
