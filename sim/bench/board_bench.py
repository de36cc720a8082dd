"""The cocotb bench of a whole board design: sends bytes to its UART pin and writes down what comes back.

It runs inside the simulator and judges nothing; `sim.bench.board_check` compares.
"""

import json
import os
import random
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import Timer
from cocotbext.uart import UartSink, UartSource

from hwgen.link.protocol import Decoder
from sim.bench.powerup import randomise

#: How often the bench looks for an answer.
LOOK_US = 5


@cocotb.test()
async def board(dut):
    folder = Path(os.environ["BENCH_FOLDER"])
    job = json.loads((folder / "job.json").read_text())
    rx, tx = dut[job["rx"]], dut[job["tx"]]
    source, sink = UartSource(rx, baud=job["baud"]), UartSink(tx, baud=job["baud"])
    Clock(dut[job["oscillator"]], round(1e12 / job["oscillator_hz"] / 2) * 2, "ps", impl="gpi").start()
    await Timer(1, "ns")
    randomise(dut, job["scratch"], random.Random(job["seed"]))
    await Timer(job["reset_us"], "us")
    decoder, answers = Decoder(), []
    for exchange in job["exchanges"]:
        await source.write(bytes.fromhex(exchange["send"]))
        frames, waited = [], 0
        while len(frames) < exchange["answers"] and waited < exchange["wait_us"]:
            await Timer(LOOK_US, "us")
            waited += LOOK_US
            if sink.count():
                frames += decoder.feed(bytes(sink.read_nowait()))
        answers.append([frame.encode().hex() for frame in frames])
    (folder / "answers.json").write_text(json.dumps(answers))
