"""The training loop: it learns, it resumes to the same weights, it stops on a loss that is no number."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from train.data import Split
from train.data.augment import flip_and_shift, jitter
from train.errors import TrainError
from train.loop import EpochEnd, Moment, Training
from train.losses import LOSSES
from train.models import SpikingNetwork
from train.optimise import MUON_RATE, OPTIMIZERS
from train.quantise import QuantLayer
from train.recipe import Phase, Recipe
from train.state import read_weights
from train.step import Step
from train.team import Team
from train.work import work


def training(tiny, digits, path=None, epochs=4, team=Team(), save_seconds=600.0, weights=None, **recipe):
    recipe = Recipe(**{"batch": 40, "seed": 5, **recipe}).with_epochs(epochs)
    return Training(tiny(), recipe, digits[:200], digits[200:], path, save_seconds, team, weights)


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
@pytest.mark.parametrize("save_seconds, steps", [(600.0, 0), (0.0, 2)])
def test_a_killed_run_resumes_to_the_same_weights(tiny, digits, tmp_path, kill_in_epoch, save_seconds, steps):
    """Killed in the middle of an epoch: in floating point, at the change of phase, on integers; from the last epoch's
    state and from the last step's."""
    whole, ends, ends_resumed = training(tiny, digits), [], []
    whole = weights(whole.run(ends.append))

    def kill(event):
        if isinstance(event, Moment) and (event.epoch, event.step) == (kill_in_epoch, 3):
            raise KeyboardInterrupt

    path = tmp_path / "net.pt.state"
    with pytest.raises(KeyboardInterrupt):
        training(tiny, digits, path, save_seconds=save_seconds).run(kill)
    resumed = training(tiny, digits, path)
    resumed.resume()
    assert (resumed.epoch, resumed.step) == (kill_in_epoch - 1, steps)
    assert_same(whole, weights(resumed.run(ends_resumed.append)))
    for first, again in zip(ends[-2:], ends_resumed[-2:]):              # means over the whole epoch, and what it led to
        if isinstance(first, EpochEnd):
            first, again = first.moment, again.moment
        assert (first.epoch, first.step, first.loss, first.correct) == \
            (again.epoch, again.step, again.loss, again.correct)
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
    torch.save({**torch.load(path), "version": 99}, path)
    with pytest.raises(TrainError, match="has version 99, this program reads 3"):
        training(tiny, digits, path, epochs=2).resume()
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(TrainError, match="is damaged"):
        training(tiny, digits, path, epochs=2).resume()


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_loss_that_is_no_number_stops_with_one_line(tiny, digits, tmp_path, epoch):
    def poison(event):
        if isinstance(event, Moment) and (event.epoch, event.step) == (epoch, 2):
            with torch.no_grad():
                event.model.layers[-1].weight.fill_(float("nan"))

    run = training(tiny, digits, tmp_path / "net.pt.state", save_seconds=0.0)
    with pytest.raises(TrainError, match=f"epoch {epoch}, step 3") as raised:
        run.run(poison)
    assert "\n" not in str(raised.value) and "--seed" in str(raised.value)


def test_a_state_holds_no_step_that_was_no_number(tiny, digits, tmp_path, monkeypatch):
    run = training(tiny, digits, tmp_path / "net.pt.state", save_seconds=0.0, loss="broken")
    calls = []

    def broken(scores, targets):
        calls.append(0)
        return scores[-1].sum() * (float("inf") if len(calls) == 4 else 1e-3)

    monkeypatch.setitem(LOSSES, "broken", broken)
    with pytest.raises(TrainError, match="epoch 1, step 4; .*last good state"):
        run.run()
    state = torch.load(tmp_path / "net.pt.state")
    assert state["step"] == 3 and all(value.isfinite().all() for value in state["model"].values())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_optimiser_learns_and_resumes(tiny, digits, tmp_path, optimizer):
    options = dict(optimizer=optimizer, weight_decay=1e-4, schedule="linear", epochs=2)
    whole = training(tiny, digits, **options)
    start, end = weights(whole.model), weights(whole.run())

    def kill(event):
        if isinstance(event, Moment) and (event.epoch, event.step) == (2, 3):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training(tiny, digits, tmp_path / "state", save_seconds=0.0, **options).run(kill)
    resumed = training(tiny, digits, tmp_path / "state", **options)
    resumed.resume()
    assert_same(end, weights(resumed.run()))
    assert not torch.equal(start["layers.0.weight"], end["layers.0.weight"])


def test_accumulated_parts_are_the_gradient_of_the_batch(tiny, digits):
    """On integers, where samples do not meet in batch norm: one step on four quarters is one on the whole."""
    recipe = Recipe(batch=200, seed=5, augment=None).with_epochs(2).quantised()
    steps = []
    for accumulate in (1, 4, 3):
        run = Training(tiny(), replace(recipe, accumulate=accumulate), digits[:200], digits[200:])
        phase = replace(recipe.phases[0], work_penalty=0.3)
        step = Step(run.model, run.optimizer, run.recipe, phase, run.team)
        found = step(*run.batches.get(phase, 0, 0))
        steps.append((found.tolist(), [
            parameter.grad.clone() for parameter in run.model.parameters() if parameter.grad is not None]))
    for (loss, total, norm, hits), gradients in steps[1:]:
        assert [loss, total, norm] == pytest.approx(steps[0][0][:3], rel=1e-4) and hits == steps[0][0][3]
        assert total > loss
        for one, other in zip(steps[0][1], gradients):
            assert torch.allclose(one, other, rtol=1e-3, atol=1e-6)


def test_a_quantised_run_starts_from_a_float_one(tiny, digits, tmp_path):
    path = tmp_path / "net.pt.state"
    phases = Recipe().phases[:1] + (replace(Recipe().phases[1], epochs=1),)
    first = training(tiny, digits, path, epochs=3, phases=phases)

    def stop(event):
        if isinstance(event, EpochEnd) and event.moment.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        first.run(stop)
    found = read_weights(path)                                          # after epoch 1, still in floating point
    tuned = Training(tiny(), Recipe(batch=40).with_epochs(2).quantised(), digits[:200], digits[200:], weights=found)
    assert_same(found, weights(tuned.float_model))
    assert tuned.model is not tuned.float_model
    with pytest.raises(TrainError, match="belong to another network"):
        training(tiny, digits, weights={**found, "more": found["layers.0.weight"]})


def test_a_network_is_folded_after_its_last_float_epoch_where_integers_have_none(tiny, digits, tmp_path):
    path, events = tmp_path / "net.pt.state", []
    recipe = Recipe(batch=40, seed=5).with_epochs(1, 0)
    run = Training(tiny(), recipe, digits[:200], digits[200:], path)
    model = run.run(events.append)
    assert [event.moment.phase for event in events if isinstance(event, EpochEnd)] == ["float"]
    assert all(isinstance(layer, QuantLayer) for layer in model.layers)
    resumed = Training(tiny(), recipe, digits[:200], digits[200:], path)        # killed before it was written
    resumed.resume()
    assert_same(weights(resumed.run()), weights(model))
    longer = Training(tiny(), replace(recipe, phases=(recipe.phases[0], replace(recipe.phases[1], epochs=1, rate=0.0))),
                      digits[:200], digits[200:])
    assert_same(weights(longer.run()), weights(model))                  # a rate of 0 trains nothing either


def test_work_counts_the_weights_that_spikes_fetch(tiny, digits):
    model = SpikingNetwork(tiny()).quantised()
    with torch.no_grad():
        runs = model(torch.from_numpy(digits.samples[:16]))
    fetched = most = 0
    for run, fan_out in ((runs[0], 8 * 9 / 4), (runs[1], 10 * 9)):
        any_spike = run.spikes.any(dim=0)
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
    for group, factor in enumerate((1, 1, 4)):                          # weights, all else, alpha and beta
        assert [rate[group] for rate in rates] == pytest.approx([factor * rate for rate in expected])


def test_muon_trains_the_weights_and_adam_all_else_each_at_its_own_rate(tiny, digits):
    run = training(tiny, digits, epochs=2, optimizer="muon")
    muon, adam = run.optimizer.each
    run.optimizer.set_rate(0.001)
    assert all(weight.ndim == 4 for group in muon.param_groups for weight in group["params"])
    assert not any(other.ndim == 4 for group in adam.param_groups for other in group["params"])
    assert [group["lr"] for group in muon.param_groups] == pytest.approx([0.001 * MUON_RATE])
    assert [group["lr"] for group in adam.param_groups] == pytest.approx([0.001, 0.004])
    found = {id(one) for optimizer in run.optimizer.each for group in optimizer.param_groups for one in group["params"]}
    assert found == {id(one) for one in run.model.parameters() if one.requires_grad}


@pytest.mark.parametrize("epochs, shares", [(31, [18, 5, 8]), (3, [1, 1, 1]), (4, [2, 1, 1]), (62, [36, 10, 16])])
def test_a_recipe_is_scaled_to_any_number_of_epochs(epochs, shares):
    recipe = Recipe(phases=tuple(Phase(name=name, epochs=n, rate=1e-3) for name, n in
                                 (("a", 18), ("b", 5), ("c", 8))))
    scaled = recipe.with_epochs(epochs)
    assert [phase.epochs for phase in scaled.phases] == shares and scaled.epochs == epochs
    assert replace(scaled, phases=recipe.phases) == recipe
    assert [recipe.phase_at(epoch)[0].name for epoch in (0, 17, 18, 22, 23, 30)] == list("aabbcc")
    assert recipe.phase_at(20)[1] == 2
    with pytest.raises(TrainError, match="2 epochs are too few for 3 phases"):
        recipe.with_epochs(2)
    assert [phase.epochs for phase in recipe.with_epochs(5, 1, 2).phases] == [5, 1, 2]
    assert [(phase.name, phase.epochs) for phase in recipe.with_epochs(0, 1, 2).phases] == \
        [(phase.name, epochs) for phase, epochs in zip(recipe.phases[1:], (1, 2))]
    assert [(phase.name, phase.epochs) for phase in recipe.with_epochs(1, 0, 0).phases] == [("a", 1), ("c", 0)]
    assert [recipe.with_epochs(2, 0, 0).phase_at(epoch)[0].name for epoch in (0, 1, 2)] == list("aac")
    assert recipe.with_epochs(2, 0, 0).phase_at(2)[1] == 0 and recipe.phase_at(31)[1] == 8
    with pytest.raises(TrainError, match="there are 3 phases, .* and 2 numbers of epochs; give one for all together"):
        recipe.with_epochs(5, 1)


def test_an_epoch_of_a_share_takes_other_samples_each_time(tiny, digits, monkeypatch):
    phases = (Phase(name="float", epochs=3, rate=1e-3, share=0.3),
              Phase(name="quantised", epochs=1, rate=1e-3, quantised=True))
    run, seen = training(tiny, digits, epochs=4, phases=phases, augment=None), []
    monkeypatch.setattr(Step, "__call__", lambda step, samples, targets: seen.append(samples) or torch.ones(4))
    run.run()
    sizes = [len(samples) for samples in seen]
    assert sizes == [40, 20] * 3 + [40] * 5
    first, second = ({sample.numpy().tobytes() for samples in seen[i:i + 2] for sample in samples} for i in (0, 2))
    assert first != second and len(first & second) < 40


def test_batches_follow_each_other_from_any_step_on(tiny, digits):
    run = training(tiny, digits)
    phase = run.recipe.phases[0]
    following = list(run.batches.following(phase, 2, 3))
    assert len(following) == run.batches.steps(phase) - 3 == 2
    for (samples, targets), step in zip(following, (3, 4)):
        expected, labels = run.batches.get(phase, 2, step)
        assert torch.equal(samples, expected) and torch.equal(targets, labels)
    assert not torch.equal(following[0][0], following[1][0])


def test_a_phase_augments_in_its_own_way(tiny, digits):
    usual, own = Phase(name="float", epochs=1, rate=1e-3), Phase(name="own", epochs=1, rate=1e-3, augment="jitter")
    recipe = Recipe(batch=40, phases=(usual, own, replace(own, name="quantised", quantised=True)), augment="cutout")
    everywhere = recipe.augmented("jitter")
    assert [phase.augment for phase in everywhere.phases] == [None] * 3 and everywhere.augment == "jitter"

    def get(recipe, phase):
        return Training(tiny(), recipe, digits[:200], digits[200:]).batches.get(phase, 0, 0)[0]

    assert torch.equal(get(recipe, own), get(everywhere, usual))
    assert not torch.equal(get(recipe, usual), get(recipe, own))
    plain = recipe.augmented(None)
    assert not torch.equal(get(plain, plain.phases[1]), get(recipe, own))
