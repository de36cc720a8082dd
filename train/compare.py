"""``python -m train compare DIR...``: finished runs as a table; those that differ in the seed alone are one line."""

import json
import re
import statistics
from pathlib import Path

from . import log
from .errors import TrainError

#: What is told of each group of runs: its name in a result, heading, factor and digits.
FIGURES = (("golden", "accuracy %", 100, 2), ("float", "in floating point %", 100, 2),
           ("work", "work %", 100, 1), ("sops", "useful SOPs a sample", 1, 0), ("up5k_cycles", "UP5K cycles", 1, 0),
           ("up5k_ms", "UP5K ms", 1, 2), ("weights", "weights", 1, 0))


def collect(folders: list[Path]) -> list[dict]:
    """The groups of finished runs in or under ``folders``, in the order of their names.

    A group is ``{"options": {...}, "seeds": [...], "commands": [...], FIGURE: {"mean", "spread", "values"}}``; the
    spread is the standard deviation over the seeds (n - 1), None with one seed. A FIGURE is None if some run's log has
    none, as where it is older; its mean is None if a run has no number to give: its network does not fit the board.
    ``bases`` say where estimates come from.

    Raises
    ------
    TrainError
        If there is none.
    """
    groups: dict[str, list[dict]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("run.json"), key=lambda path: _natural(str(path))):
            run = log.read(path.parent)
            if run.get("finished"):
                groups.setdefault(json.dumps(run["options"], sort_keys=True), []).append(run)
    if not groups:
        raise TrainError(f"there is no finished run in '{folders[0]}'", "give the --out of ablate, or logs of runs")
    return [_group(runs) for runs in groups.values()]


def _natural(text: str) -> list:
    """So that 16 comes behind 8."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]


def _group(runs: list[dict]) -> dict:
    group = {"options": runs[0]["options"], "seeds": [run["seed"] for run in runs],
             "commands": [run["command"] for run in runs],
             "bases": list(dict.fromkeys(run["result"].get("up5k_basis", "unknown") for run in runs))}
    for name, *_ in FIGURES:
        known = all(name in run["result"] for run in runs)
        group[name] = _over_seeds([run["result"][name] for run in runs]) if known else None
    return group


def _over_seeds(values: list) -> dict:
    whole = None not in values
    return {"mean": statistics.fmean(values) if whole else None, "values": values,
            "spread": statistics.stdev(values) if whole and len(values) > 1 else None}


def table(groups: list[dict]) -> str:
    """The groups in Markdown: a column for each option that is not the same in all, mean and spread over the seeds,
    and under it the command of each line's first seed."""
    names = list(dict.fromkeys(name for group in groups for name in group["options"]))
    names = [name for name in names if name == "dataset" or any(
        group["options"].get(name) != groups[0]["options"].get(name) for group in groups)]
    rows = [[*names, "seeds", *(heading for _, heading, *_ in FIGURES)]]
    rows.append(["---"] * len(rows[0]))
    for group in groups:
        options = [_option(group["options"].get(name)) for name in names]
        rows.append([*options, str(len(group["seeds"])),
                     *(_figure(group[name], factor, digits) for name, _, factor, digits in FIGURES)])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    commands = [f"    {group['commands'][0]}" for group in groups]
    bases = dict.fromkeys(basis for group in groups if group["up5k_ms"] and group["up5k_ms"]["mean"]
                          for basis in group["bases"])
    caption = "Mean and standard deviation over the seeds. " + (
        f"UP5K: the planner's estimate, {' or '.join(bases)}. " if bases else "")
    return "\n".join([*lines, "", f"{caption}Commands, with --seed {_seeds(groups)}:", "", *commands])


def _option(value) -> str:
    return {None: "", True: "yes", False: "no"}.get(value, str(value)) if not isinstance(value, int | float) \
        or isinstance(value, bool) else f"{value:g}"


def _figure(figure: dict | None, factor: float, digits: int) -> str:
    if figure is None:
        return "not logged"
    if figure["mean"] is None:
        return "does not fit"
    text = f"{factor * figure['mean']:,.{digits}f}"
    if figure["spread"] is None or not figure["spread"] and not digits:  # the number of weights is no measurement
        return text
    return f"{text} ± {factor * figure['spread']:,.{digits}f}"


def _seeds(groups: list[dict]) -> str:
    return ", ".join(map(str, sorted({seed for group in groups for seed in group["seeds"]})))
