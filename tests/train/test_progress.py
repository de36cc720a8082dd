"""What a person sees: a live bar and table on a terminal, plain lines elsewhere."""

import io

import pytest
from rich.console import Console

from train.loop import Training
from train.progress import Reporter
from train.recipe import Recipe


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_on_and_off_a_terminal(tiny, digits, terminal):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=terminal, width=100, highlight=False)
    training = Training(tiny(per_timestep=True), Recipe(batch=50).with_epochs(2), digits[:200], digits[200:])
    with Reporter(2, console) as report:
        training.run(report)
    seen = screen.getvalue()
    assert ("\x1b[" in seen) == terminal
    lines = [line for line in seen.replace("\n", " ").split("epoch ") if "held out" in line]
    assert [line[:3] for line in lines] == ["1/2", "2/2"]
    alpha, beta = training.model.layers[0].decays.values()
    for value in (*alpha.tolist(), *beta.tolist()):                     # one a timestep, as training left them
        assert f"{value:.3f}" in lines[-1]
    if terminal:
        assert "4/4" in seen and "readout" in seen
