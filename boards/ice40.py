"""What the boards with an iCE40 have in common.

Source: Lattice FPGA-TN-02002, "Memory Usage Guide for iCE40 Devices"; FPGA-DS-02008, "iCE40 UltraPlus
Family"; FPGA-DS-02029, "iCE40 LP/HX Family".
"""

from .board import Budget
from .resources import spi_flash

#: Rows and width of the block RAM, 4 kbit.
BRAM_SHAPES = ((256, 16), (512, 8), (1024, 4), (2048, 2))

UP5K = Budget(lut=5280, ff=5280, bram=30, bram_shapes=BRAM_SHAPES, spram=4, dsp=8, multiplier=(16, 16))
HX8K = Budget(lut=7680, ff=7680, bram=32, bram_shapes=BRAM_SHAPES, spram=0, dsp=0, multiplier=(0, 0))

#: Where a weights image lies in the flash, in bytes: behind the bitstream (104,090 bytes) at a round place.
WEIGHTS_OFFSET = 0x100000


def up5k_flash():
    """The flash that the UP5K in its SG48 package configures itself from, as the resource ``spi_flash``
    (`spi_flash`); the pins are the device's."""
    return spi_flash(cs="16", clk="15", copi="14", cipo="17", IO_STANDARD="SB_LVCMOS")
