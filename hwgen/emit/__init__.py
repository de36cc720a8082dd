"""From Amaranth to a bitstream: Verilog, synthesis, place and route, packing, and the report."""
