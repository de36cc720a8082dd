"""A step on a GPU, launched kernel by kernel or replayed at once, is the same step."""

import pytest
import torch

from train.architecture import to_plain
from train.files import save
from train.loop import Training
from train.models import SpikingNetwork
from train.optimise import OPTIMIZERS
from train.recipe import Phase, Recipe
from train.replay import WARM, Replay
from train.state import VERSION
from train.teacher import Teacher
from train.team import Team

on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
PHASES = (Phase(name="graded", epochs=2, rate=4e-3, graded=True), Phase(name="float", epochs=2, rate=4e-3),
          Phase(name="quantised", epochs=1, rate=1e-3, quantised=True))


def training(tiny, digits, path=None, teacher=None, **recipe):
    recipe = Recipe(**{"batch": 40, "seed": 5, "phases": PHASES, **recipe})
    return Training(tiny(), recipe, digits[:210], digits[210:], path, 600.0, Team(device="cuda"), teacher=teacher)


@on_gpu
@pytest.mark.parametrize("options", [*({"optimizer": name} for name in OPTIMIZERS),
                                     {"optimizer": "muon", "half": True, "accumulate": 3}], ids=str)
def test_replayed_steps_are_the_launched_ones(tiny, digits, monkeypatch, options):
    """Two epochs a phase, the last batch of each of another size."""
    torch.backends.cudnn.deterministic = True
    losses = {}
    for warm in (WARM, 10**6):                                          # the latter never records
        monkeypatch.setattr("train.replay.WARM", warm)
        run, seen = training(tiny, digits, **options), []
        run.run(lambda event: seen.append(event.moment.loss if hasattr(event, "moment") else event.loss))
        losses[warm] = seen
    assert losses[WARM] == pytest.approx(losses[10**6], rel=0.02)
    assert losses[WARM][-1] < losses[WARM][0]


@on_gpu
@pytest.mark.parametrize("graded", [False, True])
def test_a_teacher_s_answers_are_replayed_as_well(tiny, digits, tmp_path, monkeypatch, graded):
    model = SpikingNetwork(tiny())
    save({"version": VERSION, "float_model": model.state_dict(), "architecture": to_plain(model.architecture),
          "graded": graded}, tmp_path / "float.pt")
    losses = {}
    for warm in (WARM, 10**6):
        monkeypatch.setattr("train.replay.WARM", warm)
        run, seen = training(tiny, digits, teacher=Teacher(tmp_path / "float.pt", (1, 28, 28), 10, "cuda"),
                             optimizer="muon", half=True), []
        run.run(lambda event: seen.append(event.loss) if hasattr(event, "loss") else None)
        losses[warm] = seen
    assert losses[WARM] == pytest.approx(losses[10**6], rel=0.05)


@on_gpu
def test_a_run_on_a_gpu_goes_on_as_if_it_had_not_stopped(tiny, digits, tmp_path):
    class Stop(Exception):
        pass

    def stop(event):
        if hasattr(event, "moment") and event.moment.epoch == 3:
            raise Stop

    with pytest.raises(Stop):
        training(tiny, digits, tmp_path / "state").run(stop)
    resumed = training(tiny, digits, tmp_path / "state")
    resumed.resume()
    assert resumed.epoch == 2
    losses = []
    resumed.run(lambda event: losses.append(event.moment.loss) if hasattr(event, "moment") else None)
    assert len(losses) == 3


def test_only_full_batches_are_replayed():
    calls = []
    replay = Replay(lambda samples, targets: calls.append(len(samples)), batch=4)
    replay(torch.zeros(3, 1), torch.zeros(3))
    assert calls == [3] and replay._warm == 0


def test_each_batch_is_one_step_and_is_the_one_replayed(monkeypatch):
    """Without a GPU: in place of a graph what was recorded is called again, on what lies in its inputs then."""
    class Graph:
        def __init__(self, run, found):
            self.run, self.found = run, found

        def replay(self):
            self.found.copy_(self.run())

    class Adding:
        def __init__(self):
            self.seen, self.optimizer, self.forgotten = [], self, 0

        def zero_grad(self):
            self.forgotten += 1

        def __call__(self, samples, targets):
            self.seen.append(samples.tolist())
            return (samples + targets).sum()

    def record(run):
        found = torch.zeros(())
        return Graph(run, found), found

    monkeypatch.setattr("train.replay.beside", lambda run: run())
    monkeypatch.setattr("train.replay.recorded", record)
    step = Adding()
    replay = Replay(step, batch=2)
    for number, size in enumerate([2] * (WARM + 2) + [1, 2]):
        found = replay(torch.full((size,), float(number)), torch.ones(size))
        assert found == size * (number + 1)
    assert step.seen == [[float(number)] * size for number, size in enumerate([2] * (WARM + 2) + [1, 2])]
    assert step.forgotten == 1                                          # before the recording
