// In place of ``pll_clock.v`` where the design's own clock is driven at the pin of the oscillator: the PLL hands it
// on, locked after some cycles. No delays, so a simulator without a queue of events can run it: one period of the
// reference is one cycle of the design.

`timescale 1ps / 1ps

module pll_clock (
    input      reference,
    output     clk,
    output reg locked
);
    parameter integer MULTIPLY = 1;
    parameter integer DIVIDE = 1;

    localparam integer LOCK_CYCLES = 64;

    integer cycles;

    initial begin
        locked = 0;
        cycles = 0;
    end

    assign clk = reference;

    always @(posedge reference)
        if (cycles == LOCK_CYCLES)
            locked <= 1;
        else
            cycles <= cycles + 1;
endmodule
