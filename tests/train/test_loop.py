"""The training loop: it learns, it resumes to the same weights, it stops on a loss that is no number."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from train.data import Split
from train.data.augment import flip_and_shift, jitter
from train.errors import TrainError
from train.loop import EpochEnd, Moment, Training, work
from train.models import SpikingNetwork
from train.recipe import Phase, Recipe
from train.team import Team


def training(tiny, digits, path=None, epochs=4, team=Team(), **recipe):
    recipe = Recipe(**{"batch": 40, "seed": 5, **recipe}).scaled(epochs)
    return Training(tiny(), recipe, digits[:200], digits[200:], state_path=path, team=team)


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


def test_both_phases_learn_and_report(tiny, digits):
    events = []
    training(tiny, digits, epochs=16, batch=20, augment=None).run(events.append)
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


def test_flip_and_shift_mirrors_half_and_shifts_each_by_its_own_amount():
    height, width, reach = 12, 10, 4
    image = torch.arange(1, 1 + 2 * height * width, dtype=torch.uint8).reshape(2, height, width)
    images = image.expand(200, -1, -1, -1)
    first, again = (flip_and_shift(images, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first, again) and first.shape == images.shape and first.dtype == torch.uint8
    seen = set()
    for image in first:
        middle = int(image[0, height // 2, width // 2])                 # each value of a channel is one place
        top, left = divmod(middle - 1, width)
        mirrored = bool(image[0, height // 2, width // 2 - 1] > middle)
        source = images[0].flip(2) if mirrored else images[0]
        down, right = height // 2 - top, width // 2 - (width - 1 - left if mirrored else left)
        seen.add((down, right, mirrored))
        expected = torch.zeros(2, height + 2 * reach, width + 2 * reach, dtype=torch.uint8)
        expected[:, reach + down:reach + down + height, reach + right:reach + right + width] = source
        assert torch.equal(image, expected[:, reach:reach + height, reach:reach + width])
    downs, rights, flips = (set(values) for values in zip(*seen))
    assert downs == rights == set(range(-reach, reach + 1)) and flips == {False, True}


@pytest.mark.parametrize("kill_in_epoch", [2, 4])
def test_timesteps_grow_from_phase_to_phase(tiny, digits, tmp_path, kill_in_epoch):
    """A phase of one timestep, one of all, one on integers: each runs what it says, and a killed run resumes."""
    phases = (Phase(name="short", epochs=2, rate=4e-3, last_rate=2e-3, timesteps=1),
              Phase(name="float", epochs=1, rate=2e-3),
              Phase(name="quantised", epochs=2, rate=1e-3, quantised=True))
    seen = {}

    def watch(event):
        if isinstance(event, Moment):
            event.model.eval()
            with torch.no_grad():
                seen[event.epoch] = event.phase, event.model.timesteps, len(event.model(tensor)[0].output)
            event.model.train()

    tensor = torch.from_numpy(digits.samples[:2])
    whole = training(tiny, digits, epochs=5, phases=phases)
    finished = weights(whole.run(watch))
    assert seen == {1: ("short", 1, 1), 2: ("short", 1, 1), 3: ("float", 3, 3),
                    4: ("quantised", 3, 3), 5: ("quantised", 3, 3)}

    def kill(event):
        if isinstance(event, Moment) and event.epoch == kill_in_epoch:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training(tiny, digits, tmp_path / "state", epochs=5, phases=phases).run(kill)
    resumed = training(tiny, digits, tmp_path / "state", epochs=5, phases=phases)
    resumed.resume()
    assert resumed.model.timesteps == (1 if kill_in_epoch == 2 else 3)
    assert_same(finished, weights(resumed.run()))
    assert resumed.float_model.timesteps == 3                           # as its accuracy is told


def test_the_rate_falls_along_a_cosine_to_the_last_rate(tiny, digits):
    phases = (Phase(name="float", epochs=2, rate=4e-3, last_rate=2e-3),
              Phase(name="quantised", epochs=1, rate=1e-3, quantised=True))
    run, rates = training(tiny, digits, epochs=3, phases=phases), []

    def watch(event):
        if isinstance(event, Moment):
            rates.append(tuple(group["lr"] for group in run.optimizer.param_groups))

    run.run(watch)
    expected = [2e-3 + 2e-3 * (1 + np.cos(np.pi * step / 10)) / 2 for step in range(10)] \
        + [1e-3 * (1 + np.cos(np.pi * step / 5)) / 2 for step in range(5)]
    assert [rate for rate, _ in rates] == pytest.approx(expected)
    assert [decay for _, decay in rates] == pytest.approx([4 * rate for rate in expected])


@pytest.mark.parametrize("epochs, shares", [(31, [18, 5, 8]), (3, [1, 1, 1]), (4, [2, 1, 1]), (62, [36, 10, 16])])
def test_a_recipe_is_scaled_to_any_number_of_epochs(epochs, shares):
    recipe = Recipe(phases=tuple(Phase(name=name, epochs=n, rate=1e-3) for name, n in
                                 (("a", 18), ("b", 5), ("c", 8))))
    scaled = recipe.scaled(epochs)
    assert [phase.epochs for phase in scaled.phases] == shares and scaled.epochs == epochs
    assert replace(scaled, phases=recipe.phases) == recipe
    assert [recipe.phase_at(epoch)[0].name for epoch in (0, 17, 18, 22, 23, 30)] == list("aabbcc")
    assert recipe.phase_at(20)[1] == 2
    with pytest.raises(TrainError, match="2 epochs are too few for 3 phases"):
        recipe.scaled(2)


def test_an_epoch_of_a_share_takes_other_samples_each_time(tiny, digits, monkeypatch):
    phases = (Phase(name="float", epochs=3, rate=1e-3, share=0.3),
              Phase(name="quantised", epochs=1, rate=1e-3, quantised=True))
    run, seen = training(tiny, digits, epochs=4, phases=phases, augment=None), []
    monkeypatch.setattr(run, "_step", lambda samples, labels, phase: seen.append(samples) or (1.0, 0))
    run.run()
    sizes = [len(samples) for samples in seen]
    assert sizes == [40, 20] * 3 + [40] * 5
    first, second = ({sample.numpy().tobytes() for samples in seen[i:i + 2] for sample in samples} for i in (0, 2))
    assert first != second and len(first & second) < 40
