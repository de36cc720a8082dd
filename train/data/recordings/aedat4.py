"""AEDAT 4, as DV writes it (inivation, "AEDAT 4"): flatbuffers, compressed with LZ4 or Zstandard.

It is read by the library `aedat` of the International Centre for Neuromorphic Systems, which is in the extra `events`.
"""

from pathlib import Path

import numpy as np

from ...errors import DataError
from .events import REMEDY, Events, checked


def read_aedat4(path: Path) -> Events:
    """The events of the first stream of ``path`` that has any.

    Raises
    ------
    DataError
        If the library is missing or refuses the file, it has no stream of events, or `checked` refuses them.
    """
    try:
        import aedat
    except ImportError as error:
        raise DataError(f"'{path}' is AEDAT 4, and the library that reads it is missing",
                        "install it with `pip install 'hwgen[events]'`") from error
    packets, count = [], 0
    try:
        decoder = aedat.Decoder(str(path))
        streams = {number: stream for number, stream in decoder.id_to_stream().items() if stream["type"] == "events"}
        if streams:
            number = min(streams)
            for packet in decoder:
                if packet["stream_id"] == number:
                    packets.append(packet["events"])
                    count += len(packets[-1])
    except Exception as error:                                          # the library raises many kinds
        raise DataError(f"'{path}' is damaged behind event {count} ({' '.join(str(error).split())})",
                        REMEDY) from error
    if not streams:
        raise DataError(f"'{path}' has no stream of events", "record the events with DV as well")
    t, x, y, p = (np.concatenate([packet[name] for packet in packets]) if packets else np.zeros(0, np.int64)
                  for name in ("t", "x", "y", "on"))
    return checked(path, t, x, y, p, (streams[number]["width"], streams[number]["height"]))
