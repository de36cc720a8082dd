// A serial flash as it is behind the configuration of an iCE40: in deep power-down, from which the command AB
// wakes it after some microseconds. It reads by 03 and 0B, a bit behind each falling edge of the clock, and
// drives its output only then. Times are those of a W25Q128JV (Winbond, data sheet revision H): CLK to output at
// most 6 ns, 3 us to wake.
//
// The content is a file that begins at byte OFFSET; everything else is erased. A command that breaks a
// rule is told, and ends the simulation.

`timescale 1ps / 1ps

module spi_flash (
    input  cs_n,
    input  clk,
    input  copi,
    output cipo
);
    parameter FILE = "flash.bin";
    parameter [23:0] OFFSET = 24'h0;
    parameter integer BYTES = 1;

    localparam integer OUTPUT_PS = 6000, WAKE_PS = 3000000;

    reg [7:0]  content [BYTES - 1:0];
    reg [31:0] command;
    reg [7:0]  shown;
    reg        asleep, out, driving;
    reg [23:0] place;
    integer    bits, file, count, index;
    realtime   woken;

    initial begin
        for (index = 0; index < BYTES; index = index + 1)
            content[index] = 8'hff;
        file = $fopen(FILE, "rb");
        if (file == 0) begin
            $display("spi_flash: no file %0s", FILE);
            $finish;
        end
        count = $fread(content, file);
        $fclose(file);
        asleep = 1;
        driving = 0;
        out = 0;
        bits = 0;
        woken = 0;
    end

    assign cipo = driving ? out : 1'bz;

    always @(posedge clk)
        if (!cs_n) begin
            if (bits < 32)
                command = {command[30:0], copi};
            bits = bits + 1;
        end

    always @(negedge clk)
        if (!cs_n && !asleep) begin
            if (bits == 32) begin
                place = command[23:0];
                if (command[31:24] != 8'h03 && command[31:24] != 8'h0b) begin
                    $display("spi_flash: command %h is not modelled", command[31:24]);
                    $finish;
                end
                if ($realtime - woken < WAKE_PS) begin
                    $display("spi_flash: a command too early after the wake-up");
                    $finish;
                end
            end
            if (bits >= (command[31:24] == 8'h0b ? 40 : 32)) begin
                if (bits[2:0] == 0) begin
                    shown = 8'hff;
                    if (place >= OFFSET && place - OFFSET < BYTES)
                        shown = content[place - OFFSET];
                    place = place + 1;
                end
                driving <= #(OUTPUT_PS) 1;
                out <= #(OUTPUT_PS) shown[7];
                shown = {shown[6:0], 1'b1};
            end
        end

    always @(posedge cs_n) begin
        if (bits == 8 && command[7:0] == 8'hab) begin
            asleep = 0;
            woken = $realtime;
        end
        bits = 0;
        driving <= #(OUTPUT_PS) 0;
    end
endmodule
