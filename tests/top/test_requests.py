"""The request parser against a model of a few lines, on streams of good, wrong and damaged frames."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.link import protocol
from hwgen.link.protocol import VERSION, ErrorCode, Request
from hwgen.top.requests import Kind, RequestParser
from hwgen.top.slip import TOKEN
from tests.simulation import simulate, source, stalls, wait
from tests.top.helpers import PARAMETERS

HELLO = PARAMETERS.hello


def judge(body):
    """``(kind, code, sequence)`` for the bytes of a frame."""
    sequence = body[2] if len(body) > 2 else 0
    version, type_, length = body[0], body[1] if len(body) > 1 else None, body[3:5]
    expected = {Request.HELLO: 0, Request.STATUS: 0, Request.PROBE: 2, Request.INFER: PARAMETERS.infer_length}
    if protocol.crc16(body):
        code = ErrorCode.CRC
    elif version != VERSION:
        code = ErrorCode.VERSION
    elif type_ not in expected and len(body) > 1:
        code = ErrorCode.TYPE
    elif len(body) != protocol.OVERHEAD + expected[type_] or int.from_bytes(length, "little") != expected[type_]:
        code = ErrorCode.LENGTH
    elif type_ == Request.PROBE and int.from_bytes(body[5:7], "little") >= HELLO.map_words:
        code = ErrorCode.RANGE
    elif type_ == Request.INFER and body[5] >= HELLO.layers:
        code = ErrorCode.RANGE
    else:
        return Kind(type_), 0, sequence
    return Kind.ERROR, code, sequence


@st.composite
def bodies(draw):
    """The bytes of a frame: good, with a wrong field, damaged, cut short, longer, or hardly begun."""
    type_ = draw(st.sampled_from(Request))
    payload = {
        Request.INFER: st.tuples(st.integers(0, 3), *[st.integers(0, 15)] * HELLO.elements).map(bytes),
        Request.PROBE: st.integers(0, 2 * HELLO.map_words).map(lambda address: address.to_bytes(2, "little")),
    }.get(type_, st.just(b""))
    payload = draw(payload)
    header = bytes([VERSION, type_, draw(st.integers(0, 255))]) + len(payload).to_bytes(2, "little")
    body = bytearray(header + payload)
    change = draw(st.sampled_from(["none", "none", "byte", "cut", "longer", "noise", "stub"]))
    if change == "byte":
        body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    elif change == "cut":
        del body[draw(st.integers(1, len(body))):]
    elif change == "longer":
        body += draw(st.binary(min_size=1, max_size=3))
    body += protocol.crc16(body).to_bytes(2, "big")
    if change == "stub":
        del body[draw(st.integers(1, 2)):]
    if change == "noise":
        body[draw(st.integers(0, len(body) - 1))] ^= draw(st.integers(1, 255))
    return bytes(body)


@settings(max_examples=60, deadline=None)
@given(st.lists(bodies(), min_size=1, max_size=5), st.integers(0, 2**32))
def test_the_parser_judges_as_the_model(frames, seed):
    dut, requests, elements, samples = RequestParser(PARAMETERS), [], [], []
    tokens = [token for body in frames for token in
              (*(TOKEN.const({"byte": byte, "end": 0}) for byte in body), TOKEN.const({"byte": 0, "end": 1}))]

    async def observe(ctx):
        element_pauses, request_pauses = stalls(seed, 0.3), stalls(seed + 1, 0.7)
        while True:
            ctx.set(dut.elements.ready, not next(element_pauses))
            ctx.set(dut.request.ready, not next(request_pauses))
            _, _, offered, ready, element, restart, asked, answered, request, layer, address = await ctx.tick().sample(
                dut.elements.valid, dut.elements.ready, dut.elements.payload, dut.restart, dut.request.valid,
                dut.request.ready, dut.request.payload, dut.stop_layer, dut.address)
            if offered and ready:
                elements.append(element)
                if len(elements) == HELLO.elements:
                    samples.append((layer, *elements))
                    elements.clear()
            if restart:
                elements.clear()
            if asked and answered:
                requests.append((request.kind, request.number, request.sequence))
                if request.kind == Kind.PROBE:
                    requests.append(address)

    async def send(ctx):
        await source(dut.i, tokens, stalls(seed + 2, 0.3))(ctx)
        await wait(ctx, 60)

    simulate(dut, send, background=[observe])
    expected = []
    for body in frames:
        expected.append(judge(body))
        if expected[-1][0] == Kind.PROBE:
            expected.append(int.from_bytes(body[5:7], "little"))
    assert requests == expected
    assert samples == [(body[5], *(byte % 2**HELLO.element_bits for byte in body[6:-2]))
                       for body in frames if judge(body)[0] == Kind.INFER]
    assert elements == []
