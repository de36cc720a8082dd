"""The frames of the host link: constants, codec, requests and decoded responses (standard library only).

A frame is ``version(1) type(1) sequence(1) length(2, LE) payload(length) crc(2, BE)``; the CRC is
CRC-16/CCITT-FALSE over everything before it. Frames are delimited by SLIP (RFC 1055), with END before and
after each. ``docs/protocol.md`` describes every byte and the flow; the gateware takes its constants from
here.
"""

import binascii
import enum
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass

#: Version of the protocol, the first byte of every frame.
VERSION = 2

#: SLIP: END delimits frames; ESC ESC_END and ESC ESC_ESC stand for END and ESC inside one (RFC 1055).
END, ESC, ESC_END, ESC_ESC = 0xC0, 0xDB, 0xDC, 0xDD

_HEADER = struct.Struct("<BBBH")
#: Bytes of a frame without its payload: header and CRC.
OVERHEAD = _HEADER.size + 2
#: Longest payload in bytes.
MAX_PAYLOAD = 0xFFFF
#: Bytes of a word of EVENTS, and most words of a request.
EVENT_BYTES, MAX_EVENTS = 4, 127


class Request(enum.IntEnum):
    """Type of a frame from the host."""

    HELLO = 0x01
    INFER = 0x02
    STATUS = 0x03
    PROBE = 0x04
    EVENTS = 0x05
    COUNTS = 0x06


class Response(enum.IntEnum):
    """Type of a frame from the board: the request's with the top bit set, or ``ERROR``."""

    ERROR = 0x80
    HELLO = 0x81
    RESULT = 0x82
    STATUS = 0x83
    PROBE = 0x84
    EVENTS = 0x85
    COUNTS = 0x86


class ErrorCode(enum.IntEnum):
    """Why a request was refused; checked in this order, the first that holds is told."""

    CRC = 1  #: the CRC does not match: damaged, cut short, or bytes were lost
    VERSION = 2  #: another version of the protocol
    TYPE = 3  #: no such request
    LENGTH = 4  #: the length is not that of the request, or not that of the frame
    RANGE = 5  #: a layer or an address that the network does not have
    BUSY = 6  #: INFER or PROBE while an earlier one is not answered yet, or while windows of events run;
    #: any request while the board still loads its weights
    IMAGE = 7  #: any request: the board found no weights image in its flash that fits its design


class ProtocolError(ValueError):
    """A frame or a payload that breaks the protocol; ``code`` and the message say which rule."""

    def __init__(self, code: ErrorCode, message: str):
        super().__init__(message)
        self.code = code


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, from 0xFFFF, not reflected, not inverted."""
    return binascii.crc_hqx(data, 0xFFFF)


@dataclass(frozen=True)
class Frame:
    """One frame: its type, sequence number and payload."""

    type: int
    sequence: int = 0
    payload: bytes = b""
    version: int = VERSION

    def encode(self) -> bytes:
        """The bytes on the wire, with an END before and after.

        Raises
        ------
        ProtocolError
            If the payload is longer than 65,535 bytes.
        """
        if len(self.payload) > MAX_PAYLOAD:
            raise ProtocolError(ErrorCode.LENGTH,
                                f"a payload of {len(self.payload)} bytes is longer than {MAX_PAYLOAD}")
        body = _HEADER.pack(self.version, self.type, self.sequence, len(self.payload)) + self.payload
        return slip_encode(body + crc16(body).to_bytes(2, "big"))

    @classmethod
    def decode(cls, body: bytes) -> "Frame":
        """The frame in ``body``: the bytes between two END, unescaped.

        Raises
        ------
        ProtocolError
            If the CRC, the version or the length is wrong, in this order.
        """
        if len(body) < OVERHEAD or crc16(body) != 0:
            raise ProtocolError(ErrorCode.CRC, f"the CRC of a frame of {len(body)} bytes is wrong")
        version, type_, sequence, length = _HEADER.unpack_from(body)
        if version != VERSION:
            raise ProtocolError(ErrorCode.VERSION,
                                f"a frame has version {version}, this side speaks {VERSION}")
        if length != len(body) - OVERHEAD:
            raise ProtocolError(ErrorCode.LENGTH,
                                f"a frame says {length} bytes of payload and has {len(body) - OVERHEAD}")
        return cls(type_, sequence, body[_HEADER.size:-2])


def slip_encode(body: bytes) -> bytes:
    """``body`` between two END, with END and ESC in it escaped."""
    escaped = body.replace(bytes([ESC]), bytes([ESC, ESC_ESC])).replace(bytes([END]), bytes([ESC, ESC_END]))
    return bytes([END]) + escaped + bytes([END])


class Decoder:
    """Finds frames in bytes as they come, however they are cut and whatever lies between them.

    ``errors`` counts by `ErrorCode` what was thrown away.
    """

    #: What an unfinished frame grows beyond this is dropped: it is noise, and memory stays bounded.
    LIMIT = OVERHEAD + MAX_PAYLOAD + 1

    def __init__(self):
        self.errors: Counter[ErrorCode] = Counter()
        self._body = bytearray()
        self._escaped = False

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes from the line and return the frames that they complete. Never raises."""
        frames = []
        for byte in data:
            if byte == END:
                if self._body:
                    try:
                        frames.append(Frame.decode(bytes(self._body)))
                    except ProtocolError as error:
                        self.errors[error.code] += 1
                self._body.clear()
                self._escaped = False
            elif byte == ESC and not self._escaped:
                self._escaped = True
            else:
                if self._escaped:
                    byte = {ESC_END: END, ESC_ESC: ESC}.get(byte, byte)
                    self._escaped = False
                if len(self._body) < self.LIMIT:
                    self._body.append(byte)
        return frames


def element_bytes(element_bits: int) -> int:
    """Bytes that carry one element of a sample: 1, or 2 above 8 bits."""
    return 1 if element_bits <= 8 else 2


def word_bytes(word_bits: int) -> int:
    """Bytes that carry one word of the map memory: the power of two that holds it."""
    return 1 << max(0, (word_bits - 1).bit_length() - 3)


def hello(sequence: int = 0) -> Frame:
    """Ask who is there."""
    return Frame(Request.HELLO, sequence)


def infer(elements: Sequence[int], *, element_bits: int, stop_layer: int, sequence: int = 0) -> Frame:
    """Send one sample.

    Parameters
    ----------
    elements
        The sample in the order y, x, channel (channel fastest): pixels already reduced to
        ``element_bits`` bits, or integers whose bit t is the spike at timestep t.
    stop_layer
        Index of the last layer to compute; that of the readout for a whole inference.

    Raises
    ------
    ProtocolError
        If an element does not fit ``element_bits``.
    """
    elements = [int(element) for element in elements]
    for index, element in enumerate(elements):
        if element < 0 or element >> element_bits:
            raise ProtocolError(ErrorCode.RANGE,
                                f"element {index} = {element} does not fit {element_bits} bits")
    size = element_bytes(element_bits)
    payload = b"".join(element.to_bytes(size, "little") for element in elements)
    return Frame(Request.INFER, sequence, bytes([stop_layer]) + payload)


def status(sequence: int = 0) -> Frame:
    """Ask for the counters."""
    return Frame(Request.STATUS, sequence)


def probe(address: int, sequence: int = 0) -> Frame:
    """Ask for the word of the map memory at ``address``."""
    return Frame(Request.PROBE, sequence, struct.pack("<H", address))


def events(words: Sequence[int], sequence: int = 0) -> Frame:
    """Send events and settings, packed by `hwgen.link.events`.

    Raises
    ------
    ProtocolError
        If there are no words, or more than 127.
    """
    if not 1 <= len(words) <= MAX_EVENTS:
        raise ProtocolError(ErrorCode.LENGTH, f"{len(words)} words do not fit a request (1 to {MAX_EVENTS})")
    return Frame(Request.EVENTS, sequence, struct.pack(f"<{len(words)}I", *words))


def counts(sequence: int = 0) -> Frame:
    """Ask what became of the events."""
    return Frame(Request.COUNTS, sequence)


@dataclass(frozen=True)
class Hello:
    """Who answers: the network (first 8 bytes of its hash, see `hwgen.spec.identity`) and its sizes."""

    network: bytes
    clock_hz: int
    elements: int
    element_bits: int
    timesteps: int
    layers: int
    classes: int
    map_words: int
    word_bits: int

    LAYOUT = struct.Struct("<8sIHBBBBHB")

    def pack(self) -> bytes:
        """The payload."""
        return self.LAYOUT.pack(*astuple(self))


@dataclass(frozen=True)
class Result:
    """Scores in class order, the winner's index, and the cycles that the core took.

    The answer to INFER, or sent unasked for a window of events: the frame's sequence is then its number.
    After an inference that stopped before the readout: one score of 0, the winner means nothing.
    """

    scores: tuple[int, ...]
    winner: int
    cycles: int

    #: Bytes behind the scores.
    TAIL = struct.Struct("<BI")


@dataclass(frozen=True)
class Status:
    """Counters since reset, 8 bits each; see ``docs/protocol.md`` for what each one counts.

    ``frames`` and ``inferences`` count modulo 256; the errors stay at 128 when they get there.
    """

    frames: int
    inferences: int
    crc: int
    version: int
    type: int
    length: int
    refused: int
    line: int


@dataclass(frozen=True)
class Word:
    """A word of the map memory."""

    word: int


@dataclass(frozen=True)
class Accepted:
    """How many words of EVENTS were taken, from the first on; the others found the queue full."""

    words: int


@dataclass(frozen=True)
class Counts:
    """Events that gave no spike of their own, since reset, modulo 65,536.

    ``merged`` with one of the same pixel and bin, ``outside`` the map, ``untimely`` (too late, or in no
    window); ``refused`` words of EVENTS, for want of room in the queue.
    """

    merged: int
    outside: int
    untimely: int
    refused: int

    LAYOUT = struct.Struct("<4H")


@dataclass(frozen=True)
class Refusal:
    """The board's answer to a frame that it does not serve."""

    code: ErrorCode

    def __str__(self) -> str:
        reason = {
            ErrorCode.BUSY: "it is busy; try again",
            ErrorCode.IMAGE: "its flash holds no weights image for its design; write it with `python -m hwgen flash DIR`",
        }.get(self.code, f"the request has a wrong {self.code.name}")
        return f"the board refused a request: {reason}"


def decode_response(frame: Frame, *, word_bits: int = 16
                    ) -> Hello | Result | Status | Word | Accepted | Counts | Refusal:
    """The content of a frame from the board; ``word_bits`` as told by `Hello`.

    Raises
    ------
    ProtocolError
        If the type is unknown or the payload has not the length or the values of its type.
    """
    payload = frame.payload
    try:
        match frame.type:
            case Response.HELLO:
                return Hello(*Hello.LAYOUT.unpack(payload))
            case Response.RESULT:
                count = (len(payload) - Result.TAIL.size) // 4
                *scores, winner, cycles = struct.unpack(f"<{count}i{Result.TAIL.format[1:]}", payload)
                return Result(tuple(scores), winner, cycles)
            case Response.STATUS:
                return Status(*struct.unpack(f"{len(Status.__dataclass_fields__)}B", payload))
            case Response.PROBE:
                if len(payload) != word_bytes(word_bits):
                    raise struct.error(f"a word has {word_bytes(word_bits)}")
                return Word(int.from_bytes(payload, "little"))
            case Response.EVENTS:
                return Accepted(*struct.unpack("B", payload))
            case Response.COUNTS:
                return Counts(*Counts.LAYOUT.unpack(payload))
            case Response.ERROR:
                return Refusal(ErrorCode(*struct.unpack("B", payload)))
    except (struct.error, ValueError) as error:
        raise ProtocolError(ErrorCode.LENGTH, f"a {Response(frame.type).name} frame with {len(payload)} bytes "
                                              f"of payload cannot be read ({error})") from error
    raise ProtocolError(ErrorCode.TYPE, f"a frame has type {frame.type:#04x}, which no board sends")
