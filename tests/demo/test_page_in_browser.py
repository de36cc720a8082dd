"""The page in a headless Chromium: what a person sees, hears and can press."""

import shutil
import threading
import time

import pytest
from playwright import sync_api as playwright

from hwgen.demo.page import Page
from tests.demo.stream import Stream, hello

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("needs a Chromium: apt-get install chromium", allow_module_level=True)
WAIT_S = 30


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page():
    page = Page()
    page.start(hello())
    yield page
    page.close()


@pytest.fixture
def open_tab(browser, page):
    """A function that opens the page; in the end nothing was complained of, and nothing fetched from elsewhere."""
    tabs, complaints, addresses = [], [], []

    def make(**options):
        tab = browser.new_context(**options).new_page()
        tab.set_default_timeout(1000 * WAIT_S)
        tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: addresses.append(request.url))
        tabs.append(tab)
        tab.goto(page.url)
        return tab

    yield make
    for tab in tabs:
        tab.context.close()
    told = ("net::ERR", "status of 403")        # Chromium itself tells of a server that stopped or refused
    assert [text for text in complaints if not any(part in text for part in told)] == []
    assert addresses and all(address.startswith(page.url) for address in addresses)


def until(tab, expression, argument=None):
    """Wait until an expression holds. Playwright's own waiting evaluates text in the page, which its policy forbids."""
    end = time.monotonic() + WAIT_S
    while not tab.evaluate(expression, argument):
        assert time.monotonic() < end, f"never true: {expression} of {argument}"
        time.sleep(0.02)


def shows(tab, selector, text):
    """Wait until the element has this text."""
    until(tab, "([selector, text]) => document.querySelector(selector).innerText.includes(text)", [selector, text])


def frame(winner=0, classes=11, **changes):
    shares = [0.05] * classes
    shares[winner] = 0.5
    return Stream(side=16).frame(**{"winner": winner, "label": None, "shares": shares, "scores": [winner] * classes,
                                    "answers": [], **changes})


def answer(number, winner, label=None, equal=True):
    return {"number": number, "time_s": number / 10, "winner": winner, "label": label, "equal": equal}


def lengths(tab):
    return tab.eval_on_selector_all(".bar .fill", "fills => fills.map(fill => fill.getBoundingClientRect().width "
                                                  "/ fill.parentNode.getBoundingClientRect().width)")


def colours(tab, canvas):
    """Distinct colours on a canvas."""
    words = tab.eval_on_selector(canvas, """canvas => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return [...new Set(new Uint32Array(data.buffer))];
    }""")
    return {(word & 255, word >> 8 & 255, word >> 16 & 255) for word in words}


def test_bars_follow_the_frames(page, open_tab):
    tab = open_tab()
    shows(tab, "#winner", "no answer yet")
    page.show(frame(winner=2, scores=[-7] * 11))
    shows(tab, "#winner", "left hand wave")
    assert lengths(tab) == pytest.approx([0.05, 0.05, 0.5] + [0.05] * 8, abs=0.01)
    assert tab.locator(".bar.winner .name").all_inner_texts() == ["left hand wave"]
    assert tab.locator(".bar .score").first.inner_text() == "−7"
    page.show(frame(winner=7, label=8))
    shows(tab, "#winner", "arm roll")
    assert lengths(tab)[7] == pytest.approx(0.5, abs=0.01) and lengths(tab)[2] == pytest.approx(0.05, abs=0.01)
    assert tab.locator(".bar.true .name").all_inner_texts() == ["air drums"]
    shows(tab, "#truth", "the true class is air drums")


def test_among_many_classes_the_answer_is_in_sight(page, open_tab):
    start = hello()
    start["model"]["classes"] = [f"class {number}" for number in range(100)]
    page.start(start)
    tab = open_tab()
    for winner in (57, 3):
        page.show(frame(winner=winner, classes=100))
        shows(tab, "#winner", f"class {winner}")
        until(tab, """(() => {
            const [list, row] = ["#bars", ".bar.winner"].map((at) => document.querySelector(at).getBoundingClientRect());
            return list.top <= row.top + 1 && row.bottom <= list.bottom + 1;
        })()""")


def test_bars_are_meters_with_names(page, open_tab):
    tab = open_tab()
    page.show(frame(winner=2))
    meter = tab.get_by_role("meter", name="left hand wave")
    meter.wait_for()
    until(tab, "document.querySelector('.bar.winner').getAttribute('aria-valuenow') === '50'")
    assert meter.get_attribute("aria-valuetext") == "50 %, score 2, the answer"
    assert tab.get_by_role("meter").count() == 11
    for landmark in ("banner", "main", "contentinfo"):
        assert tab.get_by_role(landmark).count() == 1


def test_the_badge_counts_equal_windows_and_names_those_that_differ(page, open_tab):
    tab = open_tab()
    page.show(frame(windows=0, compared=0, equal=0))
    shows(tab, "#equal", "board = golden: no window compared yet")
    page.show(frame(windows=1234, compared=1234, equal=1234))
    shows(tab, "#equal", "board = golden: 1,234 of 1,234 windows equal")
    assert "equals" in tab.locator("#equal").get_attribute("class")
    assert tab.locator("#alarm").text_content() == ""
    page.show(frame(windows=1236, compared=1236, equal=1234,
                    answers=[answer(1235, 0, equal=False), answer(1236, 0, equal=False)]))
    shows(tab, "#equal", "board ≠ golden: 1,234 of 1,236 windows equal; 2 differ: windows 1235, 1236")
    assert "differs" in tab.locator("#equal").get_attribute("class")
    assert "windows 1235, 1236" in tab.locator("#alarm").text_content()
    late = open_tab()
    shows(late, "#equal", "2 differ: windows 1235, 1236")


@pytest.mark.parametrize("backend, badge, compared", [
    ("golden", "golden model, no hardware", False), ("rtl", "simulated hardware: iCEBreaker", True),
    ("serial", "board: iCEBreaker on /dev/ttyUSB1", True)])
def test_what_computes_is_named(page, open_tab, backend, badge, compared):
    page.start(hello(backend))
    tab = open_tab()
    page.show(frame(compared=0, equal=0))
    shows(tab, "#backend", badge)
    shows(tab, "#winner", "hand clapping")
    assert tab.locator("#equal").is_visible() == compared
    page.show(frame(compared=5, equal=5))
    shows(tab, "#equal", f"{'board' if compared else 'no board, link'} = golden: 5 of 5 windows equal")
    assert ("equals" in tab.locator("#equal").get_attribute("class")) == compared


@pytest.mark.parametrize("synthetic", [True, False])
def test_what_is_synthetic_is_marked(page, open_tab, synthetic):
    page.start(hello(synthetic=synthetic))
    tab = open_tab()
    shows(tab, "#network", "dvsgesture")
    for mark in ("#synthetic-source", "#synthetic-training", "#stamp"):
        assert tab.locator(mark).is_visible() == synthetic


def test_the_image_has_on_and_off_in_two_colours_in_both_themes(page, open_tab):
    page.show(frame(image=bytes([255] * 10 + [0] * 10 + [128] * 236)))
    for scheme, nothing, on, off in [("dark", (6, 9, 13), (255, 171, 64), (79, 176, 255)),
                                     ("light", (238, 241, 245), (194, 65, 12), (11, 92, 173))]:
        tab = open_tab(color_scheme=scheme)
        until(tab, "hwgen.frames > 0")
        assert colours(tab, "#image") == {nothing, on, off}
    tab.emulate_media(color_scheme="dark")
    until(tab, "document.querySelector('#image').getContext('2d').getImageData(0, 0, 1, 1).data[0] === 255")


def test_the_timeline_has_a_strip_a_class_and_says_how_many_were_right(page, open_tab):
    page.show(frame(answers=[answer(number, number // 20, label=0) for number in range(1, 41)]))
    tab = open_tab()
    until(tab, "document.querySelector('#timeline').getAttribute('aria-label').startsWith('Strips')")
    assert tab.locator("#timeline").get_attribute("aria-label") == "Strips of 40 answers, 19 of 40 right"
    assert {(136, 204, 238), (204, 102, 119), (221, 204, 119)} <= colours(tab, "#timeline")
    tab.get_by_text("As a table").click()
    assert tab.locator("#rows tr").all_inner_texts() == [
        "3.9 s\t4.0 s\tleft hand wave\thand clapping\t1", "1.9 s\t3.9 s\tright hand wave\thand clapping\t20",
        "0.0 s\t1.9 s\thand clapping\thand clapping\t19"]


def test_the_numbers(page, open_tab):
    tab = open_tab()
    page.show(frame(events_per_s=48123.4, refused=3, merged=20_000, outside=1, untimely=0, latency_us=1834.2,
                    round_trip_us=41_200.0, windows=220, labelled=200, correct=150, spikes={"conv1": 0.0625, "dense": 0.2}))
    for selector, text in [("#rate", "48,123"), ("#refused", "3"), ("#merged", "20,000"), ("#latency", "1,834 µs"),
                           ("#latency-note", "1.8 % busy"), ("#round-trip", "41.2 ms"), ("#windows", "75.0 %"),
                           ("#spikes", "6.3 %"), ("#identity", "clock 36 MHz, network 5eed0123456789ab")]:
        shows(tab, selector, text)
    page.show(frame(latency_us=None, round_trip_us=None, windows=201, correct=None, spikes={}))
    for selector, text in [("#latency", "–"), ("#round-trip", "–"), ("#windows", "201"), ("#spikes", "–")]:
        shows(tab, selector, text)


def test_a_change_of_the_winner_is_announced_at_most_once_a_second(page, open_tab):
    tab = open_tab()
    tab.evaluate("""() => {
        window.said = [];
        const region = document.querySelector("#announce");
        const watch = new MutationObserver(() => said.push([performance.now(), region.textContent]));
        watch.observe(region, { childList: true });
    }""")
    assert tab.locator("#announce").get_attribute("aria-live") == "polite"
    stop = threading.Event()

    def change():
        number = 0
        while not stop.wait(0.05):
            number += 1
            page.show(frame(winner=number % 3))
        page.show(frame(winner=9))

    sender = threading.Thread(target=change)
    sender.start()
    until(tab, "said.length >= 3")
    stop.set()
    sender.join()
    until(tab, "said.at(-1)[1] === 'air guitar'")
    times = [time for time, _ in tab.evaluate("said")]
    assert min(later - earlier for earlier, later in zip(times, times[1:])) > 990
    before = len(times)
    page.show(frame(winner=9, windows=77))
    shows(tab, "#windows", "77")
    assert tab.evaluate("said.length") == before


def test_the_page_comes_back_by_itself_after_a_restart_on_the_same_port(page, open_tab):
    tab = open_tab()
    page.show(frame(winner=1, answers=[answer(1, 1)]))
    shows(tab, "#winner", "right hand wave")
    page.close()
    shows(tab, "#notice", "The connection to the demo is lost: trying again")
    assert tab.locator("#winner").inner_text() == "right hand wave"
    again = Page(port=page.port)
    try:
        again.start(hello("rtl"))
        shows(tab, "#backend", "simulated hardware")
        again.show(frame(winner=4))
        shows(tab, "#winner", "right arm counter clockwise")
        assert tab.locator("#notice").inner_text() == ""
    finally:
        again.close()


def test_a_page_whose_token_is_old_says_so(page, open_tab):
    tab = open_tab()
    page.close()
    again = Page(port=page.port, token="another")
    try:
        shows(tab, "#notice", "The demo refuses this page: open the address that it printed last.")
    finally:
        again.close()


def test_a_status_is_a_notice(page, open_tab):
    tab = open_tab()
    page.show(frame(status="the board is gone, waiting for it"))
    shows(tab, "#notice", "The board is gone, waiting for it.")
    page.show(frame())
    until(tab, "document.querySelector('#notice').innerText === ''")


def test_space_pauses_and_goes_on(page, open_tab):
    tab = open_tab()
    page.show(frame(winner=1))
    shows(tab, "#winner", "right hand wave")
    tab.keyboard.press("Space")
    shows(tab, "#notice", "paused")
    page.show(frame(winner=2))
    until(tab, "hwgen.received === 2")
    tab.evaluate("new Promise(requestAnimationFrame)")
    assert tab.locator("#winner").inner_text() == "right hand wave"
    tab.keyboard.press("Space")
    shows(tab, "#winner", "left hand wave")
    tab.get_by_role("button", name="Pause").focus()
    tab.keyboard.press("Space")                             # the button's own press, not that and the key's
    shows(tab, "#notice", "paused")
    assert tab.get_by_role("button", name="Go on").get_attribute("aria-pressed") == "true"


def test_the_keyboard_reaches_all_and_shows_where_it_is(page, open_tab):
    tab = open_tab()
    shows(tab, "#network", "dvsgesture")
    tab.keyboard.press("?")
    assert tab.get_by_role("dialog", name="Keys").is_visible()
    tab.keyboard.press("Escape")
    assert not tab.get_by_role("dialog").is_visible()
    for focused in ("Skip to the answer", "Pause space", "Keys ?", "As a table"):
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.innerText") == focused
        assert tab.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1280, 1920])
def test_nothing_sticks_out_sideways(page, open_tab, width):
    page.show(Stream(wrong=(1,)).frame())
    tab = open_tab(viewport={"width": width, "height": 800})
    until(tab, "hwgen.frames > 0")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate("[...document.querySelectorAll('section')].every(box => box.scrollWidth <= box.clientWidth)")


def test_who_wants_less_motion_gets_fewer_images(page, open_tab):
    tab = open_tab(reduced_motion="reduce")
    tab.evaluate("""() => {
        window.images = 0;
        const put = CanvasRenderingContext2D.prototype.putImageData;
        CanvasRenderingContext2D.prototype.putImageData = function (...given) { images++; put.apply(this, given); };
    }""")
    stream, stop = Stream(side=16), threading.Event()

    def send():
        while not stop.wait(1 / 30):
            page.show(stream.frame())

    sender = threading.Thread(target=send)
    sender.start()
    until(tab, "hwgen.frames >= 1")
    before = tab.evaluate("[performance.now(), images]")
    until(tab, "images >= 5")
    after = tab.evaluate("[performance.now(), images]")
    stop.set()
    sender.join()
    assert (after[1] - before[1] - 1) * 250 <= after[0] - before[0]
