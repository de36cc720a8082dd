// Pins of the ECP5 without registers. Yosys' own model compares with 1'bz, which Verilator does not take.
//
// Source: Lattice FPGA Libraries Reference Guide, IB and OBZ; Project Trellis, TRELLIS_IO.

`timescale 1ps / 1ps

module IB (
    input  I,
    output O
);
    assign O = I;
endmodule

module OBZ (
    input  I,
    input  T,
    output O
);
    assign O = T ? 1'bz : I;
endmodule

module TRELLIS_IO (
    inout  B,
    input  I,
    input  T,
    output O
);
    parameter DIR = "INPUT";

    generate
        if (DIR != "INPUT")
            assign B = T ? 1'bz : I;
    endgenerate

    assign O = B;
endmodule
