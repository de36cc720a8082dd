"""Benches on the emitted hardware: Verilator and Icarus through cocotb, compared with the golden model."""

from .verify import VerifyResult, verify

__all__ = ["VerifyResult", "verify"]
