"""The demo on the terminal: a live picture there, lines elsewhere."""

import io

import numpy as np
import pytest
from rich.console import Console

from hwgen.demo.terminal import Terminal, image, pooled
from tests.demo.stream import Stream, hello


def shown(frames, start=None, terminal=False, width=120, height=40):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=terminal, width=width, height=height, highlight=False, soft_wrap=True)
    view = Terminal(console)
    view.start(start or hello())
    for frame in frames:
        view.show(frame)
    view.close()
    view.close()
    return screen.getvalue()


def answer(number, winner, label=None, equal=True):
    return {"number": number, "time_s": number / 10, "winner": winner, "label": label, "equal": equal}


def test_lines_say_what_changes():
    stream = Stream(side=8)
    frames = [
        stream.frame(answers=[answer(1, 0), answer(2, 0), answer(3, 1, label=1), answer(4, 1, label=0)]),
        stream.frame(answers=[answer(5, 1, equal=False)], status="the board is gone, waiting for it"),
        stream.frame(answers=[answer(6, 1)], windows=6, compared=6, equal=5, correct=None),
    ]
    assert shown(frames).splitlines() == [
        "dvsgesture, gestures, 11 classes (trained on SYNTHETIC data)",
        "board: iCEBreaker on /dev/ttyUSB1",
        "events: simulated camera, 128 x 128 pixels (SYNTHETIC)",
        "    0.10 s  window 1: hand clapping",
        "    0.30 s  window 3: right hand wave, right",
        "the board is gone, waiting for it",
        "    0.50 s  window 5: right hand wave, DIFFERS from the golden model",
        "running",
        "6 windows, board DIFFERS FROM golden: 5 of 6 windows equal",
    ]


def test_nothing_is_called_synthetic_or_a_board_that_is_not():
    lines = shown([], hello("golden", synthetic=False))
    assert "SYNTHETIC" not in lines and "golden model, no hardware\n" in lines


@pytest.mark.parametrize("width, height", [(120, 40), (80, 24), (60, 20)])
def test_a_terminal_has_picture_bars_and_numbers(width, height):
    stream = Stream(wrong=(2,))
    text = shown([stream.frame() for _ in range(40)], terminal=True, width=width, height=height)
    assert "\x1b[" in text and "▀" in text and "█" in text
    if width >= 80:
        assert "> hand clapping *" in text.replace("\x1b[1m", "").replace("\x1b[0m", "")
        assert "board DIFFERS FROM golden: 5 of 6 windows equal" in text


def test_a_terminal_before_the_first_answer_and_without_hardware():
    frame = Stream(side=8).frame(latency_us=None, round_trip_us=None, spikes={}, correct=None)
    text = shown([frame], hello("golden"), terminal=True)
    assert "0 windows" in text and "hardware " not in text


def test_pooling_keeps_the_strongest_pixel_and_its_sign():
    pixels = np.array([[0, 5, 1], [-7, 0, -2], [3, 0, 0]])
    assert pooled(pixels, 2).tolist() == [[-7, -2], [3, 0]]
    assert pooled(pixels, 1).tolist() == pixels.tolist()


def test_an_image_fits_the_room_that_there_is():
    frame = Stream(side=128).frame()
    for columns, rows in [(48, 30), (16, 30), (48, 8)]:
        lines = image(frame, columns, rows).plain.splitlines()
        assert len(lines) <= rows and {len(line) for line in lines} <= set(range(1, columns + 1))


def test_on_and_off_are_of_different_colours():
    frame = {**Stream(side=2).frame(), "image": bytes([255, 128, 128, 0])}
    first, second = (span.style for span in image(frame, 48, 30).spans)
    assert first.color.name == "#ffab40" and first.bgcolor.name == "#000000"
    assert second.color.name == "#000000" and second.bgcolor.name == "#4fb0ff"
