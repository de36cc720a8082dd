"""One way to simulate: a clock, a watchdog, streams with stalls."""

import random

from amaranth.sim import Simulator


def simulate(component, *benches, background=(), limit=20_000):
    """Run the benches on the component to their end; fails if that takes ``limit`` cycles.

    Benches wait with `wait` and `until`: Amaranth's own ``repeat`` and ``until`` complain when they are left.
    """
    simulator = Simulator(component)
    simulator.add_clock(1e-6)
    for bench in benches:
        simulator.add_testbench(bench)
    for bench in background:
        simulator.add_testbench(bench, background=True)
    steps = 0
    while simulator.advance():
        steps += 1  # two a cycle
        assert steps < 2 * limit, f"the simulation has not ended after {limit} cycles"


async def wait(ctx, cycles):
    """Let cycles pass."""
    for _ in range(cycles):
        await ctx.tick()


async def until(ctx, condition, *values):
    """Let cycles pass to the first at whose end the condition holds; the values at that time."""
    done = False
    while not done:
        _, _, *sampled, done = await ctx.tick().sample(*values, condition)
    return sampled


def stalls(seed, share=0.5):
    """An endless source of booleans: whether to pause in this cycle."""
    source = random.Random(seed)
    while True:
        yield source.random() < share


def source(port, payloads, pauses):
    """A bench that offers the payloads to a stream, with pauses."""
    async def bench(ctx):
        for payload in payloads:
            while next(pauses):
                await ctx.tick()
            ctx.set(port.payload, payload)
            ctx.set(port.valid, 1)
            await until(ctx, port.ready)
            ctx.set(port.valid, 0)
    return bench


def sink(port, received, count, pauses):
    """A bench that takes ``count`` payloads from a stream, with pauses, and checks that the stream holds."""
    async def bench(ctx):
        offered = None
        while len(received) < count:
            ready = not next(pauses)
            ctx.set(port.ready, ready)
            _, _, valid, payload = await ctx.tick().sample(port.valid, port.payload)
            assert offered is None or (valid and payload == offered), "the stream did not hold its payload"
            offered = payload if valid and not ready else None
            if valid and ready:
                received.append(payload)
        ctx.set(port.ready, 0)
    return bench
