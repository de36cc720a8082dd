"""The cocotb bench of an emitted board design: sends frames to its UART pin and writes down what comes back."""

import os
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, Timer
from cocotbext.uart import UartSink, UartSource

from hwgen.link.protocol import Decoder

OSCILLATOR_PS = 83_334
BAUD = 3_000_000


@cocotb.test()
async def board(dut):
    folder = Path(os.environ["BENCH_FOLDER"])
    rx, tx, oscillator = dut.uart_0__rx__io, dut.uart_0__tx__io, dut.clk12_0__io
    source, sink = UartSource(rx, baud=BAUD), UartSink(tx, baud=BAUD)
    Clock(oscillator, OSCILLATOR_PS, "ps", impl="gpi").start()
    await Timer(40, "us")  # the reset is over
    decoder, answers = Decoder(), []
    for request in (folder / "requests").read_text().split():
        sink.clear()
        await source.write(bytes.fromhex(request))
        for _ in range(40):
            await Timer(10, "us")
            if frames := decoder.feed(bytes(sink.read_nowait())):
                answers.extend(frames)
                break
    (folder / "answers").write_text("\n".join(frame.encode().hex() for frame in answers))
