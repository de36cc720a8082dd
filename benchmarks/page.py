"""How many frames a second the demo's page draws in a headless Chromium: 128 x 128 pixels, 30 frames a second sent.

Chromium draws on the processor alone, which is the slowest case; drawn are the frames that came to its screen.
"""

import shutil
import threading
import time

from hwgen.demo.page import Page
from hwgen.errors import ToolMissing
from tests.demo.stream import Stream, hello

from .common import main, parser, table

SENT_HZ = 30
#: Name -> width and height of the window.
WINDOWS = {"desktop": (1280, 800), "phone": (390, 844)}


def measure(options) -> dict:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise ToolMissing("there is no chromium on this machine", "apt-get install chromium")
    stream = Stream()
    frames = [stream.frame() for _ in range(int(SENT_HZ * (options.seconds + 5)))]
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (width, height) in WINDOWS.items():
            rows.append({"window": name, **_one(browser, frames, width, height, options.seconds)})
        version = browser.version
        browser.close()
    return {"chromium": version, "sent": SENT_HZ, "side": stream.side, "seconds": options.seconds, "rows": rows}


def _one(browser, frames: list[dict], width: int, height: int, seconds: float) -> dict:
    page, stop = Page(), threading.Event()
    page.start(hello())

    def send():
        begin = time.perf_counter()
        for number, frame in enumerate(frames):
            if stop.wait(max(0, begin + number / SENT_HZ - time.perf_counter())):
                return
            page.show(frame)

    sender = threading.Thread(target=send)
    tab = browser.new_page(viewport={"width": width, "height": height})
    sender.start()
    try:
        tab.goto(page.url)
        time.sleep(2)
        before = tab.evaluate("[performance.now(), hwgen.received, hwgen.frames]")
        time.sleep(seconds)
        after = tab.evaluate("[performance.now(), hwgen.received, hwgen.frames]")
    finally:
        stop.set()
        sender.join()
        tab.close()
        page.close()
    elapsed, received, drawn = (new - old for new, old in zip(after, before))
    return {"received": received / elapsed * 1000, "drawn": drawn / elapsed * 1000}


def show(result: dict) -> None:
    print(f"Chromium {result['chromium']}, {result['side']} x {result['side']} pixels, {result['sent']} frames a "
          f"second sent, {result['seconds']:g} s\n")
    table([[row["window"], f"{row['received']:.1f}", f"{row['drawn']:.1f}"] for row in result["rows"]],
          ["window", "received a second", "drawn a second"])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=10)
    raise SystemExit(main(arguments.parse_args(), measure, show))
