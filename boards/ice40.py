"""What all iCE40 have in common.

Source: Lattice FPGA-TN-02002, "Memory Usage Guide for iCE40 Devices"; FPGA-DS-02008, "iCE40 UltraPlus".
"""

from .board import Budget

#: Rows and width of the block RAM, 4 kbit.
BRAM_SHAPES = ((256, 16), (512, 8), (1024, 4), (2048, 2))
#: Factors of the multiplier (UltraPlus only).
MULTIPLIER = (16, 16)

UP5K = Budget(lut=5280, ff=5280, bram=30, bram_shapes=BRAM_SHAPES, spram=4, dsp=8, multiplier=MULTIPLIER)
HX8K = Budget(lut=7680, ff=7680, bram=32, bram_shapes=BRAM_SHAPES, spram=0, dsp=0, multiplier=(0, 0))
