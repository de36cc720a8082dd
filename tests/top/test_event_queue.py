"""The queue of events: words of good frames in order, those of bad ones never, and what finds no room is counted."""

import random
from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.top.event_queue import WORDS, EventQueue
from tests.simulation import simulate, sink, stalls, wait


def rtl_queue(frames, *, share, seed):
    """``frames``: numbers of words, and whether they are good. Returns the words sent in good frames and accepted,
    the words that came out, accepted words a frame, and the counter of refused ones."""
    dut, expected, received, accepted = EventQueue(), [], [], []
    rng = random.Random(seed)
    counted = []

    async def send(ctx):
        for count, good in frames:
            words = [rng.getrandbits(32) for _ in range(count)]
            data = b"".join(word.to_bytes(4, "little") for word in words)
            if not good:
                data = data[:rng.randint(0, len(data))]
            for byte in data:
                ctx.set(dut.write, 1)
                ctx.set(dut.byte, byte)
                await ctx.tick()
                ctx.set(dut.write, 0)
                await wait(ctx, rng.random() < 0.2)
            accepted.append(ctx.get(dut.accepted))
            ctx.set(dut.finish, 1)
            ctx.set(dut.good, good)
            await ctx.tick()
            ctx.set(dut.finish, 0)
            if good:
                expected.extend(words[:accepted[-1]])
        for _ in range(30 * WORDS):
            await ctx.tick()
        counted.append((ctx.get(dut.refused), ctx.get(dut.empty)))

    simulate(dut, send, background=[sink(dut.o, received, 10**6, stalls(seed, share))], limit=60_000)
    return expected, received, accepted, counted[0]


@given(st.lists(st.tuples(st.integers(1, 127), st.booleans() | st.just(True)), min_size=1, max_size=5),
       st.sampled_from([0.0, 0.5, 0.9]), st.integers(0, 999))
@settings(deadline=None, max_examples=15)
def test_words_of_good_frames_leave_in_order(frames, share, seed):
    expected, received, accepted, (refused, empty) = rtl_queue(frames, share=share, seed=seed)
    assert received == expected and empty
    sent = [count for count, good in frames if good]
    kept = [count for count, (_, good) in zip(accepted, frames) if good]
    assert all(few <= many for few, many in zip(kept, sent))
    assert refused >= sum(sent) - sum(kept)
    if all(good for _, good in frames):
        assert refused == sum(sent) - sum(kept)


def test_a_full_queue_refuses_counts_and_recovers():
    dut, seen, received = EventQueue(), [], []
    words = deque(range(1000))

    async def frame(ctx, count, good=1):
        for _ in range(count):
            for byte in words.popleft().to_bytes(4, "little"):
                ctx.set(dut.byte, byte)
                ctx.set(dut.write, 1)
                await ctx.tick()
        ctx.set(dut.write, 0)
        accepted = ctx.get(dut.accepted)
        ctx.set(dut.finish, 1)
        ctx.set(dut.good, good)
        await ctx.tick()
        ctx.set(dut.finish, 0)
        await ctx.tick()
        seen.append((accepted, ctx.get(dut.refused)))

    async def bench(ctx):
        await frame(ctx, 100)               # 0 to 99
        await frame(ctx, 20, good=0)        # never existed
        await frame(ctx, 40)                # 120 to 147 find room, 12 do not
        await frame(ctx, 5)                 # none does
        await sink(dut.o, received, 3, stalls(1))(ctx)
        await frame(ctx, 5)                 # 165 to 167
        await sink(dut.o, received, 131, stalls(2))(ctx)

    simulate(dut, bench)
    assert seen == [(100, 0), (20, 0), (28, 12), (0, 17), (3, 19)]
    assert received == [*range(100), *range(120, 148), 165, 166, 167]
