"""How much of a layer's input is at work: what cycles depend on besides shapes."""

from dataclasses import dataclass, field

#: Share of the elements of a map that spike in at least one of the timesteps swept together, and of the
#: slices of a pixel that are not zero, where nothing has been measured.
ASSUMED_SHARE = 0.35


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Shares of elements with a spike (or of pixels with a set bit).

    Parameters
    ----------
    shares
        By ``(layer, time_parallel)``: of the map that enters layer ``layer`` of the network, the mean over its
        slices of ``time_parallel`` timesteps (or bits of a pixel).
    basis
        Where they come from, for people.
    """

    shares: dict[tuple[int, int], float] = field(default_factory=dict)
    basis: str = f"{ASSUMED_SHARE:.0%} of the inputs of a layer assumed active"

    def share(self, layer: int, time_parallel: int) -> float:
        return self.shares.get((layer, time_parallel), ASSUMED_SHARE)
