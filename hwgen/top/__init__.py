"""The board design: clock, reset, host link and core, and the pins that they use."""
