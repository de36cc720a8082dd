"""What the boards with a Gowin GW1N or GW2A have in common.

Source: Gowin DS117 (GW1NR), DS226 (GW2AR); UG285, "Memory"; UG287, "DSP".
"""

from .board import Budget
from .pll import GowinPll

#: Rows and width of the block RAM, 18 kbit.
BRAM_SHAPES = ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))

GW1NR_9 = Budget(lut=8640, ff=6480, bram=26, bram_shapes=BRAM_SHAPES, spram=0, dsp=20, multiplier=(18, 18))
GW2AR_18 = Budget(lut=20_736, ff=15_552, bram=46, bram_shapes=BRAM_SHAPES, spram=0, dsp=48,
                  multiplier=(18, 18))

#: For the speed grades C6/I5 and C8/I7.
GW1NR_9_PLL = GowinPll(device="GW1NR-9C", detector_hz=(3_000_000, 400_000_000),
                         vco_hz=(400_000_000, 1_200_000_000))
GW2AR_18_PLL = GowinPll(device="GW2AR-18C", detector_hz=(3_000_000, 500_000_000),
                          vco_hz=(500_000_000, 1_250_000_000))
