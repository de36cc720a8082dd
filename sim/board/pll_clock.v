// What the PLLs of all families do, as much of it as a simulation needs: a clock of MULTIPLY / DIVIDE times the
// reference, started by the first whole period of that, and locked some time after it.
//
// The time to lock is far below a real one (tens of microseconds and more), to keep simulations short.

`timescale 1ps / 1ps

module pll_clock (
    input      reference,
    output reg clk,
    output reg locked
);
    parameter integer MULTIPLY = 1;
    parameter integer DIVIDE = 1;

    localparam integer LOCK_CYCLES = 64;

    realtime last, half;
    integer  cycles;
    reg      running;

    initial begin
        clk = 0;
        locked = 0;
        running = 0;
        last = 0;
        half = 0;
        cycles = 0;
    end

    always @(posedge reference) begin
        if (last != 0 && !running) begin
            half = ($realtime - last) * DIVIDE / MULTIPLY / 2;
            running = 1;
        end
        last = $realtime;
    end

    always begin
        wait (running);
        #(half) clk = ~clk;
        if (cycles == 2 * LOCK_CYCLES)
            locked = 1;
        else
            cycles = cycles + 1;
    end
endmodule
