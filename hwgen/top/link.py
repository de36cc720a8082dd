"""The host link: UART, SLIP, requests and responses between a host and the core."""

from amaranth.hdl import Module, Mux
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..gateware.load import LoadBus
from .counters import EventCounters
from .events import EventInput
from .parameters import LinkParameters
from .requests import RequestParser
from .responses import ResponseSender
from .slip import SlipDecoder, SlipEncoder
from .uart import Receiver, Transmitter


class Link(wiring.Component):
    """Speaks the protocol of ``docs/protocol.md`` on a UART and drives a core.

    Equals `hwgen.link.protocol`: every frame with something in it is answered by one frame.

    Parameters
    ----------
    parameters
        `LinkParameters`.

    Members
    -------
    rx : In(1), tx : Out(1)
        The lines from and to the host.
    elements : Out(stream), restart : Out(1), stop_layer : Out(range(layers))
        The sample, to the core.
    scores : In(stream), winner : In(range(classes)), cycles : In(32)
        The result, from the core.
    probe_address : Out, probe_data : In
        Read port of the core's map memory, data one cycle behind the address.
    ready : In(1), bad : In(1), load : In(LoadBus)
        With ``design``: the weights are there, or cannot be had; the words of their image.
    serving : Out(1)
        A sample is being computed, or maps are being read.
    error : Out(1)
        What came last was wrong; cleared by a good frame.
    """

    def __init__(self, parameters: LinkParameters):
        self._parameters = parameters
        super().__init__({
            "rx": In(1, init=1),
            "tx": Out(1, init=1),
            "elements": Out(stream.Signature(parameters.element)),
            "restart": Out(1),
            "stop_layer": Out(parameters.layer),
            "scores": In(stream.Signature(parameters.score)),
            "winner": In(range(parameters.hello.classes)),
            "cycles": In(32),
            "probe_address": Out(parameters.address),
            "probe_data": In(parameters.hello.word_bits),
            **({"ready": In(1), "bad": In(1), "load": In(LoadBus(parameters.design))} if parameters.design else {}),
            "serving": Out(1),
            "error": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        parameters = self._parameters
        m.submodules.receiver = receiver = Receiver(parameters.rate)
        m.submodules.slip_decoder = decoder = SlipDecoder()
        m.submodules.requests = requests = RequestParser(parameters)
        m.submodules.responses = responses = ResponseSender(parameters)
        m.submodules.slip_encoder = encoder = SlipEncoder()
        m.submodules.transmitter = transmitter = Transmitter(parameters.rate)
        m.submodules.counters = counters = EventCounters()

        wiring.connect(m, receiver.o, decoder.i)
        wiring.connect(m, decoder.o, requests.i)
        wiring.connect(m, responses.o, encoder.i)
        wiring.connect(m, encoder.o, transmitter.i)
        wiring.connect(m, wiring.flipped(self.scores), responses.scores)
        m.d.comb += [
            receiver.line.eq(self.rx),
            self.tx.eq(transmitter.line),
            responses.stopped.eq(self.stop_layer != parameters.hello.layers - 1),
            responses.winner.eq(self.winner),
            responses.cycles.eq(self.cycles),
            self.probe_address.eq(requests.address),
            responses.probe_data.eq(self.probe_data),
            counters.events.eq(requests.events),
            counters.events.line.eq(receiver.framing | receiver.overrun),
            responses.counters.eq(counters.counters),
            self.serving.eq(responses.serving),
            self.error.eq(counters.error),
        ]
        if parameters.event_shape:
            self._with_events(m, requests, responses)
        else:
            wiring.connect(m, requests.request, responses.request)
            wiring.connect(m, requests.elements, wiring.flipped(self.elements))
            m.d.comb += [
                self.restart.eq(requests.restart), self.stop_layer.eq(requests.stop_layer),
                requests.serving.eq(responses.serving),
            ]
        if parameters.design:
            wiring.connect(m, wiring.flipped(self.load), responses.load)
            m.d.comb += [requests.ready.eq(self.ready), requests.bad.eq(self.bad)]
        return m

    def _with_events(self, m, requests, responses):
        """The core belongs to the parser or to a window of events, whole inferences then."""
        m.submodules.event_input = events = EventInput(self._parameters)
        wiring.connect(m, requests.request, events.i)
        wiring.connect(m, events.o, responses.request)
        m.d.comb += [
            events.write.eq(requests.i.valid & requests.i.ready & requests.words),
            events.byte.eq(requests.i.p.byte), events.finish.eq(requests.finish),
            events.good.eq(requests.good), requests.accepted.eq(events.accepted),
            events.scores_valid.eq(self.scores.valid), events.serving.eq(responses.serving),
            requests.serving.eq(responses.serving | events.busy), responses.event_counts.eq(events.counts),
            self.restart.eq(requests.restart & ~events.turn),
            self.stop_layer.eq(Mux(events.turn, self._parameters.hello.layers - 1, requests.stop_layer)),
            self.elements.valid.eq(Mux(events.turn, events.elements.valid, requests.elements.valid)),
            self.elements.payload.eq(
                Mux(events.turn, events.elements.payload, requests.elements.payload)),
            events.elements.ready.eq(events.turn & self.elements.ready),
            requests.elements.ready.eq(~events.turn & self.elements.ready),
        ]
