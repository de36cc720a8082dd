"""The weights image of a build, and new weights for a design that stands."""

from dataclasses import dataclass
from pathlib import Path

from .emit import report
from .errors import HwgenError
from .spec.identity import network_hash
from .models import Model
from .plan import Plan, image

NAME = "weights.bin"
#: What the report says of a network that came after the design was measured.
NOT_MEASURED = "not measured: the weights were replaced after the design was built; see `hwgen verify`"


@dataclass(frozen=True)
class Stored:
    """A weights image in a build folder: its file, where it goes in the flash, and what it must fit."""

    path: Path
    offset: int
    design: image.Design


def write(plan: Plan, folder: Path) -> dict | None:
    """Write the image of a plan, if it has one, into its build folder; what the report says of it.

    That is ``{offset, bytes, design_id, design}``; it belongs to the plan's core.
    """
    core = plan.cores[0]
    if core.weight_store != "spram":
        return None
    design = image.Design.of(core)
    (folder / NAME).write_bytes(image.build(core, network_hash(core.network), design))
    return {"offset": plan.board.weights_offset, "bytes": design.image_bytes, "design_id": design.id.hex(),
            "design": design.to_json()}


def stored(folder: Path, content: dict) -> Stored | None:
    """The image of a build, None where everything is in the bitstream; ``content`` is its report.

    Raises
    ------
    HwgenError
        If the report is damaged.
    """
    entry = content["plan"]["cores"][0].get("weights_image")
    if entry is None:
        return None
    try:
        design = image.Design.from_json(entry["design"])
        if design.id.hex() != entry["design_id"]:
            raise ValueError("the design does not have its id")
        return Stored(Path(folder) / content["files"]["weights"], entry["offset"], design)
    except (KeyError, TypeError, ValueError) as error:
        raise HwgenError(f"'{Path(folder) / report.NAME}' is damaged ({error})", "build again") from error


def load(found: Stored) -> bytes:
    """The content of a stored image; raises `HwgenError` if it is not there, or not one for its design."""
    if not found.path.is_file():
        raise HwgenError(f"there is no weights image '{found.path}'", "build again")
    data = found.path.read_bytes()
    image.parse(data, found.design.id)
    return data


def replace(model: Model, board, out: Path) -> dict:
    """Write new weights into a build: its image and its report; returns the report.

    Nothing else of the build changes. Figures that belong to the old weights are null in the new report.

    Raises
    ------
    HwgenError
        If ``out`` is no build for the board, its weights are in the bitstream, or the network has other shapes
        than the design or needs more bits.
    """
    content = report.load(out)
    if content["board"]["name"] != board.name:
        raise HwgenError(f"'{out}' was built for board '{content['board']['name']}', not for '{board.name}'",
                         f"use --board {content['board']['name']}")
    found = stored(out, content)
    if found is None:
        raise HwgenError(f"the weights of '{out}' are in block RAM, which the bitstream fills",
                         "build without --weights-only")
    data = image.build(found.design.plan(model.network), network_hash(model.network), found.design)
    content["model"] = report.model_section(model.network, model.sha256)
    content["plan"]["network"] = network_hash(model.network).hex()
    content["accuracy"] = report.accuracy_section(model.network, None)
    content["performance"] = {
        **dict.fromkeys(content["performance"]), "samples": 0, "basis": NOT_MEASURED,
        "slot_sops_per_cycle": content["performance"]["slot_sops_per_cycle"]}
    _write_together({found.path: data, Path(out) / report.NAME: (report.dumps(content) + "\n").encode()})
    return content


def _write_together(files: dict[Path, bytes]) -> None:
    """Write files aside, all of them, before the first takes its place."""
    parts = {path: path.with_name(f".{path.name}.part") for path in files}
    try:
        for path, data in files.items():
            parts[path].write_bytes(data)
        for path, part in parts.items():
            part.replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
