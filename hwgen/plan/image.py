"""The weights image: all that training left in a network, as the file that a board loads from flash at boot.

The image is a header, a payload of 16-bit words and a CRC, every number most significant byte first, the order
in which a flash sends its bits::

    magic "HWGW"   4   format version  2   design id  16   words of the payload  4   payload   CRC  4

The payload has four sections, each at a multiple of the power of two that holds it, so that a loader is a
counter and a memory knows its words by the upper bits of their number: ``weights`` and ``parameters`` (bias,
thresholds) as `CorePlan` lays them out, ``betaf`` (a word for each layer and timestep) and ``network`` (the hash
that the host asks for, a byte a word).

The CRC is CRC-32 (polynomial 0x04C11DB7, from 0xFFFFFFFF, not reflected, not inverted) over the header, the
header once more, and the payload. The reader supplies the first header itself, as its design expects it: so an
image of another design does not pass, and hardware checks the header without storing it.
"""

import hashlib
import json
import struct
import zlib
from dataclasses import asdict, dataclass, fields

import numpy as np

from ..spec import HwgenError, Network
from .core_plan import CorePlan

MAGIC = b"HWGW"
#: Version of this format, including the order of rows within the sections.
VERSION = 1
HEADER = struct.Struct(">4sH16sI")
CRC_POLYNOMIAL = 0x04C11DB7
WORD_BITS = 16
#: Words of the section ``network``.
HASH_BYTES = 8

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class ImageError(HwgenError):
    """A weights image that cannot be used, or a network that has none for a design."""


def crc32(data: bytes) -> int:
    """The CRC of the image, which takes the most significant bit of each byte first."""
    reflected = zlib.crc32(data.translate(_REVERSED)) ^ 0xFFFFFFFF
    return int(f"{reflected:032b}"[::-1], 2)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the payload: ``rows`` of ``row_words`` words (a power of two), from word ``base``."""

    name: str
    base: int
    rows: int
    row_words: int

    @property
    def words(self) -> int:
        return self.rows * self.row_words

    @property
    def address_bits(self) -> int:
        """Bits of a word's number within the section; ``base`` is a multiple of two to their power."""
        return (self.words - 1).bit_length()


@dataclass(frozen=True, kw_only=True)
class Design:
    """What a core's gateware has fixed: an image fits it if it was made for the same.

    Parameters
    ----------
    core
        Fields of the `CorePlan`, without the network.
    network
        The geometry of the network, without its values and names.
    widths
        Bits (``thresholds a neuron``: number) that the values of a network may take.
    sections
        Of the payload, in order.
    """

    core: dict
    network: dict
    widths: dict
    sections: tuple[Section, ...]

    @classmethod
    def of(cls, plan: CorePlan) -> "Design":
        """The design of a core with ``weight_store`` "spram"."""
        columns = 1 if plan.shared_threshold else plan.time_parallel
        widths = {
            "weights": plan.weight_width, "accumulators": plan.accumulator_width, "sums": plan.sum_width,
            "biases": plan.bias_width, "inputs of the neurons": plan.x_width,
            "thresholds": plan.threshold_width, "thresholds a neuron": columns, "betaf": plan.betaf_width}
        betaf_rows = len(plan.layers) << (plan.timesteps - 1).bit_length()
        return cls(
            core={field.name: getattr(plan, field.name) for field in fields(plan) if field.name != "network"},
            network=_geometry(plan.network), widths=widths,
            sections=_placed({
                "weights": (len(plan.weight_rows), plan.lanes * plan.weight_width),
                "parameters": (len(plan.parameter_rows), plan.bias_width + columns * plan.threshold_width),
                "betaf": (betaf_rows, plan.betaf_width), "network": (HASH_BYTES, 8)}))

    @property
    def id(self) -> bytes:
        """16 bytes of a hash of all of it."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).digest()[:16]

    @property
    def words(self) -> int:
        """Words of the payload."""
        return self.sections[-1].base + self.sections[-1].words

    @property
    def header(self) -> bytes:
        """The header of its images."""
        return HEADER.pack(MAGIC, VERSION, self.id, self.words)

    @property
    def image_bytes(self) -> int:
        """Size of its images."""
        return HEADER.size + self.words * WORD_BITS // 8 + 4

    def __getitem__(self, name: str) -> Section:
        return next(section for section in self.sections if section.name == name)

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict) -> "Design":
        """The reverse of `to_json`, also behind a JSON file."""
        return cls(**{**values, "sections": tuple(Section(**section) for section in values["sections"])})

    def plan(self, network: Network) -> CorePlan:
        """The plan of this design for other values of the same shapes.

        Raises
        ------
        ImageError
            If a shape differs or a value needs more bits than the design has; names the first.
        """
        wanted = Design._read_back(_geometry(network))
        if difference := _first_difference(wanted, Design._read_back(self.network)):
            raise ImageError("the network has other shapes than the design: {} is {}, the design has {}"
                             .format(*difference), "build the design again, without --weights-only")
        plan = CorePlan(network=network, **self.core)
        for what, need in Design.of(plan).widths.items():
            if need > self.widths[what]:
                unit = "" if what == "thresholds a neuron" else " bits"
                raise ImageError(f"{what} need {need}{unit}, the design has {self.widths[what]}",
                                 "build the design again, without --weights-only")
        return plan

    @staticmethod
    def _read_back(values: dict) -> dict:
        return json.loads(json.dumps(values))


def _geometry(network: Network) -> dict:
    """Everything of a network that shapes its hardware: no values, no names."""
    layers = []
    for index, (layer, integers) in enumerate(zip(network.layers, network.integers)):
        neuron = integers.neuron
        layers.append({
            "kind": str(layer.kind), "weight": layer.weight.shape, "stride": layer.stride,
            "padding": layer.padding, "pool": layer.pool, "depthwise": layer.depthwise,
            "skip": layer.skip and {
                "source": network.skip_source(index), "weight": layer.skip.weight.shape,
                "stride": layer.skip.stride, "depthwise": layer.skip.depthwise},
            "reset": str(neuron.reset), "fires": neuron.fires, "fraction_bits": neuron.fraction_bits,
            "membrane_bits": neuron.membrane_bits})
    entry = network.input
    return {"timesteps": network.timesteps,
            "input": {"shape": entry.shape, "encoding": str(entry.encoding), "bits": entry.bits}, "layers": layers}


def _first_difference(wanted, fixed, path: str = "") -> tuple | None:
    """``(path, wanted, fixed)`` of the first entry in which two trees of JSON values differ."""
    if isinstance(wanted, dict) and isinstance(fixed, dict):
        pairs = [(f"{path}.{key}" if path else key, wanted[key], fixed.get(key)) for key in wanted]
    elif isinstance(wanted, list) and isinstance(fixed, list) and any(isinstance(entry, dict) for entry in wanted):
        if len(wanted) != len(fixed):
            return f"the number of {path}", len(wanted), len(fixed)
        pairs = [(f"{path}[{index}]", *pair) for index, pair in enumerate(zip(wanted, fixed))]
    else:
        return None if wanted == fixed else (path, wanted, fixed)
    return next(filter(None, (_first_difference(a, b, name) for name, a, b in pairs)), None)


def _placed(sizes: dict[str, tuple[int, int]]) -> tuple[Section, ...]:
    """Sections of ``(rows, bits of a row)``, one behind the other, aligned."""
    placed, end = [], 0
    for name, (rows, bits) in sizes.items():
        words = -(-bits // WORD_BITS)
        section = Section(name=name, base=0, rows=rows, row_words=1 << (words - 1).bit_length())
        align = 1 << section.address_bits
        placed.append(Section(**{**asdict(section), "base": -(-end // align) * align}))
        end = placed[-1].base + section.words
    return tuple(placed)


def payload(plan: CorePlan, network: bytes, design: Design | None = None) -> np.ndarray:
    """The words of the payload, uint16 [design.words].

    Parameters
    ----------
    plan
        The core with the values to load.
    network
        The hash of the network, 8 bytes.
    design
        What they are loaded into; that of ``plan`` if None. `Design.plan` makes plans that fit it.
    """
    design = design or Design.of(plan)
    words = np.zeros(design.words, np.uint16)

    def put(name: str, rows: np.ndarray) -> None:
        section = design[name]
        words[section.base:section.base + section.words] = rows.ravel()

    put("weights", _pack(plan.weight_rows, [design.widths["weights"]] * plan.lanes, design["weights"]))
    columns = design.widths["thresholds a neuron"]
    rows = [(bias, *(thresholds * columns if len(thresholds) < columns else thresholds))
            for bias, thresholds in plan.parameter_rows]
    put("parameters", _pack(np.array(rows), [design.widths["biases"], *[design.widths["thresholds"]] * columns],
                            design["parameters"]))
    betaf = np.zeros((len(plan.layers), design["betaf"].rows // len(plan.layers)), np.uint16)
    for layer in plan.layers:
        betaf[layer.index, :plan.timesteps] = layer.integers.neuron.betaf
    put("betaf", betaf)
    put("network", np.frombuffer(network, np.uint8))
    return words


def _pack(rows: np.ndarray, widths: list[int], section: Section) -> np.ndarray:
    """Rows of integers, each of its width in two's complement, the first lowest, as rows of words."""
    bits = np.zeros((section.rows, section.row_words * WORD_BITS), np.uint16)
    at = 0
    for column, width in enumerate(widths):
        bits[:, at:at + width] = np.asarray(rows[:, column], np.int64)[:, None] >> np.arange(width) & 1
        at += width
    return (bits.reshape(section.rows, section.row_words, WORD_BITS) << np.arange(WORD_BITS)).sum(
        axis=2, dtype=np.uint16)


def build(plan: CorePlan, network: bytes, design: Design | None = None) -> bytes:
    """The image of a network for a design; parameters as `payload`."""
    design = design or Design.of(plan)
    content = payload(plan, network, design).astype(">u2").tobytes()
    return design.header + content + crc32(2 * design.header + content).to_bytes(4, "big")


def parse(data: bytes, design_id: bytes) -> np.ndarray:
    """The payload of an image for a design, uint16 [words].

    Raises
    ------
    ImageError
        If it is no image, of another version or design, cut, or damaged, in this order.
    """
    remedy = "write it again with `python -m hwgen build --weights-only`"
    if len(data) < HEADER.size or not data.startswith(MAGIC):
        raise ImageError(f"{len(data)} bytes are not a weights image: they do not begin with {MAGIC.decode()}", remedy)
    _, version, its_design, words = HEADER.unpack_from(data)
    if version != VERSION:
        raise ImageError(f"the weights image has version {version}, this is version {VERSION}", remedy)
    if its_design != design_id:
        raise ImageError(f"the weights image is for design {its_design.hex()}, not for {design_id.hex()}", remedy)
    size = HEADER.size + words * WORD_BITS // 8 + 4
    if len(data) != size:
        raise ImageError(f"the weights image has {len(data):,} bytes of {size:,}", remedy)
    content, crc = data[HEADER.size:-4], int.from_bytes(data[-4:], "big")
    if crc32(2 * data[:HEADER.size] + content) != crc:
        raise ImageError("the CRC of the weights image is wrong: it is damaged", remedy)
    return np.frombuffer(content, ">u2").astype(np.uint16)
