"""One run of the command line: read the data, train, measure on the test set, write the checkpoint."""

import os
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from rich.console import Console

from hwgen.spec import Encoding, Input, Network

from . import fused, networks
from .architecture import Architecture
from .data import Dataset, find, load
from .errors import TrainError
from .evaluate import Comparison, accuracy, compare, survey
from .export import to_network, write
from .log import RunLog
from .loop import EpochEnd, Training
from .models import ARCHITECTURES
from .plots import draw
from .progress import Reporter
from .recipe import EVENTS, RECIPES, Recipe
from .report import report_lines, stages_table
from .restore import read_start
from .teacher import Teacher
from .team import Team

#: Networks of the data sets that `train.models.ARCHITECTURES` does not have; of all others `USUAL`.
NETWORKS = {"imagenet": "sew-resnet34", "cifar10dvs": "vgg-dvs", "dvsgesture": "vgg-dvs"}
USUAL = "tiny-up5k"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command line asks for.

    ``data`` is the folder of the data set's files, None for one without any; ``shape`` C, H, W that images of any size
    are fitted into, None for the usual one; ``network`` a preset or a TOML file, None for the data set's own;
    ``options`` are fields of `train.architecture.Architecture`, those that are not given None; ``changes`` those of
    `train.recipe.Recipe`; ``rate``, ``work_penalty`` and ``share`` are factors on those of its phases; ``epochs``, a
    total or one number a phase, None are the recipe's; ``bins`` as of `train.data.binning.BINNINGS`; ``title`` is what
    the checkpoint calls the data, None for their own name; ``log`` None is a folder beside ``out``; ``init`` a file to
    start from (`train.restore.read_start`); ``teacher`` the ``float.pt`` of a network to learn from as well
    (`train.teacher`); ``compile`` as of `train.fused`.
    """

    dataset: str
    data: Path | None
    out: Path
    command: str
    shape: tuple[int, int, int] | None = None
    network: str | None = None
    options: dict = field(default_factory=dict)
    changes: dict = field(default_factory=dict)
    epochs: tuple[int, ...] | None = None
    seed: int = 1
    rate: float = 1.0
    work_penalty: float = 1.0
    share: float = 1.0
    quantised_only: bool = False
    init: Path | None = None
    teacher: Path | None = None
    board: str | None = None
    device: str = "cpu"
    processes: int = 1
    save_minutes: float = 10.0
    compile: bool = False
    bins: str = "time"
    title: str | None = None
    log: Path | None = None
    resume: bool = False


def run(request: Request) -> Network | None:
    """Train and write ``out``; the state of an unfinished run lies beside it (``OUT.state``), and its log.

    The test set is used once, at the end. Under ``torchrun`` the first process does that alone, and the others return
    None.

    Raises
    ------
    DataError, DataOptionError, TrainError
        If the data or the run is at fault.
    PlanError
        If the network does not fit the board.
    MismatchError
        If the quantised forward pass and the golden model differ in any integer; nothing is written.
    """
    out, device = request.out, request.device
    check(request)
    dataset = find(request.dataset, request.data, request.shape)
    recipe = recipe_of(request, dataset)
    if not recipe.epochs and not request.init:
        raise TrainError("there is nothing to train, and nothing to fold into integers",
                         "give --epochs, or --init a network")
    team = Team(request.processes, device)
    fused.enable(request.compile)
    if recipe.batch % team.size or (request.processes > 1 and device != "cpu"):
        raise TrainError(f"{team.size} processes cannot share batches of {recipe.batch} on a {device}",
                         f"give a divisor of {recipe.batch}; for several GPUs use torchrun")
    # sums of integers are checked for equality: no reduced precision anywhere
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True                               # all batches have the same shapes
    architecture = architecture_of(request, dataset)
    if request.board:
        from .board_check import require_fit
        require_fit(architecture, request.board)
    train, test = load(request.dataset, request.data, timesteps=architecture.timesteps, by=request.bins,
                       shape=request.shape)
    train, held_out = train.hold_out(recipe.held_out)
    state_path = out.with_name(out.name + ".state")
    teacher = None
    if request.teacher:
        teacher = Teacher(request.teacher, train.samples[:1].shape[1:], len(dataset.classes), team.device)
    weights = read_start(request.init) if request.init and not request.resume else None
    training = Training(architecture, recipe, train, held_out, state_path, 60 * request.save_minutes, team, weights,
                        teacher)
    if request.resume:
        training.resume()
    console = Console(quiet=True) if team.rank else None
    with Reporter(recipe.epochs, console) as report:
        if request.resume:
            report.line(f"resumed after epoch {training.epoch} of {recipe.epochs}"
                        + (f" and {training.step} steps" if training.step else ""))
        log = None
        if team.rank == 0:
            folder = request.log or out.with_suffix(".log")
            log = RunLog(folder, about(request, architecture, recipe), training.epoch)

        def tell(event):
            report(event)
            if log:
                log(event)
                if isinstance(event, EpochEnd) and event.moment.epoch == recipe.float_epochs:
                    log.keep(event.moment.model)

        model = team.run(lambda: training.run(tell if log and team.rank == 0 else lambda event: None))
    if team.rank:
        return None
    work = log.last.get("work")
    if not recipe.phases[-1].epochs:                                    # folded after the last epoch
        folded = survey(model, held_out, len(dataset.classes), Team(1, team.device))
        work = folded.work
        print(f"folded into integers, not trained on them: held out {100 * folded.accuracy:.2f} %")
    stages = {}
    if training.float_model:
        stages["float"] = accuracy(training.float_model, test, team.device, request.processes)
    comparison = compare(model, to_network(model), test, team.device, request.processes)
    stages |= {"quantised": comparison.quantised, "golden": comparison.golden}
    classes = list(dataset.classes)
    metadata = {
        "dataset": request.title or dataset.title, "classes": classes,
        "command": request.command, "seed": request.seed,
        "accuracy": {stage: {"value": value, "samples": len(test)} for stage, value in stages.items()},
    }
    if request.bins != "time":
        metadata["bins"] = request.bins                                 # `hwgen evaluate` then bins likewise
    if dataset.events and dataset.window_us:
        metadata["window_us"] = dataset.window_us(architecture.timesteps)       # and `hwgen demo`
    network = to_network(model, metadata)
    write(network, out)
    from .board_check import up5k                                      # it takes the planner's imports along
    log.finish(result(network, comparison, work) | up5k(network, test.samples))
    pictures = draw(log.folder, comparison.confusion, classes)
    state_path.unlink(missing_ok=True)
    Console(highlight=False, soft_wrap=True).print(stages_table(network))
    for line in report_lines(network, comparison, model):
        print(line)
    print(f"wrote {out} and {log.folder}" + ("" if pictures else
                                             "; no pictures: matplotlib is missing (pip install 'hwgen[logs]')"))
    return network


def check(request: Request) -> None:
    """What can be refused before any data are read."""
    out = request.out
    if request.device == "cuda" and not torch.cuda.is_available():
        raise TrainError("PyTorch finds no CUDA device", "use --device cpu")
    if out.suffix != ".pt":
        raise TrainError(f"'{out}' does not end in .pt", "give --out NAME.pt")
    for path in filter(None, (out, request.log)):
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise TrainError(f"there is no folder '{path.parent}' that '{path.name}' can be written to",
                             "make it, or choose another --out")


def recipe_of(request: Request, dataset: Dataset) -> Recipe:
    """The data set's recipe, or that of its kind, with what the request changes."""
    usual = RECIPES.get(request.dataset, EVENTS if dataset.events else Recipe())
    recipe = replace(usual, seed=request.seed, **request.changes)
    if "augment" in request.changes:
        recipe = recipe.augmented(recipe.augment)
    recipe = recipe.times(work_penalty=request.work_penalty, rate=request.rate, last_rate=request.rate,
                          share=request.share)
    if recipe.half and "half" not in request.changes and request.device == "cpu" and not fast_half():
        recipe = replace(recipe, half=False)
    recipe = recipe.quantised() if request.quantised_only else recipe
    return recipe.with_epochs(*request.epochs) if request.epochs else recipe


def architecture_of(request: Request, dataset: Dataset) -> Architecture:
    """The data set's own network, or the one asked for."""
    options = {name: value for name, value in request.options.items() if value is not None}
    if request.network is None and request.dataset in ARCHITECTURES:
        return ARCHITECTURES[request.dataset](**options)
    input = (Input(shape=dataset.shape, encoding=Encoding.SPIKES, bits=1) if dataset.events
             else Input(shape=dataset.shape, bits=4))
    network = request.network or NETWORKS.get(request.dataset, USUAL)
    return networks.find(network, input, len(dataset.classes), name=name_of(request.out), **options)


def name_of(path: Path) -> str:
    """The file's name as that of a network, which has letters, digits, ``-`` and ``_`` and begins with no digit."""
    name = re.sub(r"[^A-Za-z0-9_-]", "-", path.stem)
    return name if name.replace("-", "_").isidentifier() else f"net-{name}"


def public_name(path: Path) -> str:
    """A file's name without its folder, but for a ``float.pt``, which has its name from the log it lies in."""
    return str(Path(*path.parts[-2:])) if path.name == "float.pt" else path.name


def fast_half() -> bool:
    """Whether this CPU has bfloat16; on others it is emulated, several times slower than float32."""
    return torch.ops.mkldnn._is_mkldnn_bf16_supported()


def about(request: Request, architecture: Architecture, recipe: Recipe) -> dict:
    """What the log says of a run from its start; ``options`` are all that runs of several seeds have in common."""
    options = {"dataset": request.dataset, "network": request.network or request.dataset,
               **{name: str(value) if not isinstance(value, int | float) else value
                  for name, value in request.options.items() if value is not None},
               **{name: value for name, value in request.changes.items()},
               "epochs": recipe.epochs, "rate": request.rate, "work_penalty": request.work_penalty,
               "share": request.share, "bins": request.bins, "quantised_only": request.quantised_only,
               "from": public_name(request.init) if request.init else None}
    if request.teacher:
        options["teacher"] = public_name(request.teacher)
    return {"options": options, "seed": request.seed, "command": request.command, "torch": torch.__version__,
            "device": request.device, "recipe": asdict(recipe),
            "layers": [stage.name for stage in architecture.stages]}


def result(network: Network, comparison: Comparison, work: float | None) -> dict:
    """What the log says in the end; ``work`` is of the held-out samples, all else of the test set."""
    stages = {stage: entry["value"] for stage, entry in network.metadata["accuracy"].items()}
    return {**stages, "samples": comparison.samples, "sops": comparison.sops, "work": work,
            "weights": network.parameters, "weight_bytes": network.weight_bytes,
            "confusion": comparison.confusion.tolist()}
