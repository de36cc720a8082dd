// A block RAM of 18 kbit with two ports, as the ECP5 and the Gowin families have it: 1,024 words of two bytes of
// nine bits, seen 36, 18, 9, 4, 2 or 1 bit wide; the narrowest three do not reach every ninth bit. An address
// counts bits of eight-bit bytes at every width. Reads take a cycle; outputs have no second register.

`timescale 1ps / 1ps

module block_ram_18k (
    input             clk_a,
    input             enable_a,
    input             clear_a,
    input      [3:0]  write_a,      // by byte, above the ninth bit; all of them for less than a byte
    input      [13:0] address_a,
    input      [35:0] d_a,
    output reg [35:0] q_a,
    input             clk_b,
    input             enable_b,
    input             clear_b,
    input      [3:0]  write_b,
    input      [13:0] address_b,
    input      [35:0] d_b,
    output reg [35:0] q_b
);
    parameter integer WIDTH_A = 36;
    parameter integer WIDTH_B = 36;
    // What a port reads while it writes: its output as before, what is written, what was there.
    parameter [1:0] KEEPS = 0, TRANSPARENT = 1, READS_OLD = 2;
    parameter [1:0] MODE_A = KEEPS;
    parameter [1:0] MODE_B = KEEPS;
    parameter [18431:0] INIT = 0;

    reg [17:0] words [0:1023];

    integer index;
    initial begin
        for (index = 0; index < 1024; index = index + 1)
            words[index] = INIT[18 * index +: 18];
        q_a = 0;
        q_b = 0;
    end

    function [5:0] place(input integer width, input [13:0] address);
        case (width)
            36, 18: place = 0;
            9: place = address[3] ? 9 : 0;
            4: place = (address[3] ? 9 : 0) + 4 * address[2];
            2: place = (address[3] ? 9 : 0) + 2 * address[2:1];
            default: place = (address[3] ? 9 : 0) + address[2:0];
        endcase
    endfunction

    function [35:0] mask(input integer width, input [3:0] write);
        case (width)
            36: mask = {{9{write[3]}}, {9{write[2]}}, {9{write[1]}}, {9{write[0]}}};
            18: mask = {18'd0, {9{write[1]}}, {9{write[0]}}};
            default: mask = write[0] ? (36'd1 << width) - 1 : 0;
        endcase
    endfunction

    // The words of an address: two where the port is 36 bits wide.
    function [19:0] rows(input integer width, input [13:0] address);
        rows = width == 36 ? {address[13:5], 1'b1, address[13:5], 1'b0} : {10'd0, address[13:4]};
    endfunction

    wire [19:0] rows_a = rows(WIDTH_A, address_a);
    wire [19:0] rows_b = rows(WIDTH_B, address_b);
    wire [35:0] old_a = {words[rows_a[19:10]], words[rows_a[9:0]]};
    wire [35:0] old_b = {words[rows_b[19:10]], words[rows_b[9:0]]};
    wire [35:0] mask_a = mask(WIDTH_A, write_a) << place(WIDTH_A, address_a);
    wire [35:0] mask_b = mask(WIDTH_B, write_b) << place(WIDTH_B, address_b);
    wire [35:0] new_a = (old_a & ~mask_a) | ((d_a << place(WIDTH_A, address_a)) & mask_a);
    wire [35:0] new_b = (old_b & ~mask_b) | ((d_b << place(WIDTH_B, address_b)) & mask_b);

    always @(posedge clk_a) begin
        if (enable_a && mask_a != 0) begin
            words[rows_a[9:0]] <= new_a[17:0];
            if (WIDTH_A == 36)
                words[rows_a[19:10]] <= new_a[35:18];
        end
        if (enable_a && (mask_a == 0 || MODE_A != KEEPS))
            q_a <= (MODE_A == TRANSPARENT ? new_a : old_a) >> place(WIDTH_A, address_a);
        if (clear_a)
            q_a <= 0;
    end

    always @(posedge clk_b) begin
        if (enable_b && mask_b != 0) begin
            words[rows_b[9:0]] <= new_b[17:0];
            if (WIDTH_B == 36)
                words[rows_b[19:10]] <= new_b[35:18];
        end
        if (enable_b && (mask_b == 0 || MODE_B != KEEPS))
            q_b <= (MODE_B == TRANSPARENT ? new_b : old_b) >> place(WIDTH_B, address_b);
        if (clear_b)
            q_b <= 0;
    end
endmodule
