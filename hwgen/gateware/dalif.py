"""One timestep of the DA-LIF neuron as a pipeline of three stages."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..spec import BETAF_FRACTION_BITS
from ..spec.fixedpoint import signed_max, signed_min


class DalifStep(wiring.Component):
    """The integer rule of one timestep; equals `sim.golden.neuron.step`.

    ::

        stage 1: P = betaf * G
        stage 2: U = saturate(((P + 2**(FB-1)) >> FB) + x) to ``membrane_bits``
        stage 3: S = fires & (U >= threshold);  G = U, or after a spike 0 or U - threshold

    Throughput: one neuron a cycle. Latency: `latency` = 3 cycles from ``g`` and `x_latency` = 2 cycles
    from ``x``, ``threshold`` and the settings to the outputs.

    Parameters
    ----------
    widths
        Possible values of ``membrane_bits``; ``width`` chooses one of them by its index.
    x_width, threshold_width, betaf_width
        Bits of ``x`` (signed), ``threshold`` and ``betaf`` (unsigned).

    Members
    -------
    g : In(signed)
        G of the timestep before, of ``max(widths)`` bits.
    betaf : In(unsigned)
        Decay of the membrane, UQ(2, 8); with ``g``.
    x : In(signed)
        ``(X + bias) << F``; one cycle behind ``g``, as are the members below.
    threshold : In(unsigned)
    width : In(range(len(widths)))
    fires, subtract : In(1)
        The neuron fires at all; it resets by subtraction.
    g_next : Out(signed)
        G after the reset; U where the neuron does not fire.
    spike : Out(1)
    """

    latency = 3
    x_latency = 2

    def __init__(self, *, widths: tuple[int, ...], x_width: int, threshold_width: int, betaf_width: int):
        self._widths = tuple(widths)
        membrane = signed(max(widths))
        super().__init__({
            "g": In(membrane),
            "betaf": In(unsigned(betaf_width)),
            "x": In(signed(x_width)),
            "threshold": In(unsigned(threshold_width)),
            "width": In(unsigned(max(1, (len(widths) - 1).bit_length()))),
            "fires": In(1),
            "subtract": In(1),
            "g_next": Out(membrane),
            "spike": Out(1),
        })

    @property
    def widths(self) -> tuple[int, ...]:
        return self._widths

    def elaborate(self, platform):
        m = Module()
        membrane = self.g.shape()

        product = Signal(signed(membrane.width + len(self.betaf) + 1), reset_less=True)
        m.d.sync += product.eq(self.g * self.betaf)

        # Half up: the highest dropped bit is the carry into the addition.
        whole, carry = product >> BETAF_FRACTION_BITS, product[BETAF_FRACTION_BITS - 1]
        total = Signal(signed(max(len(whole), len(self.x)) + 1))
        m.d.comb += total.eq((Cat(carry, whole).as_signed() + Cat(carry, self.x).as_signed()) >> 1)
        charged = Signal(membrane, reset_less=True)
        threshold = Signal.like(self.threshold, reset_less=True)
        fires, subtract = Signal(), Signal()
        m.d.sync += [
            charged.eq(self._saturated(total)),
            threshold.eq(self.threshold), fires.eq(self.fires), subtract.eq(self.subtract),
        ]

        above = Signal(signed(membrane.width + 1))
        spike = Signal()
        m.d.comb += [
            above.eq(charged - threshold),
            spike.eq(fires & (above >= 0)),
        ]
        # Without a reset the next step's multiplier block can hold it.
        g_next = Signal(membrane, reset_less=True)
        m.d.sync += [
            self.spike.eq(spike),
            g_next.eq(Mux(spike, Mux(subtract, above, 0), charged)),
        ]
        m.d.comb += self.g_next.eq(g_next)
        return m

    def _saturated(self, total: Value) -> Value:
        """``total`` clamped to the membrane width that ``width`` chooses."""
        results = []
        for bits in self._widths:
            if len(total) <= bits:
                results.append(total)
                continue
            overflow = total[bits - 1:] != Mux(total[-1], (1 << len(total) - bits + 1) - 1, 0)
            limit = Mux(total[-1], Const(signed_min(bits), signed(bits)), Const(signed_max(bits), signed(bits)))
            results.append(Mux(overflow, limit, total[:bits].as_signed()))
        chosen = results[-1]
        for index, result in reversed(list(enumerate(results[:-1]))):
            chosen = Mux(self.width == index, result, chosen)
        return chosen
