// The end of a pipeline that is stopped as a whole: two places, so that `enable` is a register.
`default_nettype none

module pipeline_output #(
    parameter int WIDTH = 1  // bits of a word
) (
    input  wire              aclk,
    input  wire              aresetn,
    output wire              enable,
    input  wire              valid,
    input  wire  [WIDTH-1:0] data,
    output logic [WIDTH-1:0] m_axis_tdata,
    output logic             m_axis_tvalid,
    input  wire              m_axis_tready
);

  logic [WIDTH-1:0] spare;
  logic vacant;  // the spare place is free

  assign enable = vacant;
  wire move = m_axis_tready || !m_axis_tvalid;

  always_ff @(posedge aclk) begin
    if (vacant) spare <= data;
    if (move) m_axis_tdata <= vacant ? data : spare;
    if (!aresetn) begin
      vacant <= 1'b1;
      m_axis_tvalid <= 1'b0;
    end else begin
      if (move) begin
        vacant <= 1'b1;
        m_axis_tvalid <= valid || !vacant;
      end else if (valid) vacant <= 1'b0;
    end
  end

endmodule

`default_nettype wire
