"""What lies between a sensor and the line, and what is kept of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwgen.demo.picture import Picture
from hwgen.demo.pool import Pool
from hwgen.demo.recorder import Recorder
from hwgen.demo.session import Answer
from hwgen.demo.source import Chunk, Recording, Samples
from hwgen.errors import HwgenError
from hwgen.models import Model
from sim.golden.events import bin_events
from train.data.binning import Area
from train.data.recordings import Events, read_recording, write_arrays


def events(rows, width=20, height=20):
    t, x, y, p = np.array(rows, np.int64).reshape(-1, 4).T
    return Events(t, x.astype(np.int32), y.astype(np.int32), p.astype(np.uint8), width, height)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 19), st.integers(0, 19), st.integers(0, 1)), max_size=80),
       st.sampled_from([1, 2]), st.integers(0, 2), st.integers(-3, 5), st.lists(st.integers(0, 80), max_size=4))
def test_the_pool_leaves_out_what_changes_nothing(rows, channels, shift, x, cuts):
    rows = sorted(rows)
    area = Area(shape=(channels, 4, 5), x=x, y=2, shift=shift)
    pool, taken = Pool(area, 10), []
    for piece in np.split(np.array(rows, np.int64).reshape(-1, 4), sorted(min(cut, len(rows)) for cut in cuts)):
        taken.append(pool.take(events(piece)))
    taken = np.concatenate(taken)
    whole = [(x, y, p, t) for t, x, y, p in rows] + [(0, 0, -1, 10_000)]
    options = dict(shape=(channels, 4, 5), timesteps=3)
    expected = bin_events(np.array(whole), bin_ticks=10, x=x, y=2, shift=shift, **options)
    pooled = bin_events(np.vstack([taken, [0, 0, -1, 1000]]), bin_ticks=1, **options)
    np.testing.assert_array_equal(pooled.windows, expected.windows)
    np.testing.assert_array_equal(pooled.maps, expected.maps)
    assert pooled.counts.merged == pooled.counts.outside == pooled.counts.untimely == 0
    assert (pool.merged, pool.outside) == (expected.counts.merged, expected.counts.outside)


def test_the_picture_shows_the_last_moments():
    picture = Picture(300, 130)
    assert (picture.width, picture.height) == (75, 33)
    picture.add(events([(5, 299, 129, 1), (6, 0, 0, 0)], 300, 130), 1000)
    first = np.frombuffer(picture.render(), np.uint8).reshape(33, 75)
    assert first[32, 74] > 190 and first[0, 0] < 65 and (first[1:-1] == 128).all()
    picture.add(events([]), 300_000)
    assert abs(np.frombuffer(picture.render(), np.uint8).astype(int) - 128).max() < 3


def test_what_is_recorded_can_be_read_and_trained_on(tmp_path):
    recorder, path = Recorder(), tmp_path / "wave" / "001.npz"
    recorder(Chunk(events([(5, 1, 2, 1)]), 10))
    recorder(Chunk(events([]), 20))
    recorder(Answer(number=0, time_s=0.00002, scores=(3, 4), winner=1, label=None, equal=True))
    recorder(Chunk(events([(25, 3, 4, 0)]), 30))
    path.parent.mkdir()
    recorder.write(path)
    found = read_recording(path)
    assert (found.t.tolist(), found.x.tolist(), found.y.tolist(), found.p.tolist()) == ([5, 25], [1, 3], [2, 4], [1, 0])
    assert (found.width, found.height, len(recorder)) == (20, 20, 2)
    with np.load(path) as file:
        assert file["answer_us"].tolist() == [20] and file["answer"].tolist() == [1]
        assert file["scores"].tolist() == [[3, 4]]
    assert [entry.name for entry in path.parent.iterdir()] == ["001.npz"]


def test_a_recording_begins_with_its_first_event(tmp_path):
    path = tmp_path / "some.npz"
    write_arrays(path, events([(1_000_000, 1, 2, 1), (1_015_000, 3, 4, 0)]))
    source = Recording(path)
    chunks = list(source.chunks())
    assert [(chunk.end_us, chunk.events.t.tolist()) for chunk in chunks] == [(10_000, [0]), (15_001, [15_000])]
    assert (source.name, source.width, source.live, source.synthetic) == ("some.npz", 20, False, False)
    write_arrays(path, events([]))
    with pytest.raises(HwgenError, match="some.npz' has no events; give another recording"):
        Recording(path)


def test_shipped_inputs_come_back_as_they_were(tmp_path, model):
    maps = (np.random.default_rng(1).random((3, 4, 2, 32, 32)) < 0.05).astype(np.uint8)
    np.savez(tmp_path / "small.npz", samples=maps, labels=np.array([2, 0, 1]))
    source = Samples(Model(Path(tmp_path / "small.pt"), model.network, ""), 50_000)
    pool, rows = Pool(Area(shape=(2, 32, 32)), 50_000), []
    for chunk in source.chunks():
        rows.append(pool.take(chunk.events))
        assert chunk.label == [2, 0, 1][(chunk.end_us - 1) // 200_000 % 3]
        if chunk.end_us == 800_000:
            break
    binned = bin_events(np.vstack([*rows, [0, 0, -1, 16]]), shape=(2, 32, 32), timesteps=4, bin_ticks=1)
    np.testing.assert_array_equal(binned.maps, maps[[0, 1, 2, 0]])
    with pytest.raises(HwgenError, match="no inputs are shipped"):
        Samples(replace(model, path=tmp_path / "none.pt"), 50_000)
