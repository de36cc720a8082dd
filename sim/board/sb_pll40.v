// A PLL of the iCE40 with simple feedback, as much of it as a simulation needs: a clock of the frequency that
// the dividers say, started by the first whole period at the pad, and LOCK some time after it.
//
// Source: Lattice FPGA-TN-02052, "iCE40 sysCLOCK PLL Design and User Guide". The time to lock is far
// below the real one (up to 50 us), to keep simulations short.

`timescale 1ps / 1ps

module SB_PLL40_PAD (
    input      PACKAGEPIN,
    output reg PLLOUTCORE,
    output     PLLOUTGLOBAL,
    input      EXTFEEDBACK,
    input [7:0] DYNAMICDELAY,
    output reg LOCK,
    input      BYPASS,
    input      RESETB,
    input      LATCHINPUTVALUE,
    output     SDO,
    input      SDI,
    input      SCLK
);
    parameter FEEDBACK_PATH = "SIMPLE";
    parameter [3:0] DIVR = 4'b0000;
    parameter [6:0] DIVF = 7'b0000000;
    parameter [2:0] DIVQ = 3'b000;
    parameter [2:0] FILTER_RANGE = 3'b000;

    localparam integer LOCK_CYCLES = 64;

    realtime last, half;
    integer  cycles;
    reg      running;

    initial begin
        PLLOUTCORE = 0;
        LOCK = 0;
        running = 0;
        last = 0;
        half = 0;
        cycles = 0;
        if (FEEDBACK_PATH != "SIMPLE") begin
            $display("SB_PLL40_PAD: FEEDBACK_PATH %0s is not modelled", FEEDBACK_PATH);
            $finish;
        end
    end

    always @(posedge PACKAGEPIN) begin
        if (last != 0 && !running) begin
            half = ($realtime - last) * (DIVR + 1) * (1 << DIVQ) / (DIVF + 1) / 2;
            running = 1;
        end
        last = $realtime;
    end

    always begin
        wait (running);
        #(half) PLLOUTCORE = ~PLLOUTCORE;
        if (cycles == 2 * LOCK_CYCLES)
            LOCK = 1;
        else
            cycles = cycles + 1;
    end

    assign PLLOUTGLOBAL = PLLOUTCORE;
    assign SDO = 0;
endmodule
