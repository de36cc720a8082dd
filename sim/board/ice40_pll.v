// The PLL of the iCE40 with simple feedback, from its own pad and from the fabric.
//
// Source: Lattice FPGA-TN-02052, "iCE40 sysCLOCK PLL Design and User Guide".

`timescale 1ps / 1ps

module SB_PLL40_PAD (
    input  PACKAGEPIN,
    output PLLOUTCORE,
    output PLLOUTGLOBAL,
    input  EXTFEEDBACK,
    input [7:0] DYNAMICDELAY,
    output LOCK,
    input  BYPASS,
    input  RESETB,
    input  LATCHINPUTVALUE,
    output SDO,
    input  SDI,
    input  SCLK
);
    parameter FEEDBACK_PATH = "SIMPLE";
    parameter [3:0] DIVR = 4'b0000;
    parameter [6:0] DIVF = 7'b0000000;
    parameter [2:0] DIVQ = 3'b000;
    parameter [2:0] FILTER_RANGE = 3'b000;

    initial
        if (FEEDBACK_PATH != "SIMPLE") begin
            $display("SB_PLL40: FEEDBACK_PATH %0s is not modelled", FEEDBACK_PATH);
            $finish;
        end

    pll_clock #(.MULTIPLY(DIVF + 1), .DIVIDE((DIVR + 1) * (1 << DIVQ))) pll (
        .reference(PACKAGEPIN), .clk(PLLOUTCORE), .locked(LOCK));

    assign PLLOUTGLOBAL = PLLOUTCORE;
    assign SDO = 0;
endmodule

module SB_PLL40_CORE (
    input  REFERENCECLK,
    output PLLOUTCORE,
    output PLLOUTGLOBAL,
    input  EXTFEEDBACK,
    input [7:0] DYNAMICDELAY,
    output LOCK,
    input  BYPASS,
    input  RESETB,
    input  LATCHINPUTVALUE,
    output SDO,
    input  SDI,
    input  SCLK
);
    parameter FEEDBACK_PATH = "SIMPLE";
    parameter [3:0] DIVR = 4'b0000;
    parameter [6:0] DIVF = 7'b0000000;
    parameter [2:0] DIVQ = 3'b000;
    parameter [2:0] FILTER_RANGE = 3'b000;

    SB_PLL40_PAD #(.FEEDBACK_PATH(FEEDBACK_PATH), .DIVR(DIVR), .DIVF(DIVF), .DIVQ(DIVQ)) pll (
        .PACKAGEPIN(REFERENCECLK), .PLLOUTCORE(PLLOUTCORE), .PLLOUTGLOBAL(PLLOUTGLOBAL), .LOCK(LOCK),
        .SDO(SDO));
endmodule
