"""Graded neurons: the number of spikes of all timesteps in one pass."""

import numpy as np
import pytest
import torch

from hwgen.spec import Encoding, Input, Reset
from train.architecture import chain
from train.fused import enable
from train.graded import staircase
from train.loop import Moment, Training
from train.models import SpikingNetwork
from train.neuron import KEPT, Decays, step
from train.recipe import Phase, Recipe
from train.settle import FACTORS
from train.work import any_spike, work


@pytest.mark.parametrize("timesteps", [1, 2, 4, 7, 16])
def test_the_staircase_counts_the_spikes_of_a_neuron_that_forgets_nothing(timesteps):
    x = torch.arange(-128, 257)[None, None, None, None] / 128           # sums of these are exact
    v_reset, count = torch.zeros_like(x), torch.zeros_like(x)
    for _ in range(timesteps):
        spikes, _, v_reset = step(x, v_reset, 1.0, 1.0, 1.0, Reset.SUBTRACT)
        count += spikes
    assert torch.equal(staircase(x, torch.tensor(1.0), timesteps), count / timesteps)
    assert set(count.int().flatten().tolist()) == set(range(timesteps + 1))


def test_its_gradient_is_that_of_the_potential_within_half_a_step_of_its_range():
    x = torch.tensor([-0.4, -0.2, 0.0, 0.6, 2.0, 2.2, 2.4])[None, :, None, None, None].requires_grad_()
    slope = torch.tensor(0.5, requires_grad=True)
    counts = torch.arange(1.0, 8)[None, :, None, None, None]
    (staircase(x, slope, 4) * counts).sum().backward()
    assert x.grad.flatten().tolist() == [0, 1, 1.5, 2, 2.5, 3, 0]
    assert slope.grad.item() == pytest.approx(2 * -0.2 + 4 * 0.6 + 5 * 2.0 + 6 * 2.2)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")                   # of the compiler's own
@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_its_passes_are_those_of_pytorchs_own_gradient_in_any_layout(layout, compiled):
    generator = torch.Generator().manual_seed(4)
    share = (torch.randint(0, 5, (3, 6, 5, 4), generator=generator) / 4).to(memory_format=layout)[None].requires_grad_()
    weights = torch.rand(share.shape, generator=generator)
    enable(compiled)
    try:
        total = any_spike(share, 4)
        (7 * total).backward()
        found, share.grad = share.grad, None
        stairs = staircase(share, torch.tensor(0.9), 4)
        (stairs * weights).sum().backward()
    finally:
        enable(False)
    d_x, share.grad = share.grad, None
    assert torch.equal(stairs, (share * 3.6).floor().clamp(0, 4) / 4) and torch.equal(d_x, weights * 0.9)
    expected = (1 - (1 - share) ** 4).sum()
    (7 * expected).backward()
    assert torch.allclose(total, expected) and torch.allclose(found, share.grad)


@pytest.mark.parametrize("encoding", Encoding)
def test_a_graded_network_is_a_network_of_timesteps_while_the_input_stays_the_same(encoding):
    """One layer and a readout, beta at exactly 1: the mean of the spikes and the last potential are equal."""
    torch.manual_seed(3)
    bits = 4 if encoding is Encoding.ANALOG else 1
    network = SpikingNetwork(chain(
        Input(shape=(2, 9, 9), encoding=encoding, bits=bits), 3, [dict(out_channels=5, kernel=(3, 3))], name="one",
        timesteps=4, decay_activation="clamp")).eval()
    for layer in network.layers:
        layer.decays.set_fixed_point((256,), (256,))
    samples = torch.randint(0, 256, (6, 2, 9, 9), dtype=torch.uint8) if encoding is Encoding.ANALOG \
        else (torch.rand(6, 1, 2, 9, 9) < 0.4).to(torch.uint8).repeat(1, 4, 1, 1, 1)
    with torch.no_grad():
        spiking = network(samples)
        network.graded = True
        graded = network(samples)
    assert len(graded[0].output) == len(graded[1].output) == 1
    assert torch.equal(graded[0].output[0], spiking[0].output.mean(dim=0))
    assert 0 < float(graded[0].output.mean()) < 1
    assert torch.allclose(graded[1].output[0], spiking[1].output[-1], atol=1e-4)


def test_work_of_a_graded_network_takes_its_spikes_as_independent(tiny):
    network = SpikingNetwork(tiny())
    network.graded = True
    runs = network(torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8))
    for run, value in zip(runs, (1 / 3, 0.0)):
        run.output = torch.full_like(run.output, value)
    first, second = (runs[0].output[0, 0].numel() * network.architecture.stages[1].fan_out,
                     runs[1].output[0, 0].numel() * network.architecture.stages[2].fan_out)
    assert float(work(runs[:-1], network)) == pytest.approx((1 - (2 / 3) ** 3) * first / (first + second))


@pytest.mark.parametrize("neuron, forget", [("dalif", False), ("dalif", True), ("alpha-only", True)])
def test_a_graded_phase_keeps_beta_and_the_next_one_learns_it(tiny, digits, neuron, forget):
    recipe = Recipe(phases=(Phase(name="graded", epochs=2, rate=4e-3, graded=True),
                            Phase(name="float", epochs=1, rate=4e-3, forget=forget),
                            Phase(name="quantised", epochs=1, rate=1e-3, quantised=True)), batch=40, seed=5)
    run, betas, graded = Training(tiny(neuron=neuron), recipe, digits[:200], digits[200:]), {}, {}

    def watch(event):
        if isinstance(event, Moment):
            betas[event.epoch] = [float(layer.decays.values()[1].detach()[0]) for layer in event.model.layers]
            graded[event.epoch] = event.model.graded

    run.run(watch)
    assert graded == {1: True, 2: True, 3: False, 4: False}
    if neuron == "dalif":
        assert betas[1] == betas[2] == pytest.approx([KEPT] * 3)
        start = 0.75 if forget else KEPT
        assert all(0 < abs(beta - start) < 0.05 for beta in betas[3])
    else:
        assert betas[1] == betas[4]


def test_what_is_learned_is_learned_again_afterwards():
    decays = Decays(4, per_timestep=True)
    decays.keep(True)
    assert np.allclose(decays.values()[1].detach(), KEPT) and not decays.parameter("beta").requires_grad
    decays.keep(False)
    assert np.allclose(decays.values()[1].detach(), KEPT) and decays.parameter("beta").requires_grad


def test_what_graded_neurons_learn_holds_for_all_timesteps(tiny, digits):
    recipe = Recipe(phases=(Phase(name="graded", epochs=2, rate=2e-2, graded=True),
                            Phase(name="float", epochs=1, rate=1e-9),
                            Phase(name="quantised", epochs=1, rate=1e-9, quantised=True)), batch=40, seed=5)
    alphas = {}

    def watch(event):
        if isinstance(event, Moment):
            alphas[event.epoch] = [layer.decays.values()[0].detach().tolist() for layer in event.model.layers]

    Training(tiny(per_timestep=True), recipe, digits[:200], digits[200:]).run(watch)
    factors = [kept[0] / learned[0] for learned, kept in zip(alphas[2], alphas[3])]
    assert factors == pytest.approx([factors[0]] * 2 + [1], abs=1e-3)   # those of `train.settle`; not of the readout
    assert min(abs(factors[0] - factor) for factor in FACTORS) < 1e-3
    for first, learned, kept, quantised, factor in zip(alphas[1], alphas[2], alphas[3], alphas[4], factors):
        assert len(set(learned)) == 1 and learned != first              # all timesteps learn, and the same
        assert kept == quantised == pytest.approx([factor * alpha for alpha in learned], abs=1e-4)
