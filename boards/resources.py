"""Resources that a board design asks its platform for, as Amaranth describes pins."""


def uart(*, rx: str, tx: str, **attributes):
    """``uart`` with ``rx`` and ``tx`` as the FPGA sees them, and nothing else."""
    from amaranth.build import Attrs, Pins, Resource, Subsignal

    return Resource("uart", 0, Subsignal("rx", Pins(rx, dir="i")), Subsignal("tx", Pins(tx, dir="o")),
                    Attrs(**attributes))


def with_plain_uart(resources, **pins):
    """``resources`` with `uart` in place of one that has more lines than two."""
    return [*(resource for resource in resources if resource.name != "uart"), uart(**pins)]


def leds(pins: str, **attributes):
    """``led`` 0, 1, ... of LEDs that a low level lights."""
    from amaranth.build import Attrs, PinsN, Resource

    return [Resource("led", number, PinsN(pin, dir="o"), Attrs(**attributes))
            for number, pin in enumerate(pins.split())]


def spi_flash(*, cs: str, clk: str, copi: str, cipo: str, **attributes):
    """``spi_flash``, one bit wide: ``cs`` (asserted low), ``clk``, ``copi`` and ``cipo``."""
    from amaranth.build import Attrs, Pins, PinsN, Resource, Subsignal

    return Resource("spi_flash", 0, Subsignal("cs", PinsN(cs, dir="o")), Subsignal("clk", Pins(clk, dir="o")),
                    Subsignal("copi", Pins(copi, dir="o")), Subsignal("cipo", Pins(cipo, dir="i")),
                    Attrs(**attributes))
