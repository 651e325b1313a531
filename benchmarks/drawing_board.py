"""How long the drawing board takes: from a stroke of the pen to all layers drawn.

    python benchmarks/drawing_board.py

LeNet-5's board is opened in headless Chromium. Measured are its forward pass alone;
what one movement of the pen causes, from the browser's event until everything is drawn
and laid out; and the time from the page's first byte until the board is ready. Writes
the results ``drawing_board``.
"""

import os
import statistics
import sys

from playwright.sync_api import Page, Route, sync_playwright
from report import ROOT, save

from lenet_lib import widgets
from lenet_lib.widgets.embed import STATIC

sys.path.append(str(ROOT))  # for the folder of tools

from tools.browser import find  # noqa: E402

#: A page's own address, that nothing outside answers. Isolated pages get a fine clock.
SITE = "https://board.test/"
ISOLATED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
PAGE = "<!DOCTYPE html><meta charset='utf-8'><title>Board</title><main>{}</main>"
WARM_UP, ROUNDS, LOADS = 100, 1_000, 10

#: Read the digit on the board again and again, with the modules themselves.
FORWARD = """async ([data, warmUp, rounds]) => {
    const { lenet5 } = await import("/network.js");
    const { weightsOf } = await import("/weights.js");
    const weights = weightsOf(data.weights);
    const pixels = Float64Array.from({ length: 1024 }, (_, k) => Math.sin(k) / 2);
    const times = [];
    for (let k = 0; k < warmUp + rounds; k += 1) {
        const start = performance.now();
        lenet5(weights, pixels);
        times.push(performance.now() - start);
    }
    return times.slice(warmUp);
}"""

#: Move the pen in circles; a new stroke now and then, as a hand does.
STROKES = """async ([warmUp, rounds]) => {
    const paper = document.querySelector(".surface");
    paper.setPointerCapture = () => {};  // there is no such pointer
    const box = paper.getBoundingClientRect();
    const send = (type, k) => paper.dispatchEvent(new PointerEvent(type, {
        pointerId: 1, pointerType: "mouse", button: 0, bubbles: true,
        clientX: box.left + box.width * (0.5 + 0.3 * Math.cos(k / 8)),
        clientY: box.top + box.height * (0.5 + 0.3 * Math.sin(k / 11)),
    }));
    const clear = [...document.querySelectorAll("button")]
        .find((button) => button.textContent === "Clear");
    const times = [];
    for (let k = 0; k < warmUp + rounds; k += 1) {
        if (k % 60 === 0) {
            send("pointerup", k);
            clear.click();
            send("pointerdown", k);
        }
        await new Promise(requestAnimationFrame);
        const start = performance.now();
        send("pointermove", k + 1);
        document.body.getBoundingClientRect();  // lays out what has changed
        times.push(performance.now() - start);
    }
    return times.slice(warmUp);
}"""


def serve(page: Page, html: str) -> None:
    """Answer the page's requests from memory and from the folder of the scripts."""

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(SITE)
        if name.endswith(".js"):
            route.fulfill(path=STATIC / name, headers=ISOLATED | JAVASCRIPT)
        else:
            route.fulfill(body=html, content_type="text/html", headers=ISOLATED)

    page.route(f"{SITE}**", answer)


JAVASCRIPT = {"Content-Type": "text/javascript"}


def summary(times: list[float]) -> dict[str, float]:
    """Median and 95th percentile, in milliseconds."""
    return {
        "median": round(statistics.median(times), 3),
        "percentile_95": round(statistics.quantiles(times, n=20)[-1], 3),
    }


def main() -> None:
    """Measure, print, and write the results file."""
    board = widgets.drawing_board("lenet5-1998")
    html = board._repr_html_()
    root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=root)
        page = browser.new_page(viewport={"width": 1280, "height": 1600})
        serve(page, PAGE.format(html))
        ready = []
        for _ in range(LOADS):
            page.goto(SITE)
            assert page.locator(".drawing-board").count() == 1
            ready.append(
                page.evaluate(
                    "performance.getEntriesByType('navigation')[0]"
                    ".domContentLoadedEventStart"
                )
            )
        forward = page.evaluate(FORWARD, [board.data, WARM_UP, ROUNDS])
        strokes = page.evaluate(STROKES, [WARM_UP, ROUNDS])
        version = browser.version
        browser.close()
    result = {
        "network": "LeNet5",
        "browser": f"Chromium {version}, headless",
        "rounds": ROUNDS,
        "forward_ms": summary(forward),
        "stroke_to_all_layers_ms": summary(strokes),
        "ready_ms": summary(ready),
        "bytes": len(html.encode()),
    }
    for name, value in result.items():
        print(f"{name:>24}: {value}")
    save("drawing_board", result)


if __name__ == "__main__":
    main()
