"""The training loop: it learns, it resumes to the same weights, it stops on a loss that is no number."""

import numpy as np
import pytest
import torch

from train.data import Split
from train.data.augment import jitter
from train.errors import TrainError
from train.loop import EpochEnd, Moment, Recipe, Training, work
from train.models import SpikingNetwork


def training(tiny, digits, path=None, **recipe):
    recipe = {"epochs": 4, "batch": 40, "seed": 5, **recipe}
    return Training(tiny(), Recipe(**recipe), digits[:200], digits[200:], state_path=path)


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


def test_both_phases_learn_and_report(tiny, digits):
    events = []
    training(tiny, digits, epochs=16, batch=20, augment=False).run(events.append)
    ends = [event for event in events if isinstance(event, EpochEnd)]
    assert [end.moment.phase for end in ends] == ["float"] * 8 + ["quantised"] * 8
    assert len(events) - len(ends) == 16 * 10 and events[0].step == 1 and events[0].steps == 10
    assert ends[7].moment.loss < 0.5 * ends[0].moment.loss
    assert ends[15].moment.loss < 0.9 * ends[7].moment.loss
    assert ends[15].validation > 0.7


def test_same_seed_same_weights_other_seed_others(tiny, digits):
    first, again = (weights(training(tiny, digits).run()) for _ in range(2))
    assert_same(first, again)
    other = weights(training(tiny, digits, seed=6).run())
    assert not torch.equal(first["layers.0.weight"], other["layers.0.weight"])


@pytest.mark.parametrize("kill_in_epoch", [2, 3, 4])
def test_a_killed_run_resumes_to_the_same_weights(tiny, digits, tmp_path, kill_in_epoch):
    """Killed in the middle of an epoch: in floating point, at the change of phase, on integers."""
    whole = weights(training(tiny, digits).run())

    def kill(event):
        if isinstance(event, Moment) and (event.epoch, event.step) == (kill_in_epoch, 3):
            raise KeyboardInterrupt

    path = tmp_path / "net.pt.state"
    with pytest.raises(KeyboardInterrupt):
        training(tiny, digits, path).run(kill)
    resumed = training(tiny, digits, path)
    resumed.resume()
    assert resumed.epoch == kill_in_epoch - 1
    assert_same(whole, weights(resumed.run()))
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_resume_refuses_what_is_not_its_own_state(tiny, digits, tmp_path):
    path = tmp_path / "net.pt.state"
    with pytest.raises(TrainError, match="there is no .*to resume"):
        training(tiny, digits, path).resume()
    training(tiny, digits, path, epochs=2).run()
    with pytest.raises(TrainError, match="other options or data"):
        training(tiny, digits, path, epochs=2, seed=9).resume()
    changed = Split(255 - digits.samples, digits.labels)
    with pytest.raises(TrainError, match="other options or data"):
        training(tiny, changed, path, epochs=2).resume()
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(TrainError, match="is damaged"):
        training(tiny, digits, path, epochs=2).resume()


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_loss_that_is_no_number_stops_with_one_line(tiny, digits, tmp_path, epoch):
    def poison(event):
        if isinstance(event, Moment) and (event.epoch, event.step) == (epoch, 2):
            with torch.no_grad():
                event.model.layers[-1].weight.fill_(float("nan"))

    with pytest.raises(TrainError, match=f"epoch {epoch}") as raised:
        training(tiny, digits).run(poison)
    assert "\n" not in str(raised.value) and "--seed" in str(raised.value)


def test_work_counts_the_weights_that_spikes_fetch(tiny, digits):
    model = SpikingNetwork(tiny()).quantised()
    with torch.no_grad():
        runs = model(torch.from_numpy(digits.samples[:16]))
    fetched = most = 0
    for run, fan_out in ((runs[0], 8 * 9 / 4), (runs[1], 10 * 9)):
        any_spike = torch.stack(run.spikes).any(dim=0)
        fetched += int(any_spike.sum()) / 16 * fan_out
        most += any_spike[0].numel() * fan_out
    assert float(work(runs[:-1], model)) == pytest.approx(fetched / most, rel=1e-5)


def test_jitter_moves_a_little_and_repeats_with_its_seed(digits):
    images = torch.from_numpy(digits.samples[:50])
    first, again = (jitter(images, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first, again) and first.shape == images.shape and first.dtype == torch.uint8
    still = jitter(images, torch.Generator(), degrees=0, scale=0, shear=0, shift=0)
    assert torch.equal(still, images)
    assert not torch.equal(first, images)
    ink = first.float().sum(dim=(1, 2, 3)) / images.float().sum(dim=(1, 2, 3))
    assert np.all((0.6 < ink.numpy()) & (ink.numpy() < 1.6))
