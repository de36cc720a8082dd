"""How many frames a second the demo's page draws in a headless Chromium while events pour in.

The whole demo runs: random events on 128 x 128 pixels, pooling, the golden model behind the link's protocol, every
window compared, the page's server. Chromium draws on the processor alone, which is the slowest case; drawn are the
frames that came to its screen.
"""

import shutil
import threading
import time

from hwgen import models
from hwgen.demo.page import Page
from hwgen.errors import ToolMissing

from .common import main, parser, table
from .rain import SIDE, Rain, golden_session

#: Name -> width and height of the window.
WINDOWS = {"desktop": (1280, 800), "phone": (390, 844)}


def measure(options) -> dict:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise ToolMissing("there is no chromium on this machine", "apt-get install chromium")
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, size in WINDOWS.items():
            rows.append({"window": name, **_one(browser, size, options)})
        version = browser.version
        browser.close()
    return {"chromium": version, "model": options.model, "rate": options.rate, "side": SIDE, "seconds": options.seconds,
            "rows": rows}


def _one(browser, size: tuple[int, int], options) -> dict:
    model, page, source = models.find(options.model), Page(), Rain(options.rate, options.seconds + 60)
    session = golden_session(model, source, page)
    demo = threading.Thread(target=session.run)
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]})

    def look() -> tuple[float, ...]:
        return (*tab.evaluate("[performance.now() / 1000, hwgen.received, hwgen.frames]"), source.events,
                session.totals.windows)

    demo.start()
    try:
        tab.goto(page.url)
        time.sleep(2)
        before = look()
        time.sleep(options.seconds)
        after = look()
    finally:
        source.close()
        demo.join()
        tab.close()
        page.close()
    elapsed, *rates = (new - old for new, old in zip(after, before))
    totals = session.totals
    return {**{what: rate / elapsed for what, rate in zip(("received", "drawn", "events", "windows"), rates)},
            "compared": totals.compared, "equal": totals.equal, "lost": totals.lost}


def show(result: dict) -> None:
    print(f"Chromium {result['chromium']}, {result['model']}, {result['rate']:,} events a second on {result['side']} x "
          f"{result['side']} pixels, {result['seconds']:g} s; a second:\n")
    table([[row["window"], *(f"{row[what]:,.1f}" for what in ("drawn", "received", "windows")), f"{row['events']:,.0f}",
            f"{row['equal']:,} of {row['compared']:,}", row["lost"]] for row in result["rows"]],
          ["window", "frames drawn", "received", "windows answered", "events", "windows equal, in all",
           "events left out"])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--rate", type=int, default=100_000)
    arguments.add_argument("--model", default="gesture")
    raise SystemExit(main(arguments.parse_args(), measure, show))
