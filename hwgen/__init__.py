"""hwgen: from a trained spiking neural network to an FPGA design that computes the same integers."""

__version__ = "0.1.0"
