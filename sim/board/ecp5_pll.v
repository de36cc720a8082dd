// The PLL of the ECP5 with its first output fed back.
//
// Source: Lattice FPGA-TN-02200, "ECP5 and ECP5-5G sysCLOCK PLL/DLL Design and Usage Guide".

`timescale 1ps / 1ps

module EHXPLLL (
    input  CLKI,
    input  CLKFB,
    input  PHASESEL1,
    input  PHASESEL0,
    input  PHASEDIR,
    input  PHASESTEP,
    input  PHASELOADREG,
    input  STDBY,
    input  PLLWAKESYNC,
    input  RST,
    input  ENCLKOP,
    output CLKOP,
    output LOCK
);
    parameter FEEDBK_PATH = "CLKOP";
    parameter CLKOP_ENABLE = "ENABLED";
    parameter integer CLKI_DIV = 1;
    parameter integer CLKFB_DIV = 1;
    parameter integer CLKOP_DIV = 8;
    parameter integer CLKOP_CPHASE = 0;

    initial
        if (FEEDBK_PATH != "CLKOP") begin
            $display("EHXPLLL: FEEDBK_PATH %0s is not modelled", FEEDBK_PATH);
            $finish;
        end

    pll_clock #(.MULTIPLY(CLKFB_DIV), .DIVIDE(CLKI_DIV)) pll (.reference(CLKI), .clk(CLKOP), .locked(LOCK));
endmodule
