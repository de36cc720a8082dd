"""What the host link needs to know of the network, the core and the clock."""

from dataclasses import dataclass

from amaranth.hdl import signed, unsigned
from amaranth.lib import data

from ..spec.identity import network_hash
from ..link.protocol import MAX_PAYLOAD, Hello, element_bytes
from ..plan.image import Design
from ..spec import HwgenError
from .uart import BitRate


@dataclass(frozen=True, kw_only=True)
class LinkParameters:
    """Sizes that the protocol carries and the ports depend on.

    Parameters
    ----------
    hello
        What the board says of itself.
    baud
        Bits a second on the line.
    score_width
        Bits of a score, signed, at most 32.
    event_shape
        C, H, W of the map that events fill; None if the network takes none.
    design
        What a weights image is made for; None if there is none, and all of ``hello`` is built in.

    Raises
    ------
    HwgenError
        If a sample, or a number of layers, classes or words, does not fit its field of the protocol, or
        the clock cannot make the line's rate.
    """

    hello: Hello
    baud: int
    score_width: int
    event_shape: tuple[int, int, int] | None = None
    design: Design | None = None

    def __post_init__(self):
        for what, value, limit, remedy in (
            ("bytes of a sample", self.infer_length, MAX_PAYLOAD, "use a smaller input map"),
            ("layers", self.hello.layers, 255, "use fewer layers"),
            ("classes", self.hello.classes, 255, "use fewer classes"),
            ("words of the map memory", self.hello.map_words, 0xFFFF, "use smaller maps"),
            ("bits of a map word", self.hello.word_bits, 128, "use fewer time-parallel lanes"),
            ("bits of an element", self.hello.element_bits, 16, "use fewer timesteps"),
            ("bits of a score", self.score_width, 32, "use a narrower membrane"),
        ):
            if value > limit:
                raise HwgenError(f"{value} {what} are more than the host link carries ({limit})", remedy)
        _ = self.rate

    @classmethod
    def from_plan(cls, plan) -> "LinkParameters":
        """The parameters for the cores of a `hwgen.plan.Plan`.

        Several cores work on several samples at a time, so there is no moment at which their maps could be
        read: ``map_words`` is 0 then, every PROBE out of range, and INFER takes no layer but the last.
        """
        core, last = plan.cores[0], plan.cores[-1]
        network = core.network
        hello = Hello(
            network=network_hash(network), clock_hz=round(plan.target_hz), elements=core.elements,
            element_bits=core.element_bits, timesteps=network.timesteps, layers=len(network.layers),
            classes=network.classes, map_words=core.map_words if core is last else 0, word_bits=core.word_bits)
        return cls(hello=hello, baud=plan.board.uart_baud, score_width=last.score_width,
                   event_shape=network.input.shape if network.input.takes_events else None,
                   design=Design.of(core) if core.weight_store == "spram" else None)

    @property
    def rate(self) -> BitRate:
        """The line's rate."""
        return BitRate(clock_hz=self.hello.clock_hz, baud=self.baud)

    @property
    def infer_length(self) -> int:
        """Bytes of the payload of INFER: the layer to stop at and the elements."""
        return 1 + self.hello.elements * element_bytes(self.hello.element_bits)

    @property
    def element(self):
        """Shape of an element of a sample."""
        return unsigned(self.hello.element_bits)

    @property
    def layer(self):
        """Shape of a layer's index."""
        return range(self.hello.layers)

    @property
    def address(self):
        """Shape of an address of the map memory."""
        return range(max(self.hello.map_words, 2))

    @property
    def score(self):
        """Layout of a transfer of scores."""
        return data.StructLayout({"score": signed(self.score_width), "last": 1})
