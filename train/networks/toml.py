"""A network in a TOML file: ``[network]`` with fields of `Architecture`, a ``[[layer]]`` table a layer with those of
`Stage`, and ``join`` in it with those of `Join`. The readout follows by itself; ``average`` in ``[network]`` is the
side of an average pool in front of it."""

import tomllib
from pathlib import Path

from hwgen.spec import Input, Kind, Reset

from ..architecture import Architecture, chain, require_known
from ..errors import TrainError

KINDS = {"conv": Kind.CONV, "dense": Kind.DENSE}
JOIN = {"source": str, "in_channels": int, "stride": int, "depthwise": bool}
LAYER = {"name": str, "kind": str, "in_channels": int, "out_channels": int, "kernel": tuple, "stride": int,
         "padding": int, "pool": int, "average": int, "depthwise": bool, "join": dict}
NETWORK = {"name": str, "average": int, "timesteps": int, "weight_bits": int, "reset": str, "neuron": str,
           "per_timestep": bool, "decay_activation": str, "decay_bits": int, "surrogate": str,
           "v_threshold": float, "membrane_bits": int}
WORDS = {str: "a string", int: "a whole number, 0 or more", float: "a number", bool: "true or false",
         dict: "a table in braces", tuple: "a whole number of 1 or more, or [height, width]"}


def read(path: Path, input: Input, classes: int, **options) -> Architecture:
    """The network of the file at ``path``; ``options`` hold against what ``[network]`` says.

    Raises
    ------
    TrainError
        If the file cannot be read, is not TOML, has an unknown, missing or wrong entry, or its shapes do not chain.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainError(f"the file cannot be read: {error.strerror}", "give the path of a network in TOML") from error
    except ValueError as error:                                         # of TOML or of its UTF-8
        raise TrainError(f"this is not TOML: {error}", "see docs/training.md for an example") from error
    for key in tables:
        require_known("table", key, ("network", "layer"))
    if not isinstance(tables.get("network", {}), dict):
        raise TrainError("'network' is not a table", "write [network]")
    if not isinstance(layers := tables.get("layer"), list) or not all(isinstance(layer, dict) for layer in layers):
        raise TrainError("there is no list of layers", "write [[layer]] before each of them")
    network = checked(tables.get("network", {}), NETWORK, "[network]")
    if "reset" in network:
        require_known("reset", network["reset"], [str(reset) for reset in Reset])
        network["reset"] = Reset(network["reset"])
    layers = [layer_fields(number, table) for number, table in enumerate(layers, 1)]
    return chain(input, classes, layers, **{"name": path.stem, **network, **options})


def layer_fields(number: int, table: dict) -> dict:
    """What `chain` takes, of a ``[[layer]]`` table."""
    what = f"layer '{table['name']}'" if isinstance(table.get("name"), str) else f"layer {number}"
    fields = checked(table, LAYER, what)
    require_known(f"kind of layer, in {what},", kind := fields.get("kind", "conv"), KINDS)
    fields["kind"] = KINDS[kind]
    for key in ("out_channels", *(["kernel"] if kind == "conv" else [])):
        if key not in fields:
            raise TrainError(f"{what} has no {key}", f"write {key} = {WORDS[LAYER[key]]}")
    if "join" in fields:
        fields["join"] = checked(fields["join"], JOIN, f"the join of {what}")
        if "source" not in fields["join"] or fields["join"].get("stride", 1) < 1:
            raise TrainError(f"the join of {what} has no source, or stride 0", "write join = { source = \"conv1\" }")
    return fields


def checked(table: dict, known: dict[str, type], what: str) -> dict:
    """``table``, whose keys are ``known`` and whose values are of their types."""
    for key, value in table.items():
        require_known(f"key for {what}:", key, known)
        if not is_a(value, known[key]):
            raise TrainError(f"{what}: {key} = {value!r} is not {WORDS[known[key]]}", "correct it")
    pair = {key: (value, value) if isinstance(value, int) else tuple(value)
            for key, value in table.items() if known[key] is tuple}
    return {**table, **pair}


def is_a(value, kind: type) -> bool:
    """Whether a value read from TOML is of a type; true is no number, and numbers are not negative."""
    if kind is tuple:
        pair = value if isinstance(value, list) else [value, value]
        return len(pair) == 2 and all(is_a(n, int) and n >= 1 for n in pair)
    if kind in (int, float):
        return isinstance(value, (int, kind)) and not isinstance(value, bool) and value >= 0
    return isinstance(value, kind)
