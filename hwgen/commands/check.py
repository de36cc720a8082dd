"""``check``: does a network fit a board, how, and what would make it fit."""

from .common import (BoardName, Cores, Favour, Frequency, Json, Lanes, ModelName, Optimize, TimeParallel, Verbose,
                     errors, print_columns, print_json, print_rows, wishes)


def check(model: ModelName, board: BoardName, freq: Frequency = None, cores: Cores = None, lanes: Lanes = None,
          time_parallel: TimeParallel = None, optimize: Optimize = Favour.LATENCY, json: Json = False,
          verbose: Verbose = 0) -> int:
    """Say whether a network fits a board, how it would be built, and what would make it fit."""
    import boards

    from .. import models
    from ..planning import check_model

    target = boards.find(board)
    result = check_model(models.find(model), target, wishes(freq, cores, lanes, time_parallel, optimize))
    estimate = result.estimate.to_json()
    if json:
        print_json({"fits": result.fits, "plan": result.plan.to_json() if result.plan else None,
                    "estimate": estimate, "problems": [problem.to_json() for problem in result.problems]})
        return 0 if result.fits else 1
    budget = target.budget
    rows = [("fits", "yes" if result.fits else "no")]
    rows += [(name, f"{estimate[name]:,} of {getattr(budget, name):,}") for name in ("lut", "bram", "spram", "dsp")]
    rows += [("cycles an image", f"{estimate['cycles_per_inference']:,}"),
             ("cycles between images", f"{estimate['cycles_between_inferences']:,}"), ("figures are", estimate["basis"])]
    print_rows(rows + [("why", reason) for reason in (result.plan.why if result.plan else ())])
    if result.plan:
        print_columns(*_layers(result.plan))
        print_columns(*_memories(result.plan))
    for problem in result.problems:
        errors.print(str(problem), markup=False, highlight=False, soft_wrap=True)
    return 0 if result.fits else 1


def _layers(plan) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """A line for each layer: where and how wide it runs, and for how long; the slowest is marked."""
    slowest = max(plan.estimate.layer_cycles, key=plan.estimate.layer_cycles.get)
    lines = []
    for number, (core, cost) in enumerate(zip(plan.cores, plan.costs)):
        for layer in core.layers:
            cycles = cost.layer_cycles[layer.name]
            lines.append((
                str(number), f"{core.lanes} x {core.time_parallel}", f"{cost.lut:,}", layer.name,
                " x ".join(map(str, layer.in_layout.shape)), f"{layer.layer.weights:,}", f"{cycles:,}",
                f"{100 * cycles / cost.cycles:.0f} %" + " (slowest layer)" * (layer.name == slowest)))
    return ("core", "lanes x timesteps", "logic cells", "layer", "input", "weights", "cycles", "of its core"), lines


def _memories(plan) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """A line for each memory."""
    kinds = {"bram": "block RAMs", "spram": "large RAMs", "cells": "pieces in logic cells"}
    return ("core", "memory", "rows", "bits", "in"), [
        (str(number), memory.name, f"{memory.rows:,}", f"{memory.width}", f"{memory.blocks:,} {kinds[memory.kind]}")
        for number, cost in enumerate(plan.costs) for memory in cost.memories]


COMMANDS = (check,)
