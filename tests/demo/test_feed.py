"""What readers of a feed get: the newest frame, every answer once, and nothing that grows."""

import base64
import json

import pytest

from hwgen.demo.feed import ANSWERS, DIFFERENT, Feed, Position
from tests.demo.stream import Stream, hello


def events(data: bytes) -> list[tuple[str, object]]:
    found = []
    for event in data.decode().split("\n\n")[:-1]:
        name, value = event.split("\n")
        found.append((name.removeprefix("event: "), json.loads(value.removeprefix("data: "))))
    return found


def read(feed, position=Position()):
    data, position = feed.read(position, timeout=0)
    return events(data), position


def answers(*numbers, equal=True):
    return [{"number": number, "time_s": number / 10, "winner": 0, "label": None, "equal": equal} for number in numbers]


@pytest.fixture
def feed():
    feed = Feed()
    feed.start(hello())
    return feed


def test_a_reader_gets_the_start_then_the_frame_with_its_image_as_text(feed):
    frame = Stream(side=8).frame(answers=answers(1))
    feed.show(frame)
    (first, start), (second, new), (third, shown) = read(feed)[0]
    assert (first, second, third) == ("hello", "answers", "frame")
    assert start == hello() and new == answers(1)
    assert base64.b64decode(shown.pop("image")) == frame["image"]
    assert shown.pop("different") == []
    assert shown == {name: value for name, value in frame.items() if name not in ("image", "answers")}


def test_a_slow_reader_misses_frames_but_no_answers(feed):
    stream = Stream(side=8)
    _, position = read(feed)
    for number in range(1, 6):
        feed.show(stream.frame(answers=answers(number), windows=number))
    (_, new), (_, frame) = read(feed, position)[0]
    assert [answer["number"] for answer in new] == [1, 2, 3, 4, 5]
    assert frame["windows"] == 5


def test_nothing_new_is_a_ping(feed):
    _, position = read(feed)
    assert read(feed, position) == ([("ping", 0)], position)


def test_old_answers_are_forgotten(feed):
    stream = Stream(side=8)
    for number in range(ANSWERS + 10):
        feed.show(stream.frame(answers=answers(number)))
    new = read(feed)[0][1][1]
    assert [answer["number"] for answer in new] == list(range(10, ANSWERS + 10))


def test_windows_that_differed_are_named_to_those_who_come_late(feed):
    stream = Stream(side=8)
    feed.show(stream.frame(answers=[*answers(1), *answers(2, equal=False), *answers(3, equal=None)]))
    feed.show(stream.frame(answers=[]))
    assert read(feed)[0][-1][1]["different"] == [2]
    feed.show(stream.frame(answers=answers(*range(100), equal=False)))
    assert len(read(feed)[0][-1][1]["different"]) == DIFFERENT


def test_a_new_start_forgets_frames_and_answers(feed):
    feed.show(Stream(side=8).frame(answers=answers(1, equal=False)))
    _, position = read(feed)
    feed.start(hello("rtl"))
    [(name, start)], position = read(feed, position)
    assert name == "hello" and start["board"]["backend"] == "rtl"
    feed.show(Stream(side=8).frame(answers=answers(7)))
    (_, new), (_, frame) = read(feed, position)[0]
    assert new == answers(7) and frame["different"] == []


def test_a_closed_feed_ends(feed):
    feed.close()
    assert feed.read(Position(), timeout=0) is None
