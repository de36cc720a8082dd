"""The bus on which a core takes the words of its weights image."""

from amaranth.hdl import Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..plan.core_plan import CorePlan
from ..plan.image import WORD_BITS, Design, Section


class LoadBus(wiring.Signature):
    """The words of the payload of an image: ``valid``, ``address`` (number of the word) and ``data``.

    A word in any cycle, in any order, while the core is idle; nothing waits. The core computes rightly once it
    has taken all of them.
    """

    def __init__(self, design: Design):
        super().__init__({
            "valid": Out(1), "address": Out(unsigned((design.words - 1).bit_length())),
            "data": Out(unsigned(WORD_BITS))})


def is_loaded(plan: CorePlan) -> bool:
    """Whether what training left comes from an image, on a `LoadBus`."""
    return plan.weight_store == "spram"


def load_port(plan: CorePlan) -> dict:
    """The member ``load`` of a component that takes words; none where everything is built in."""
    return {"load": In(LoadBus(Design.of(plan)))} if is_loaded(plan) else {}


def row_of(load: wiring.PureInterface, section: Section) -> Value:
    """The row of ``section`` that the word on the bus belongs to."""
    return load.address[section.row_words.bit_length() - 1:max(section.address_bits, 1)]


def writes(load: wiring.PureInterface, section: Section, word: int) -> Value:
    """Whether the bus has word ``word`` of a row of ``section``."""
    within = load.valid & (load.address[section.address_bits:] == section.base >> section.address_bits)
    low = section.row_words.bit_length() - 1
    return within & (load.address[:low] == word) if low else within
