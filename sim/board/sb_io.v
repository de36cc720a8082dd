// A pin of the iCE40 without registers: input, and output with enable. Yosys' own model compares an input
// with 1'bz, which Verilator does not take.
//
// Source: Lattice FPGA-TN-02026, "iCE40 Technology Library", SB_IO.

`timescale 1ps / 1ps

module SB_IO (
    inout  PACKAGE_PIN,
    input  LATCH_INPUT_VALUE,
    input  CLOCK_ENABLE,
    input  INPUT_CLK,
    input  OUTPUT_CLK,
    input  OUTPUT_ENABLE,
    input  D_OUT_0,
    input  D_OUT_1,
    output D_IN_0,
    output D_IN_1
);
    parameter [5:0] PIN_TYPE = 6'b000000;
    parameter [0:0] PULLUP = 1'b0;
    parameter [0:0] NEG_TRIGGER = 1'b0;
    parameter IO_STANDARD = "SB_LVCMOS";

    generate
        if (PIN_TYPE[5:2] == 4'b1010)
            assign PACKAGE_PIN = OUTPUT_ENABLE ? D_OUT_0 : 1'bz;
        else if (PIN_TYPE[5:2] == 4'b0110)
            assign PACKAGE_PIN = D_OUT_0;
    endgenerate

    initial
        if (PIN_TYPE[1:0] != 2'b01 ||
            (PIN_TYPE[5:2] != 4'b0000 && PIN_TYPE[5:2] != 4'b1010 && PIN_TYPE[5:2] != 4'b0110)) begin
            $display("SB_IO: PIN_TYPE %b is not modelled", PIN_TYPE);
            $finish;
        end

    assign D_IN_0 = PACKAGE_PIN;
    assign D_IN_1 = 1'b0;
endmodule
