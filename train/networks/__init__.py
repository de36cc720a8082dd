"""Networks by name: presets, and files of one's own. Each preset is a function of the input and the classes."""

from pathlib import Path

from hwgen.spec import HwgenError, Input

from ..architecture import Architecture, require_known
from ..errors import TrainError
from .deep import resnet19, sew_resnet34, vgg_dvs
from .small import small_ecp5, tiny_up5k
from .toml import read

#: The presets by name: ``preset(input, classes, **options)``; options are fields of `Architecture`, and ``width``, a
#: factor on the channels.
PRESETS = {"tiny-up5k": tiny_up5k, "small-ecp5": small_ecp5, "resnet19": resnet19, "sew-resnet34": sew_resnet34,
           "vgg-dvs": vgg_dvs}


def find(name_or_path: str | Path, input: Input, classes: int, **options) -> Architecture:
    """The preset of that name, or the network in a file ``*.toml``, for samples of ``input`` and ``classes`` scores.

    ``options`` are fields of `Architecture`; those that are None count as not given. What is given holds against
    what a file says.

    Raises
    ------
    TrainError
        If there is no such preset or file, the file is wrong, or the shapes do not chain.
    ModelError
        If the specification does not allow such a network, as with 17 timesteps.
    """
    # Here, since the module imports what needs the presets.
    from ..export import to_network
    from ..models import SpikingNetwork
    from ..quantise import QuantLayer

    options = {name: value for name, value in options.items() if value is not None}
    if Path(name_or_path).suffix == ".toml":
        if "width" in options:
            raise TrainError(f"'{name_or_path}' says how many channels there are", "leave the width away")
        try:
            architecture = read(Path(name_or_path), input, classes, **options)
            to_network(SpikingNetwork(architecture, QuantLayer))        # every rule of the specification
        except HwgenError as error:
            raise TrainError(f"'{name_or_path}': {error.message}", error.hint) from error
        return architecture
    require_known("network", str(name_or_path), PRESETS)
    architecture = PRESETS[str(name_or_path)](input, classes, **options)
    to_network(SpikingNetwork(architecture, QuantLayer))
    return architecture
