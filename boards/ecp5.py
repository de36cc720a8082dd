"""What the boards with an ECP5 have in common.

Source: Lattice FPGA-DS-02012, "ECP5 and ECP5-5G Family"; FPGA-TN-02204, "ECP5 Memory Usage Guide".
"""

from .board import Budget

#: Rows and width of the block RAM, 18 kbit.
BRAM_SHAPES = ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))


def _budget(lut: int, bram: int, dsp: int) -> Budget:
    return Budget(lut=lut, ff=lut, bram=bram, bram_shapes=BRAM_SHAPES, spram=0, dsp=dsp, multiplier=(18, 18))


LFE5U_25F = _budget(lut=24_288, bram=56, dsp=28)
LFE5U_85F = _budget(lut=83_640, bram=208, dsp=156)
