"""Each sample is computed once, whoever asks."""

import threading

import numpy as np
import pytest

from sim.golden import forward, once
from tests.strategies import random_case

CASE = random_case(5, samples=4)


@pytest.fixture
def calls(monkeypatch):
    calls = []

    def counted(network, samples, **options):
        calls.append(samples.copy())
        return forward(network, samples, **options)

    monkeypatch.setattr(once, "forward", counted)
    return calls


def test_it_is_the_golden_model(calls):
    golden, expected = once.Once(CASE.network), forward(CASE.network, CASE.samples, keep_layers=True)
    for _ in range(2):
        for index, sample in enumerate(CASE.samples):
            outcome = golden(sample)
            assert outcome.scores == tuple(expected.scores[index]) and outcome.winner == expected.winner[index]
            assert outcome.rates == {layer.name: layer.output[:, index].mean() for layer in expected.layers[:-1]}
    assert len(calls) == len(CASE.samples)


def test_two_threads_share_a_run(calls, monkeypatch):
    inside, go = threading.Event(), threading.Event()
    slow = once.forward

    def waiting(*arguments, **options):
        inside.set()
        assert go.wait(10)
        return slow(*arguments, **options)

    monkeypatch.setattr(once, "forward", waiting)
    golden, runs = once.Once(CASE.network), []
    threads = [threading.Thread(target=lambda: runs.append(golden(CASE.samples[0]))) for _ in range(2)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    go.set()
    for thread in threads:
        thread.join()
    assert len(calls) == 1 and runs[0] is runs[1]


def test_what_fails_fails_for_all_who_ask():
    golden = once.Once(CASE.network)
    for _ in range(2):
        with pytest.raises(Exception, match="samples have shape"):
            golden(np.zeros((1, 1, 1), np.uint8))


def test_old_runs_are_forgotten(calls, monkeypatch):
    monkeypatch.setattr(once, "KEPT", 2)
    golden = once.Once(CASE.network)
    for index in (0, 1, 2, 0):
        golden(CASE.samples[index])
    assert len(calls) == 4


def test_one_value_makes_another_sample(calls):
    golden, other = once.Once(CASE.network), CASE.samples[0].copy()
    other[(-1,) * other.ndim] ^= True
    golden(CASE.samples[0])
    golden(other)
    assert len(calls) == 2
