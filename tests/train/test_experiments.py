"""Experiments: their runs, doing them once, and the table of what they brought."""

import json
import re

import pytest
import typer

from train import ablate as ablation
from train.__main__ import app, main
from train.compare import collect, table
from train.experiments import EXPERIMENTS


@pytest.fixture
def write_run(tmp_path):
    """A function: the log of a run in a folder of its own."""
    def write(name, golden, finished=True, seed=1, up5k={}, **options):
        folder = tmp_path / "out" / name
        folder.mkdir(parents=True)
        result = {"golden": golden, "float": golden, "work": 0.5, "sops": 1234.0, "weights": 360, **up5k}
        (folder / "run.json").write_text(json.dumps({
            "options": {"dataset": "bars", **options}, "seed": seed, "command": f"python -m train bars --seed {seed}",
            "finished": finished, **({"result": result} if finished else {})}))
    return write


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_each_run_has_a_name_and_options_that_the_command_line_knows(name):
    known = {option for parameter in typer.main.get_command(app).params for option in parameter.opts}
    runs = list(EXPERIMENTS[name].runs())
    assert len({run.name for run in runs}) == len(runs)
    for run in runs:
        assert re.fullmatch(r"[\w.-]+", run.name)
        assert {argument for argument in run.arguments if argument.startswith("--")} <= known


def test_ablate_does_what_is_not_finished_and_goes_on_where_it_was_killed(train, write_run, tmp_path, monkeypatch):
    commands, out = [], tmp_path / "out"
    write_run("bars-reset_subtract-seed_1", 0.9)
    write_run("bars-reset_subtract-seed_2", 0.9, finished=False)
    (out / "bars-reset_subtract-seed_2.pt.state").touch()

    def run(command):
        commands.append(command[3:])
        return type("Result", (), {"returncode": 1 if "zero" in command and command[-1] == "--half" else 0})

    monkeypatch.setattr(ablation.subprocess, "run", run)
    code, output, errors = train("ablate", "example", "--out", out)
    assert code == 0, errors
    assert "finished before" in errors and "4 of 4 runs are finished" in output
    assert commands[0] == ["bars", "--epochs", "2", "--reset", "subtract", "--seed", "2",
                           "--out", str(out / "bars-reset_subtract-seed_2.pt"),
                           "--log", str(out / "bars-reset_subtract-seed_2"), "--resume"]
    assert [command[-1] for command in commands[1:]] == [str(out / f"bars-reset_zero-seed_{seed}") for seed in (1, 2)]
    code, output, _ = train("ablate", "example", "--out", out, "--half")
    assert code == 1 and "2 of 4 runs are finished" in output


@pytest.mark.parametrize("arguments, words", [
    (["ablate", "nothing", "--out", "{out}"], "there is no experiment 'nothing'; known are neurons"),
    (["ablate", "neurons", "--out", "{out}"], "needs data; give --data nmnist=DIR"),
    (["ablate", "neurons", "--out", "{out}", "--data", "mnist=x"], "has no runs on 'mnist'"),
    (["compare", "{out}"], "there is no finished run"),
])
def test_an_error_is_one_line(train, tmp_path, arguments, words):
    code, output, errors = train(*(argument.format(out=tmp_path / "none") for argument in arguments))
    assert code == 1 and not output
    line, = errors.splitlines()
    assert words in line


FITS = {"up5k_cycles": 12_000, "up5k_ms": 0.5, "up5k_basis": "activity of 16 test samples, at 24 MHz"}
SHORT = {"up5k_cycles": None, "up5k_ms": None, "up5k_basis": "large RAMs need 5, there are 4"}


def test_compare_groups_seeds_and_prints_mean_and_spread(train, write_run, tmp_path):
    for seed, golden in ((1, 0.90), (2, 0.92), (3, 0.94)):
        write_run(f"a{seed}", golden, seed=seed, up5k=FITS, reset="zero", epochs=2)
    write_run("b1", 0.5, up5k=SHORT, reset="subtract", epochs=2)
    write_run("c1", 0.5, finished=False, reset="subtract", epochs=2)
    write_run("d1", 0.5, epochs=2)
    groups = collect([tmp_path / "out"])
    assert [group["seeds"] for group in groups] == [[1, 2, 3], [1], [1]]
    assert groups[0]["golden"]["mean"] == pytest.approx(0.92) and groups[0]["golden"]["spread"] == pytest.approx(0.02)
    lines = table(groups).splitlines()
    assert lines[0] == ("| dataset | reset | seeds | accuracy % | in floating point % | work % | useful SOPs a sample | "
                        "UP5K cycles | UP5K ms | weights |")
    assert lines[2] == ("| bars | zero | 3 | 92.00 ± 2.00 | 92.00 ± 2.00 | 50.0 ± 0.0 | 1,234 | 12,000 | 0.50 ± 0.00 | 360 |")
    assert lines[3] == ("| bars | subtract | 1 | 50.00 | 50.00 | 50.0 | 1,234 | does not fit | does not fit | 360 |")
    assert lines[4] == "| bars |  | 1 | 50.00 | 50.00 | 50.0 | 1,234 | not logged | not logged | 360 |"
    assert lines[6] == ("Mean and standard deviation over the seeds. UP5K: the planner's estimate, activity of "
                        "16 test samples, at 24 MHz. Commands, with --seed 1, 2, 3:")
    code, output, _ = train("compare", tmp_path / "out", "--json")
    assert code == 0 and json.loads(output) == groups
