"""The whole board design: the only place that requests pins."""

from amaranth.hdl import ClockDomain, ClockSignal, Elaboratable, Module, ResetSignal, Signal
from amaranth.lib import io, wiring

from ..gateware.array import CoreArray
from ..gateware.core import Core
from ..spec import HwgenError
from .boot import BootLoader
from .boundary import Boundary
from .clock import BoardClock
from .parameters import LinkParameters
from .system import System

#: Toggles of the "alive" LED a second, about.
ALIVE_HZ = 2


class BoardTop(Elaboratable):
    """Clock, reset, UART, host link, core and up to three LEDs on a board.

    LEDs: *alive* blinks while the clock runs; *busy* is lit while the core computes or maps are read;
    *error* is lit from a wrong frame to the next good one, and for good where the weights image is bad. Ports
    are those of the board's resources (``clk12_0__io``, ``uart_0__rx__io``, ``uart_0__tx__io``, ...).

    Parameters
    ----------
    plan
        `hwgen.plan.Plan`.
    board
        `boards.Board`; elaborate on a new ``board.platform()``.
    core
        What to put in place of the plan's core, for tests.

    Raises
    ------
    HwgenError
        When elaborated: if the clock or the UART's rate cannot be made, there is no flash for the weights, or the
        network does not fit the protocol.
    """

    def __init__(self, plan, board, *, core=None):
        self._plan = plan
        self._board = board
        self._core = core

    def elaborate(self, platform):
        # All that can be wrong comes first: Amaranth warns of every part that an error leaves unused.
        plan, board = self._plan, self._board
        settings = board.pll_settings(plan.target_hz)
        parameters = LinkParameters.from_plan(plan)
        if parameters.design and board.weights_offset is None:
            raise HwgenError(f"board '{board.name}' has no flash to load the weights from",
                             "plan with weights in block RAM")

        m = Module()
        m.submodules.clock = clock = BoardClock(
            pad=platform.request(platform.default_clk, dir="-"), settings=settings)
        m.domains.sync = ClockDomain()
        m.d.comb += [ClockSignal().eq(clock.clk), ResetSignal().eq(clock.rst)]

        uart = platform.request("uart", 0, dir={"rx": "-", "tx": "-"})
        m.submodules.rx_pin = rx = io.Buffer("i", uart.rx)
        m.submodules.tx_pin = tx = io.Buffer("o", uart.tx)
        core = self._core or (Core(plan=plan.cores[0]) if len(plan.cores) == 1 else CoreArray(plans=plan.cores))
        m.submodules.system = system = System(parameters, Boundary(core, "core"))
        m.d.comb += [system.rx.eq(rx.i), tx.o.eq(system.tx)]
        if parameters.design:
            self._boot(m, platform, system)

        blink = Signal((round(plan.target_hz) // ALIVE_HZ).bit_length())
        m.d.sync += blink.eq(blink + 1)
        shown = {"alive": blink[-1], "busy": system.busy, "error": system.error}
        for name, resource in board.leds.items():
            m.submodules[f"{name}_pin"] = led = io.Buffer("o", platform.request(*resource, dir="-"))
            m.d.comb += led.o.eq(shown[name])
        for name, number in board.held_high:
            m.submodules[f"{name}_pin"] = pin = io.Buffer("o", platform.request(name, number, dir="-"))
            m.d.comb += pin.o.eq(1)
        return m

    def _boot(self, m, platform, system):
        """The boot loader and the flash that holds the weights image."""
        m.submodules.boot = boot = BootLoader(plan=self._plan.cores[0], offset=self._board.weights_offset)
        flash = platform.request("spi_flash", 0, dir={"cs": "-", "clk": "-", "copi": "-", "cipo": "-"})
        for name in ("cs", "clk", "copi"):
            m.submodules[f"flash_{name}_pin"] = pin = io.Buffer("o", getattr(flash, name))
            m.d.comb += pin.o.eq(getattr(boot, name))
        m.submodules.flash_cipo_pin = cipo = io.Buffer("i", flash.cipo)
        wiring.connect(m, boot.load, system.load)
        m.d.comb += [boot.cipo.eq(cipo.i), system.ready.eq(boot.ready), system.bad.eq(boot.bad)]
