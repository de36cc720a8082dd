// The block RAMs of Gowin's GW1N and GW2A, without their output registers: with one port (SP, SPX9), and with one
// to write and one to read (SDPB, SDPX9B), of bytes of eight and nine bits.
//
// Source: Gowin UG285, "Memory".

`timescale 1ps / 1ps

module SP (
    output [31:0] DO,
    input  [31:0] DI,
    input  [2:0]  BLKSEL,
    input  [13:0] AD,
    input  WRE, CLK, CE, OCE, RESET
);
    parameter READ_MODE = 1'b0;
    parameter [1:0] WRITE_MODE = 2'b00;
    parameter integer BIT_WIDTH = 32;
    parameter BLK_SEL = 3'b000;
    parameter RESET_MODE = "SYNC";
    parameter [255:0] INIT_RAM_00 = 0;
    parameter [255:0] INIT_RAM_01 = 0;
    parameter [255:0] INIT_RAM_02 = 0;
    parameter [255:0] INIT_RAM_03 = 0;
    parameter [255:0] INIT_RAM_04 = 0;
    parameter [255:0] INIT_RAM_05 = 0;
    parameter [255:0] INIT_RAM_06 = 0;
    parameter [255:0] INIT_RAM_07 = 0;
    parameter [255:0] INIT_RAM_08 = 0;
    parameter [255:0] INIT_RAM_09 = 0;
    parameter [255:0] INIT_RAM_0A = 0;
    parameter [255:0] INIT_RAM_0B = 0;
    parameter [255:0] INIT_RAM_0C = 0;
    parameter [255:0] INIT_RAM_0D = 0;
    parameter [255:0] INIT_RAM_0E = 0;
    parameter [255:0] INIT_RAM_0F = 0;
    parameter [255:0] INIT_RAM_10 = 0;
    parameter [255:0] INIT_RAM_11 = 0;
    parameter [255:0] INIT_RAM_12 = 0;
    parameter [255:0] INIT_RAM_13 = 0;
    parameter [255:0] INIT_RAM_14 = 0;
    parameter [255:0] INIT_RAM_15 = 0;
    parameter [255:0] INIT_RAM_16 = 0;
    parameter [255:0] INIT_RAM_17 = 0;
    parameter [255:0] INIT_RAM_18 = 0;
    parameter [255:0] INIT_RAM_19 = 0;
    parameter [255:0] INIT_RAM_1A = 0;
    parameter [255:0] INIT_RAM_1B = 0;
    parameter [255:0] INIT_RAM_1C = 0;
    parameter [255:0] INIT_RAM_1D = 0;
    parameter [255:0] INIT_RAM_1E = 0;
    parameter [255:0] INIT_RAM_1F = 0;
    parameter [255:0] INIT_RAM_20 = 0;
    parameter [255:0] INIT_RAM_21 = 0;
    parameter [255:0] INIT_RAM_22 = 0;
    parameter [255:0] INIT_RAM_23 = 0;
    parameter [255:0] INIT_RAM_24 = 0;
    parameter [255:0] INIT_RAM_25 = 0;
    parameter [255:0] INIT_RAM_26 = 0;
    parameter [255:0] INIT_RAM_27 = 0;
    parameter [255:0] INIT_RAM_28 = 0;
    parameter [255:0] INIT_RAM_29 = 0;
    parameter [255:0] INIT_RAM_2A = 0;
    parameter [255:0] INIT_RAM_2B = 0;
    parameter [255:0] INIT_RAM_2C = 0;
    parameter [255:0] INIT_RAM_2D = 0;
    parameter [255:0] INIT_RAM_2E = 0;
    parameter [255:0] INIT_RAM_2F = 0;
    parameter [255:0] INIT_RAM_30 = 0;
    parameter [255:0] INIT_RAM_31 = 0;
    parameter [255:0] INIT_RAM_32 = 0;
    parameter [255:0] INIT_RAM_33 = 0;
    parameter [255:0] INIT_RAM_34 = 0;
    parameter [255:0] INIT_RAM_35 = 0;
    parameter [255:0] INIT_RAM_36 = 0;
    parameter [255:0] INIT_RAM_37 = 0;
    parameter [255:0] INIT_RAM_38 = 0;
    parameter [255:0] INIT_RAM_39 = 0;
    parameter [255:0] INIT_RAM_3A = 0;
    parameter [255:0] INIT_RAM_3B = 0;
    parameter [255:0] INIT_RAM_3C = 0;
    parameter [255:0] INIT_RAM_3D = 0;
    parameter [255:0] INIT_RAM_3E = 0;
    parameter [255:0] INIT_RAM_3F = 0;

    initial
        if (READ_MODE != 1'b0) begin
            $display("%m: output registers are not modelled");
            $finish;
        end

    localparam [16383:0] CONTENT = {
        INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C,
        INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38,
        INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34,
        INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30,
        INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C,
        INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28,
        INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24,
        INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20,
        INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C,
        INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18,
        INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14,
        INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10,
        INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C,
        INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08,
        INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04,
        INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00};

    function [18431:0] spread(input [16383:0] content);
        integer place;
        for (place = 0; place < 2048; place = place + 1)
            spread[9 * place +: 9] = {1'b0, content[8 * place +: 8]};
    endfunction

    localparam [18431:0] INIT = spread(CONTENT);

    wire [35:0] q;
    wire [3:0] written = {4{WRE}} & (BIT_WIDTH >= 16 ? AD[3:0] : 4'b0001);
    wire [35:0] d = {1'b0, DI[31:24], 1'b0, DI[23:16], 1'b0, DI[15:8], 1'b0, DI[7:0]};

    block_ram_18k #(.WIDTH_A((BIT_WIDTH < 8 ? BIT_WIDTH : BIT_WIDTH / 8 * 9)), .MODE_A(WRITE_MODE), .INIT(INIT)) ram (
        .clk_a(CLK), .enable_a(CE), .clear_a(RESET), .write_a(written), .address_a(AD), .d_a(d), .q_a(q),
        .clk_b(1'b0), .enable_b(1'b0), .clear_b(1'b0), .write_b(4'd0), .address_b(14'd0), .d_b(36'd0), .q_b());

    assign DO = {q[34:27], q[25:18], q[16:9], q[7:0]};
endmodule

module SPX9 (
    output [35:0] DO,
    input  [35:0] DI,
    input  [2:0]  BLKSEL,
    input  [13:0] AD,
    input  WRE, CLK, CE, OCE, RESET
);
    parameter READ_MODE = 1'b0;
    parameter [1:0] WRITE_MODE = 2'b00;
    parameter integer BIT_WIDTH = 36;
    parameter BLK_SEL = 3'b000;
    parameter RESET_MODE = "SYNC";
    parameter [287:0] INIT_RAM_00 = 0;
    parameter [287:0] INIT_RAM_01 = 0;
    parameter [287:0] INIT_RAM_02 = 0;
    parameter [287:0] INIT_RAM_03 = 0;
    parameter [287:0] INIT_RAM_04 = 0;
    parameter [287:0] INIT_RAM_05 = 0;
    parameter [287:0] INIT_RAM_06 = 0;
    parameter [287:0] INIT_RAM_07 = 0;
    parameter [287:0] INIT_RAM_08 = 0;
    parameter [287:0] INIT_RAM_09 = 0;
    parameter [287:0] INIT_RAM_0A = 0;
    parameter [287:0] INIT_RAM_0B = 0;
    parameter [287:0] INIT_RAM_0C = 0;
    parameter [287:0] INIT_RAM_0D = 0;
    parameter [287:0] INIT_RAM_0E = 0;
    parameter [287:0] INIT_RAM_0F = 0;
    parameter [287:0] INIT_RAM_10 = 0;
    parameter [287:0] INIT_RAM_11 = 0;
    parameter [287:0] INIT_RAM_12 = 0;
    parameter [287:0] INIT_RAM_13 = 0;
    parameter [287:0] INIT_RAM_14 = 0;
    parameter [287:0] INIT_RAM_15 = 0;
    parameter [287:0] INIT_RAM_16 = 0;
    parameter [287:0] INIT_RAM_17 = 0;
    parameter [287:0] INIT_RAM_18 = 0;
    parameter [287:0] INIT_RAM_19 = 0;
    parameter [287:0] INIT_RAM_1A = 0;
    parameter [287:0] INIT_RAM_1B = 0;
    parameter [287:0] INIT_RAM_1C = 0;
    parameter [287:0] INIT_RAM_1D = 0;
    parameter [287:0] INIT_RAM_1E = 0;
    parameter [287:0] INIT_RAM_1F = 0;
    parameter [287:0] INIT_RAM_20 = 0;
    parameter [287:0] INIT_RAM_21 = 0;
    parameter [287:0] INIT_RAM_22 = 0;
    parameter [287:0] INIT_RAM_23 = 0;
    parameter [287:0] INIT_RAM_24 = 0;
    parameter [287:0] INIT_RAM_25 = 0;
    parameter [287:0] INIT_RAM_26 = 0;
    parameter [287:0] INIT_RAM_27 = 0;
    parameter [287:0] INIT_RAM_28 = 0;
    parameter [287:0] INIT_RAM_29 = 0;
    parameter [287:0] INIT_RAM_2A = 0;
    parameter [287:0] INIT_RAM_2B = 0;
    parameter [287:0] INIT_RAM_2C = 0;
    parameter [287:0] INIT_RAM_2D = 0;
    parameter [287:0] INIT_RAM_2E = 0;
    parameter [287:0] INIT_RAM_2F = 0;
    parameter [287:0] INIT_RAM_30 = 0;
    parameter [287:0] INIT_RAM_31 = 0;
    parameter [287:0] INIT_RAM_32 = 0;
    parameter [287:0] INIT_RAM_33 = 0;
    parameter [287:0] INIT_RAM_34 = 0;
    parameter [287:0] INIT_RAM_35 = 0;
    parameter [287:0] INIT_RAM_36 = 0;
    parameter [287:0] INIT_RAM_37 = 0;
    parameter [287:0] INIT_RAM_38 = 0;
    parameter [287:0] INIT_RAM_39 = 0;
    parameter [287:0] INIT_RAM_3A = 0;
    parameter [287:0] INIT_RAM_3B = 0;
    parameter [287:0] INIT_RAM_3C = 0;
    parameter [287:0] INIT_RAM_3D = 0;
    parameter [287:0] INIT_RAM_3E = 0;
    parameter [287:0] INIT_RAM_3F = 0;

    initial
        if (READ_MODE != 1'b0) begin
            $display("%m: output registers are not modelled");
            $finish;
        end

    localparam [18431:0] CONTENT = {
        INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C,
        INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38,
        INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34,
        INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30,
        INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C,
        INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28,
        INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24,
        INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20,
        INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C,
        INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18,
        INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14,
        INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10,
        INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C,
        INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08,
        INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04,
        INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00};
    localparam [18431:0] INIT = CONTENT;

    wire [35:0] q;
    wire [3:0] written = {4{WRE}} & (BIT_WIDTH >= 16 ? AD[3:0] : 4'b0001);
    wire [35:0] d = DI;

    block_ram_18k #(.WIDTH_A(BIT_WIDTH), .MODE_A(WRITE_MODE), .INIT(INIT)) ram (
        .clk_a(CLK), .enable_a(CE), .clear_a(RESET), .write_a(written), .address_a(AD), .d_a(d), .q_a(q),
        .clk_b(1'b0), .enable_b(1'b0), .clear_b(1'b0), .write_b(4'd0), .address_b(14'd0), .d_b(36'd0), .q_b());

    assign DO = q;
endmodule

module SDPB (
    output [31:0] DO,
    input  [31:0] DI,
    input  [2:0]  BLKSELA, BLKSELB,
    input  [13:0] ADA, ADB,
    input  CLKA, CLKB, CEA, CEB, OCE, RESETA, RESETB
);
    parameter READ_MODE = 1'b0;
    parameter integer BIT_WIDTH_0 = 32;
    parameter integer BIT_WIDTH_1 = 32;
    parameter BLK_SEL_0 = 3'b000;
    parameter BLK_SEL_1 = 3'b000;
    parameter RESET_MODE = "SYNC";
    parameter [255:0] INIT_RAM_00 = 0;
    parameter [255:0] INIT_RAM_01 = 0;
    parameter [255:0] INIT_RAM_02 = 0;
    parameter [255:0] INIT_RAM_03 = 0;
    parameter [255:0] INIT_RAM_04 = 0;
    parameter [255:0] INIT_RAM_05 = 0;
    parameter [255:0] INIT_RAM_06 = 0;
    parameter [255:0] INIT_RAM_07 = 0;
    parameter [255:0] INIT_RAM_08 = 0;
    parameter [255:0] INIT_RAM_09 = 0;
    parameter [255:0] INIT_RAM_0A = 0;
    parameter [255:0] INIT_RAM_0B = 0;
    parameter [255:0] INIT_RAM_0C = 0;
    parameter [255:0] INIT_RAM_0D = 0;
    parameter [255:0] INIT_RAM_0E = 0;
    parameter [255:0] INIT_RAM_0F = 0;
    parameter [255:0] INIT_RAM_10 = 0;
    parameter [255:0] INIT_RAM_11 = 0;
    parameter [255:0] INIT_RAM_12 = 0;
    parameter [255:0] INIT_RAM_13 = 0;
    parameter [255:0] INIT_RAM_14 = 0;
    parameter [255:0] INIT_RAM_15 = 0;
    parameter [255:0] INIT_RAM_16 = 0;
    parameter [255:0] INIT_RAM_17 = 0;
    parameter [255:0] INIT_RAM_18 = 0;
    parameter [255:0] INIT_RAM_19 = 0;
    parameter [255:0] INIT_RAM_1A = 0;
    parameter [255:0] INIT_RAM_1B = 0;
    parameter [255:0] INIT_RAM_1C = 0;
    parameter [255:0] INIT_RAM_1D = 0;
    parameter [255:0] INIT_RAM_1E = 0;
    parameter [255:0] INIT_RAM_1F = 0;
    parameter [255:0] INIT_RAM_20 = 0;
    parameter [255:0] INIT_RAM_21 = 0;
    parameter [255:0] INIT_RAM_22 = 0;
    parameter [255:0] INIT_RAM_23 = 0;
    parameter [255:0] INIT_RAM_24 = 0;
    parameter [255:0] INIT_RAM_25 = 0;
    parameter [255:0] INIT_RAM_26 = 0;
    parameter [255:0] INIT_RAM_27 = 0;
    parameter [255:0] INIT_RAM_28 = 0;
    parameter [255:0] INIT_RAM_29 = 0;
    parameter [255:0] INIT_RAM_2A = 0;
    parameter [255:0] INIT_RAM_2B = 0;
    parameter [255:0] INIT_RAM_2C = 0;
    parameter [255:0] INIT_RAM_2D = 0;
    parameter [255:0] INIT_RAM_2E = 0;
    parameter [255:0] INIT_RAM_2F = 0;
    parameter [255:0] INIT_RAM_30 = 0;
    parameter [255:0] INIT_RAM_31 = 0;
    parameter [255:0] INIT_RAM_32 = 0;
    parameter [255:0] INIT_RAM_33 = 0;
    parameter [255:0] INIT_RAM_34 = 0;
    parameter [255:0] INIT_RAM_35 = 0;
    parameter [255:0] INIT_RAM_36 = 0;
    parameter [255:0] INIT_RAM_37 = 0;
    parameter [255:0] INIT_RAM_38 = 0;
    parameter [255:0] INIT_RAM_39 = 0;
    parameter [255:0] INIT_RAM_3A = 0;
    parameter [255:0] INIT_RAM_3B = 0;
    parameter [255:0] INIT_RAM_3C = 0;
    parameter [255:0] INIT_RAM_3D = 0;
    parameter [255:0] INIT_RAM_3E = 0;
    parameter [255:0] INIT_RAM_3F = 0;

    initial
        if (READ_MODE != 1'b0) begin
            $display("%m: output registers are not modelled");
            $finish;
        end

    localparam [16383:0] CONTENT = {
        INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C,
        INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38,
        INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34,
        INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30,
        INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C,
        INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28,
        INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24,
        INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20,
        INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C,
        INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18,
        INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14,
        INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10,
        INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C,
        INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08,
        INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04,
        INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00};

    function [18431:0] spread(input [16383:0] content);
        integer place;
        for (place = 0; place < 2048; place = place + 1)
            spread[9 * place +: 9] = {1'b0, content[8 * place +: 8]};
    endfunction

    localparam [18431:0] INIT = spread(CONTENT);

    wire [35:0] q;
    wire [3:0] written = {4{CEA}} & (BIT_WIDTH_0 >= 16 ? ADA[3:0] : 4'b0001);
    wire [35:0] d = {1'b0, DI[31:24], 1'b0, DI[23:16], 1'b0, DI[15:8], 1'b0, DI[7:0]};

    block_ram_18k #(.WIDTH_A((BIT_WIDTH_0 < 8 ? BIT_WIDTH_0 : BIT_WIDTH_0 / 8 * 9)), .WIDTH_B((BIT_WIDTH_1 < 8 ? BIT_WIDTH_1 : BIT_WIDTH_1 / 8 * 9)), .INIT(INIT)) ram (
        .clk_a(CLKA), .enable_a(CEA), .clear_a(1'b0), .write_a(written), .address_a(ADA), .d_a(d), .q_a(),
        .clk_b(CLKB), .enable_b(CEB), .clear_b(RESETB), .write_b(4'd0), .address_b(ADB), .d_b(36'd0), .q_b(q));

    assign DO = {q[34:27], q[25:18], q[16:9], q[7:0]};
endmodule

module SDPX9B (
    output [35:0] DO,
    input  [35:0] DI,
    input  [2:0]  BLKSELA, BLKSELB,
    input  [13:0] ADA, ADB,
    input  CLKA, CLKB, CEA, CEB, OCE, RESETA, RESETB
);
    parameter READ_MODE = 1'b0;
    parameter integer BIT_WIDTH_0 = 36;
    parameter integer BIT_WIDTH_1 = 36;
    parameter BLK_SEL_0 = 3'b000;
    parameter BLK_SEL_1 = 3'b000;
    parameter RESET_MODE = "SYNC";
    parameter [287:0] INIT_RAM_00 = 0;
    parameter [287:0] INIT_RAM_01 = 0;
    parameter [287:0] INIT_RAM_02 = 0;
    parameter [287:0] INIT_RAM_03 = 0;
    parameter [287:0] INIT_RAM_04 = 0;
    parameter [287:0] INIT_RAM_05 = 0;
    parameter [287:0] INIT_RAM_06 = 0;
    parameter [287:0] INIT_RAM_07 = 0;
    parameter [287:0] INIT_RAM_08 = 0;
    parameter [287:0] INIT_RAM_09 = 0;
    parameter [287:0] INIT_RAM_0A = 0;
    parameter [287:0] INIT_RAM_0B = 0;
    parameter [287:0] INIT_RAM_0C = 0;
    parameter [287:0] INIT_RAM_0D = 0;
    parameter [287:0] INIT_RAM_0E = 0;
    parameter [287:0] INIT_RAM_0F = 0;
    parameter [287:0] INIT_RAM_10 = 0;
    parameter [287:0] INIT_RAM_11 = 0;
    parameter [287:0] INIT_RAM_12 = 0;
    parameter [287:0] INIT_RAM_13 = 0;
    parameter [287:0] INIT_RAM_14 = 0;
    parameter [287:0] INIT_RAM_15 = 0;
    parameter [287:0] INIT_RAM_16 = 0;
    parameter [287:0] INIT_RAM_17 = 0;
    parameter [287:0] INIT_RAM_18 = 0;
    parameter [287:0] INIT_RAM_19 = 0;
    parameter [287:0] INIT_RAM_1A = 0;
    parameter [287:0] INIT_RAM_1B = 0;
    parameter [287:0] INIT_RAM_1C = 0;
    parameter [287:0] INIT_RAM_1D = 0;
    parameter [287:0] INIT_RAM_1E = 0;
    parameter [287:0] INIT_RAM_1F = 0;
    parameter [287:0] INIT_RAM_20 = 0;
    parameter [287:0] INIT_RAM_21 = 0;
    parameter [287:0] INIT_RAM_22 = 0;
    parameter [287:0] INIT_RAM_23 = 0;
    parameter [287:0] INIT_RAM_24 = 0;
    parameter [287:0] INIT_RAM_25 = 0;
    parameter [287:0] INIT_RAM_26 = 0;
    parameter [287:0] INIT_RAM_27 = 0;
    parameter [287:0] INIT_RAM_28 = 0;
    parameter [287:0] INIT_RAM_29 = 0;
    parameter [287:0] INIT_RAM_2A = 0;
    parameter [287:0] INIT_RAM_2B = 0;
    parameter [287:0] INIT_RAM_2C = 0;
    parameter [287:0] INIT_RAM_2D = 0;
    parameter [287:0] INIT_RAM_2E = 0;
    parameter [287:0] INIT_RAM_2F = 0;
    parameter [287:0] INIT_RAM_30 = 0;
    parameter [287:0] INIT_RAM_31 = 0;
    parameter [287:0] INIT_RAM_32 = 0;
    parameter [287:0] INIT_RAM_33 = 0;
    parameter [287:0] INIT_RAM_34 = 0;
    parameter [287:0] INIT_RAM_35 = 0;
    parameter [287:0] INIT_RAM_36 = 0;
    parameter [287:0] INIT_RAM_37 = 0;
    parameter [287:0] INIT_RAM_38 = 0;
    parameter [287:0] INIT_RAM_39 = 0;
    parameter [287:0] INIT_RAM_3A = 0;
    parameter [287:0] INIT_RAM_3B = 0;
    parameter [287:0] INIT_RAM_3C = 0;
    parameter [287:0] INIT_RAM_3D = 0;
    parameter [287:0] INIT_RAM_3E = 0;
    parameter [287:0] INIT_RAM_3F = 0;

    initial
        if (READ_MODE != 1'b0) begin
            $display("%m: output registers are not modelled");
            $finish;
        end

    localparam [18431:0] CONTENT = {
        INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C,
        INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38,
        INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34,
        INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30,
        INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C,
        INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28,
        INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24,
        INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20,
        INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C,
        INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18,
        INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14,
        INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10,
        INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C,
        INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08,
        INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04,
        INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00};
    localparam [18431:0] INIT = CONTENT;

    wire [35:0] q;
    wire [3:0] written = {4{CEA}} & (BIT_WIDTH_0 >= 16 ? ADA[3:0] : 4'b0001);
    wire [35:0] d = DI;

    block_ram_18k #(.WIDTH_A(BIT_WIDTH_0), .WIDTH_B(BIT_WIDTH_1), .INIT(INIT)) ram (
        .clk_a(CLKA), .enable_a(CEA), .clear_a(1'b0), .write_a(written), .address_a(ADA), .d_a(d), .q_a(),
        .clk_b(CLKB), .enable_b(CEB), .clear_b(RESETB), .write_b(4'd0), .address_b(ADB), .d_b(36'd0), .q_b(q));

    assign DO = q;
endmodule
