"""Recordings as their formats' documents describe them, written byte by byte and without the readers' help."""

import struct

import numpy as np

from train.data.recordings import Events


def some_events(count: int = 50, width: int = 128, height: int = 128, seed: int = 1, most: int = 300) -> Events:
    """Random events; steps of up to ``most`` microseconds."""
    rng = np.random.default_rng(seed)
    return Events(rng.integers(0, most, count).cumsum(), rng.integers(0, width, count, np.int32),
                  rng.integers(0, height, count, np.int32), rng.integers(0, 2, count, np.uint8), width, height)


def rows(events: Events) -> list[tuple[int, int, int, int]]:
    """``(t, x, y, p)`` of each."""
    return list(zip(*(values.tolist() for values in (events.t, events.x, events.y, events.p))))


def aedat2(events: Events, header: bytes = b"#!AER-DAT2.0\r\n# a remark\r\n") -> bytes:
    return header + b"".join(struct.pack(">II", y << 8 | 127 - x << 1 | (not p), t % 2**32)
                             for t, x, y, p in rows(events))


def aedat3_packet(events: Events, kind: int = 1, overflow: int = 0, valid: int = 1) -> bytes:
    count = len(events)
    return struct.pack("<hhiiiiii", kind, 1, 8, 4, overflow, count, count, count) + b"".join(
        struct.pack("<II", x << 17 | y << 2 | p << 1 | valid, t % 2**31) for t, x, y, p in rows(events))


AEDAT3_HEADER = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n"


def atis(events: Events) -> bytes:
    return b"".join(bytes([x, y]) + (p << 23 | t % 2**23).to_bytes(3, "big") for t, x, y, p in rows(events))


def raw_header(encoding: str, size: str = "128x128") -> bytes:
    return f"% date 2024-01-01 00:00:00\n% evt {encoding[-1]}.0\n% geometry {size}\n% end\n".encode()


def evt2(events: Events) -> bytes:
    words, high = [], None
    for t, x, y, p in rows(events):
        if t >> 6 != high:
            high = t >> 6
            words.append(8 << 28 | high % 2**28)
        words.append(p << 28 | (t & 63) << 22 | x << 11 | y)
    return raw_header("EVT2") + struct.pack(f"<{len(words)}I", *words)


def evt3(events: Events) -> bytes:
    """Every event by words of its own, nothing vectorised."""
    words, high = [], None
    for t, x, y, p in rows(events):
        if t >> 12 != high:
            high = t >> 12
            words.append(8 << 12 | high % 4096)
        words += [6 << 12 | t & 4095, y, 2 << 12 | p << 11 | x]
    return raw_header("EVT3") + struct.pack(f"<{len(words)}H", *words)


def aedat4(events: Events) -> bytes:
    """One packet, not compressed; the flatbuffers have one table each."""
    node = (f'<dv version="2.0"><node name="outInfo" path="/outInfo/"><node name="0" path="/outInfo/0/">'
            f'<attr key="typeIdentifier" type="string">EVTS</attr><node name="info" path="/outInfo/0/info/">'
            f'<attr key="sizeX" type="int">{events.width}</attr><attr key="sizeY" type="int">{events.height}</attr>'
            f'</node></node></node></dv>').encode()
    # offsets count from behind the size: root, identifier, vtable (three fields, only the last is set), table, string
    io = struct.pack("<I4s5H2xiII", 20, b"IOHE", 10, 8, 0, 0, 4, 12, 4, len(node)) + node + b"\0"
    packet = struct.pack("<I4s3H2xiI", 16, b"EVTS", 6, 8, 4, 8, 4) + struct.pack("<I", len(events)) + b"".join(
        struct.pack("<qhh?3x", t, x, y, bool(p)) for t, x, y, p in rows(events))
    packet = struct.pack("<I", len(packet)) + packet
    return b"#!AER-DAT4.0\r\n" + struct.pack("<I", len(io)) + io + struct.pack("<ii", 0, len(packet)) + packet
