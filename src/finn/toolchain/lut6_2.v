// nextpnr-xilinx places LUTs of one output: a LUT6_2 becomes two, which share its inputs and, where
// I5 is constant 1, one site beside a carry chain.
module LUT6_2 (output O6, output O5, input I0, input I1, input I2, input I3, input I4, input I5);
  parameter [63:0] INIT = 64'd0;
  parameter _TECHMAP_CONSTMSK_I5_ = 1'b0;
  parameter _TECHMAP_CONSTVAL_I5_ = 1'b0;

  LUT5 #(.INIT(INIT[31:0])) lower (.O(O5), .I0(I0), .I1(I1), .I2(I2), .I3(I3), .I4(I4));

  generate
    if (_TECHMAP_CONSTMSK_I5_ && _TECHMAP_CONSTVAL_I5_)
      LUT5 #(.INIT(INIT[63:32])) upper (.O(O6), .I0(I0), .I1(I1), .I2(I2), .I3(I3), .I4(I4));
    else
      LUT6 #(.INIT(INIT)) upper (.O(O6), .I0(I0), .I1(I1), .I2(I2), .I3(I3), .I4(I4), .I5(I5));
  endgenerate
endmodule
