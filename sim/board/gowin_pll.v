// The rPLL of Gowin's GW1N and GW2A with internal feedback.
//
// Source: Gowin UG286, "Gowin Clock User Guide".

`timescale 1ps / 1ps

module rPLL (
    input       CLKIN,
    input       CLKFB,
    input       RESET,
    input       RESET_P,
    input [5:0] FBDSEL,
    input [5:0] IDSEL,
    input [5:0] ODSEL,
    input [3:0] PSDA,
    input [3:0] FDLY,
    input [3:0] DUTYDA,
    output      CLKOUT,
    output      LOCK
);
    parameter DEVICE = "GW1N-1";
    parameter FCLKIN = "100.0";
    parameter CLKFB_SEL = "internal";
    parameter integer IDIV_SEL = 0;
    parameter integer FBDIV_SEL = 0;
    parameter integer ODIV_SEL = 8;

    initial
        if (CLKFB_SEL != "internal") begin
            $display("rPLL: CLKFB_SEL %0s is not modelled", CLKFB_SEL);
            $finish;
        end

    pll_clock #(.MULTIPLY(FBDIV_SEL + 1), .DIVIDE(IDIV_SEL + 1)) pll (
        .reference(CLKIN), .clk(CLKOUT), .locked(LOCK));
endmodule
