// The large RAM of the iCE40 UltraPlus: one port, 16,384 words of 16 bits. It holds something at power-up, and
// its outputs show something after a write; here both are random, the same in each run. Yosys' own model has
// X, which Verilator does not know.
//
// Source: Lattice FPGA-TN-02022, "iCE40 SPRAM Usage Guide".

`timescale 1ps / 1ps

module SB_SPRAM256KA (
    input      [13:0] ADDRESS,
    input      [15:0] DATAIN,
    input      [3:0]  MASKWREN,
    input             WREN,
    input             CHIPSELECT,
    input             CLOCK,
    input             STANDBY,
    input             SLEEP,
    input             POWEROFF,
    output reg [15:0] DATAOUT
);
    reg [15:0] words [16383:0];
    reg [31:0] noise;
    integer    index;

    initial begin
        noise = 32'd20260101;
        for (index = 0; index < 16384; index = index + 1) begin
            noise = noise * 32'd1664525 + 32'd1013904223;
            words[index] = noise[31:16];
        end
        DATAOUT = noise[15:0];
    end

    wire [15:0] mask = {{4{MASKWREN[3]}}, {4{MASKWREN[2]}}, {4{MASKWREN[1]}}, {4{MASKWREN[0]}}};

    always @(posedge CLOCK)
        if (STANDBY !== 1'b0 || SLEEP !== 1'b0 || POWEROFF !== 1'b1) begin
            $display("SB_SPRAM256KA: only the normal mode is modelled");
            $finish;
        end else if (CHIPSELECT) begin
            if (WREN) begin
                words[ADDRESS] <= (words[ADDRESS] & ~mask) | (DATAIN & mask);
                noise <= noise * 32'd1664525 + 32'd1013904223;
                DATAOUT <= noise[31:16];
            end else
                DATAOUT <= words[ADDRESS];
        end
endmodule
