`default_nettype none

// The register page of one DMA: start, done and idle, the counters and the error flags.
module finn_dma_registers #(
    // Bytes of a frame in memory
    parameter int unsigned FRAME_BYTES = 1,
    // Tells the driver which build this is
    parameter logic [31:0] BUILD_ID = 32'd0,
    // Address bits of the memory ports; a buffer beyond them is refused
    parameter int unsigned ADDRESS_BITS = 32
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire         bus_write,
    input  wire  [9:0]  bus_write_word,
    input  wire  [31:0] bus_write_data,
    input  wire  [3:0]  bus_write_strobe,
    input  wire  [9:0]  bus_read_word,
    output logic [31:0] bus_read_data,
    output logic        go,
    output logic [63:0] address,
    output logic [31:0] frames,
    output wire  [31:0] blocks,
    output wire  [6:0]  last_bytes,
    input  wire         busy,
    input  wire         stalled_on_memory,
    input  wire         stalled_on_network,
    input  wire  [1:0]  error,
    output logic        abort_request,
    input  wire         aborting
);
    // Byte offsets of the registers.
    localparam logic [9:0] CONTROL = 10'h00 >> 2, ADDRESS_LOW = 10'h10 >> 2, ADDRESS_HIGH = 10'h14 >> 2;
    localparam logic [9:0] FRAMES = 10'h1C >> 2, CYCLES_LOW = 10'h20 >> 2, CYCLES_HIGH = 10'h24 >> 2;
    localparam logic [9:0] MEMORY_STALLS = 10'h28 >> 2, NETWORK_STALLS = 10'h2C >> 2;
    localparam logic [9:0] ERRORS = 10'h30 >> 2, BUILD = 10'h34 >> 2, ABORT = 10'h38 >> 2;

    function automatic logic [31:0] merge(input logic [31:0] was, input logic [31:0] data, input logic [3:0] strobe);
        for (int unsigned lane = 0; lane < 4; lane++) begin
            merge[lane*8+:8] = strobe[lane] ? data[lane*8+:8] : was[lane*8+:8];
        end
    endfunction

    typedef enum logic [2:0] {IDLE, MULTIPLY, LAUNCH, WAIT, RUN} state_t;
    state_t state;
    logic start;
    logic frames_written;
    logic bytes_ready;
    logic bad_address;
    logic no_frames;
    logic done;
    logic [2:0] errors;
    logic idle;

    finn_frame_bytes #(.FRAME_BYTES(FRAME_BYTES)) u_bytes (
        .aclk, .aresetn, .load(frames_written), .frames, .ready(bytes_ready), .blocks, .last_bytes
    );

    wire write_control = bus_write && bus_write_strobe[0] && bus_write_data[0];
    wire write_frames = bus_write && bus_write_word == FRAMES;

    always_ff @(posedge aclk) begin
        start <= aresetn && write_control && bus_write_word == CONTROL;
        abort_request <= aresetn && ((write_control && bus_write_word == ABORT) || (error != '0 && busy));
        frames_written <= write_frames && idle;
        // The buffer of a run in progress cannot be changed.
        if (bus_write && idle) begin
            if (bus_write_word == ADDRESS_LOW) address[31:0] <= merge(address[31:0], bus_write_data, bus_write_strobe);
            if (bus_write_word == ADDRESS_HIGH) address[63:32] <= merge(address[63:32], bus_write_data, bus_write_strobe);
            if (bus_write_word == FRAMES) frames <= merge(frames, bus_write_data, bus_write_strobe);
        end
        if (!aresetn) begin
            address <= '0;
            frames <= '0;
            frames_written <= 1'b1;
        end
        bad_address <= (address[6:0] != '0) || ((address >> ADDRESS_BITS) != '0);
        no_frames <= frames == '0;
    end

    always_ff @(posedge aclk) begin
        go <= 1'b0;
        idle <= state == IDLE && !aborting && !abort_request && !start && !write_control;
        if (!aresetn) begin
            state <= IDLE;
            done <= 1'b0;
            errors <= '0;
        end else begin
            errors[1:0] <= errors[1:0] | error;
            if (aborting) state <= IDLE;
            else
                unique case (state)
                    IDLE:
                        if (start) begin
                            done <= 1'b0;
                            errors <= '0;
                            state <= MULTIPLY;
                        end
                    MULTIPLY:
                        if (bad_address) begin
                            errors[2] <= 1'b1;
                            state <= IDLE;
                        end else if (no_frames) begin
                            done <= 1'b1;
                            state <= IDLE;
                        end else if (bytes_ready) begin
                            go <= 1'b1;
                            state <= LAUNCH;
                        end
                    LAUNCH: state <= WAIT;
                    WAIT: state <= RUN;
                    default:
                        if (!busy) begin
                            done <= 1'b1;
                            state <= IDLE;
                        end
                endcase
        end
    end

    // Counters of the last run; they stand still when it is over.
    wire  [63:0] cycles;
    wire  [31:0] memory_stalls;
    wire  [31:0] network_stalls;
    wire         running = state != IDLE;
    wire         clear = start && state == IDLE;

    finn_counter #(.SECTIONS(4)) u_cycles (
        .aclk, .clear(clear || !aresetn), .step(running), .count(cycles)
    );
    finn_counter u_memory_stalls (
        .aclk, .clear(clear || !aresetn), .step(running && stalled_on_memory), .count(memory_stalls)
    );
    finn_counter u_network_stalls (
        .aclk, .clear(clear || !aresetn), .step(running && stalled_on_network), .count(network_stalls)
    );

    always_ff @(posedge aclk) begin
        case (bus_read_word)
            CONTROL: bus_read_data <= {29'd0, idle, done, running};
            ADDRESS_LOW: bus_read_data <= address[31:0];
            ADDRESS_HIGH: bus_read_data <= address[63:32];
            FRAMES: bus_read_data <= frames;
            CYCLES_LOW: bus_read_data <= cycles[31:0];
            CYCLES_HIGH: bus_read_data <= cycles[63:32];
            MEMORY_STALLS: bus_read_data <= memory_stalls;
            NETWORK_STALLS: bus_read_data <= network_stalls;
            ERRORS: bus_read_data <= {29'd0, errors};
            BUILD: bus_read_data <= BUILD_ID;
            ABORT: bus_read_data <= {31'd0, aborting};
            default: bus_read_data <= '0;
        endcase
    end
endmodule

`default_nettype wire
