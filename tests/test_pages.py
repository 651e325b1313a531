"""The built pages in a browser: what a reader sees, hears, and does not notice."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT
from PIL import Image
from pypdf import PdfReader

THEMES = ("light", "dark")
FILL = rb"([\d.]+) ([\d.]+) ([\d.]+) rg"
PHONE, DESK = 390, 1280


@dataclass
class Visit:
    """A page as a browser shows it, with all that it asked for and complained of."""

    view: object
    requests: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __call__(self, script: str, argument: object = None):
        """Evaluate a script in the page."""
        return self.view.evaluate(script, argument)

    def note_answer(self, answer) -> None:
        """Keep the address of what a server does not have."""
        if answer.status >= 400:
            self.failed.append(answer.url)

    def note_message(self, message) -> None:
        """Keep what is a complaint among the messages on the console."""
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def read_on(self) -> None:
        """Go down the whole page, so that nothing stays unloaded, and up again."""
        self(
            """async () => {
                for (let y = 0; y < document.body.scrollHeight; y += 600) {
                    window.scrollTo(0, y);
                    await new Promise(done => setTimeout(done, 20));
                }
                window.scrollTo(0, 0);
                const images = [...document.images];
                await Promise.all(images.map(i => i.decode().catch(() => 0)));
            }"""
        )


@pytest.fixture
def visit(browser, book, site) -> Iterator[Callable[..., Visit]]:
    """Open a page as a new reader would: ``visit("index", file=True)``."""
    opened = []

    def visit(page: str, **how) -> Visit:
        opened.append(open_page(browser, folder_or_site(book, site, how), page, **how))
        return opened[-1]

    yield visit
    for each in opened:
        each.view.context.close()


@pytest.fixture(scope="module")
def seen(browser, site) -> Iterator[Callable[..., Visit]]:
    """A page that is open already, for tests that leave it as they found it."""
    opened: dict[tuple[str, str], Visit] = {}

    def look(page: str, theme: str = "light") -> Visit:
        for key in [key for key in opened if key[0] != page]:
            opened.pop(key).view.context.close()
        if (page, theme) not in opened:
            opened[page, theme] = open_page(browser, site, page, theme=theme)
            opened[page, theme].read_on()
            # Scripts of the theme change the page for some time.
            opened[page, theme].view.wait_for_timeout(1000)
        return opened[page, theme]

    yield look
    for each in opened.values():
        each.view.context.close()


def folder_or_site(book: Path, site: str, how: dict) -> str:
    """Where to open pages from: from the folder if ``file`` is asked for."""
    return f"file://{quote(str(book))}" if how.pop("file", False) else site


def open_page(
    browser, base: str, page: str, *, query: str = "", theme: str = "light"
) -> Visit:
    """Open a page, wait for its type and its mathematics, and note all it does."""
    context = browser.new_context(
        color_scheme=theme, viewport={"width": DESK, "height": 900}
    )
    visit = Visit(context.new_page())
    view = visit.view
    view.on("request", lambda request: visit.requests.append(request.url))
    view.on("requestfailed", lambda request: visit.failed.append(request.url))
    view.on("response", visit.note_answer)
    view.on("console", visit.note_message)
    view.on("pageerror", lambda error: visit.complaints.append(str(error)))
    view.goto(f"{base}/{page}.html{query}", wait_until="load")
    view.evaluate(
        """async () => {
            await document.fonts.ready;
            if (window.MathJax?.startup) await MathJax.startup.promise;
        }"""
    )
    return visit


@contextmanager
def unfolded(view) -> Iterator[None]:
    """Solutions open, and closed again."""
    every = "[...document.querySelectorAll('.solution')]"
    view.wait_for_function(f"{every}.every(s => s.classList.contains('toggle-hidden'))")
    view.evaluate(f"{every}.forEach(s => s.classList.remove('toggle-hidden'))")
    view.wait_for_timeout(100)  # they open slowly, once they have begun
    moving = "s => s.getAnimations({subtree: true}).length"
    view.wait_for_function(f"!{every}.some({moving})")
    yield
    view.evaluate(f"{every}.forEach(s => s.classList.add('toggle-hidden'))")


# Nothing from elsewhere, nothing amiss


@pytest.mark.parametrize("file", [False, True], ids=["http", "file"])
def test_pages_ask_no_other_host_and_complain_of_nothing(
    visit, book, site, any_page, file
):
    shown = visit(any_page, file=file)
    shown.read_on()
    shown.view.wait_for_timeout(300)
    own = f"file://{quote(str(book))}/" if file else f"{site}/"
    assert len(shown.requests) > 10
    foreign = [
        url for url in shown.requests if not url.startswith((own, "data:", "blob:"))
    ]
    assert foreign == []
    assert shown.failed == []
    assert shown.complaints == []


@pytest.mark.parametrize("file", [False, True], ids=["http", "file"])
def test_search_finds_chapters(visit, book, site, file):
    shown = visit("search", query="?q=standardised", file=file)
    shown.view.locator("ul.search li a").first.wait_for(timeout=10_000)
    links = shown(
        "() => [...document.querySelectorAll('ul.search a')].map(a => a.href)"
    )
    assert any("chapters/" in link for link in links)
    own = f"file://{quote(str(book))}/" if file else f"{site}/"
    assert [url for url in shown.requests if not url.startswith(own)] == []
    # Sphinx also fetches an excerpt of each page found; browsers refuse to read files
    # for that, and complain.  The list of pages is there all the same.
    assert file or shown.complaints == []


# Layout and type


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_no_formula_runs_into_its_number(seen, page, width):
    """A formula too wide for a phone lies under its number, and cannot be read."""
    shown = seen(page)
    shown.view.set_viewport_size({"width": width, "height": 900})
    try:
        overlaps = shown(
            """[...document.querySelectorAll("div.math")].flatMap(div => {
                const formula = div.querySelector("mjx-math");
                const number = div.querySelector(".eqno");
                if (!formula || !number) return [];
                const right = formula.getBoundingClientRect().right;
                const over = right - number.getBoundingClientRect().left;
                return over > 0 ? [[div.id, over]] : [];
            })"""
        )
    finally:
        shown.view.set_viewport_size({"width": DESK, "height": 900})
    assert overlaps == []


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_no_page_scrolls_sideways(seen, any_page, width):
    shown = seen(any_page)
    root = "document.documentElement"
    shown.view.set_viewport_size({"width": width, "height": 900})
    try:
        assert shown(f"{root}.clientWidth") == width
        too_wide = shown(
            """() => [...document.querySelectorAll('article *')]
                .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
                .map(e => `${e.tagName}.${e.className}`.slice(0, 60)).slice(0, 8)"""
        )
        assert shown(f"{root}.scrollWidth") <= width, too_wide
        shown("window.scrollTo(500, 0)")
        assert shown("window.scrollX") == 0
    finally:
        shown.view.set_viewport_size({"width": DESK, "height": 900})


def test_the_type_of_the_book_is_loaded(seen, page):
    shown = seen(page)
    for kind in ("serif", "sans"):
        face = f"Book {kind.title()}"
        loaded = shown(
            """face => [...document.fonts].filter(
                f => f.family.replaceAll('"', '') == face && f.status == 'loaded'
            ).length""",
            face,
        )
        assert loaded > 0, face
        assert shown("face => document.fonts.check(`16px '${face}'`)", face)
    used = shown(
        """() => [
            'article section > p:not(.lenet-figure *)',  // figures are set in sans
            'article h1',
            'nav.bd-links a',
        ].map(where => {
            const tag = document.querySelector(where);
            return tag ? getComputedStyle(tag).fontFamily.split(',')[0] : 'none';
        })"""
    )
    assert [name.strip('"') for name in used] == [
        "Book Serif",
        "Book Serif",
        "Book Sans",
    ]
    broken = shown("[...document.fonts].filter(f => f.status == 'error').length")
    assert broken == 0


def test_mathematics_is_set(seen, page):
    shown = seen(page)
    formulas = shown(
        """() => [...document.querySelectorAll('.math')].map(m => ({
            set: m.querySelectorAll('mjx-container').length,
            // An unknown command gives no error: its name is shown in red.
            wrong: m.querySelectorAll(
                'mjx-merror, [data-mjx-error], [style*="color: red"]').length,
            width: m.querySelector('mjx-container')?.getBoundingClientRect().width || 0,
            source: m.textContent.trim().slice(0, 60),
        }))"""
    )
    source = (ROOT / f"{page}.md").read_text("utf-8")
    if "\n$$\n" in source:
        assert len(formulas) > 1
    for formula in formulas:
        assert formula["set"] == 1, formula
        assert formula["wrong"] == 0, formula
        assert formula["width"] > 2, formula


def has_figures(page: str) -> bool:
    """Whether there are any on a page: those about the book may have none."""
    return "name: fig-" in (ROOT / f"{page}.md").read_text("utf-8")


def test_figures_are_visible(seen, page):
    shown = seen(page)
    with unfolded(shown.view):
        figures = shown(
            """() => [...document.querySelectorAll('article img')].map(i => ({
            source: i.src.split('/').pop(),
            natural: Math.min(i.naturalWidth, i.naturalHeight),
            width: i.getBoundingClientRect().width,
            height: i.getBoundingClientRect().height,
            visible: i.checkVisibility(
                {opacityProperty: true, visibilityProperty: true}),
        }))"""
        )
    assert figures or not has_figures(page)
    for figure in figures:
        assert figure["natural"] > 20, figure
        assert figure["width"] > 100 and figure["height"] > 20, figure
        assert figure["visible"], figure


def test_headings_are_in_order(seen, page):
    levels = seen(page)(
        """() => [...document.querySelectorAll('article :is(h1, h2, h3, h4, h5, h6)')]
            .filter(h => h.checkVisibility()).map(h => Number(h.tagName[1]))"""
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    for above, below in zip(levels, levels[1:], strict=False):
        assert below <= above + 1, levels
    # The only other first heading is the title for print, which no screen shows.
    visible = seen(page)(
        """() => [...document.querySelectorAll('h1')]
            .filter(h => h.checkVisibility()).length"""
    )
    assert visible == 1


# Colours


def luminance(colour: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB colours 0 to 255, as WCAG defines it."""
    c = np.asarray(colour, dtype=float) / 255
    c = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return c @ [0.2126, 0.7152, 0.0722]


def contrast(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """WCAG's ratio of contrast, 1 to 21."""
    a, b = luminance(one), luminance(other)
    return (np.maximum(a, b) + 0.05) / (np.minimum(a, b) + 0.05)


def rgba(text: str) -> tuple[list[float], float]:
    """A computed colour: red, green, blue 0 to 255, and opacity."""
    assert text.startswith("rgb"), text
    red, green, blue, *alpha = map(float, re.findall(r"[\d.]+", text))
    return [red, green, blue], alpha[0] if alpha else 1.0


#: Colour of each piece of text, and the grounds below it, the nearest first.
TEXT_COLOURS = """() => {
    const walker = document.createTreeWalker(
        document.querySelector('article'), NodeFilter.SHOW_TEXT);
    const found = new Map();
    while (walker.nextNode()) {
        const tag = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !tag.checkVisibility()) continue;
        if (tag.closest('mjx-assistive-mml, .headerlink, button, script, style'))
            continue;
        const grounds = [];
        for (let t = tag; t; t = t.parentElement)
            grounds.push(getComputedStyle(t).backgroundColor);
        const colour = getComputedStyle(tag).color;
        found.set(colour + grounds.join(), [
            colour, grounds, walker.currentNode.data.trim().slice(0, 40)]);
    }
    return [...found.values()];
}"""


@pytest.mark.parametrize("theme", THEMES)
def test_text_stands_out_from_its_ground(seen, page, theme):
    shown = seen(page, theme)
    assert shown("document.documentElement.dataset.theme") == theme
    texts = shown(TEXT_COLOURS)
    assert len(texts) > 3
    for colour, grounds, text in texts:
        below = next(g for g in map(rgba, grounds) if g[1] > 0)
        assert below[1] == 1.0, (text, grounds)
        assert contrast(rgba(colour)[0], below[0]) >= 4.5, (text, colour, below)
    body = rgba(shown("getComputedStyle(document.body).backgroundColor"))[0]
    assert (luminance(body) > 0.5) == (theme == "light")


@pytest.mark.parametrize("theme", THEMES)
def test_the_ink_of_figures_stands_out_from_the_page(seen, page, theme):
    shown = seen(page, theme)
    with unfolded(shown.view):
        look_at_ink(shown, page, theme)


def look_at_ink(shown, page, theme) -> None:
    """Each figure of a page in turn."""
    plots = shown.view.locator("article .cell_output figure img[src$='.svg']")
    assert plots.count() > 0 or not has_figures(page)
    for number in range(plots.count()):
        plot = plots.nth(number)
        plot.scroll_into_view_if_needed()
        behind = "(plot.closest('.admonition') ?? document.body)"
        colour = f"plot => getComputedStyle({behind}).backgroundColor"
        ground = rgba(plot.evaluate(colour))[0]
        picture = Image.open(io.BytesIO(plot.screenshot())).convert("RGB")
        pixels = np.asarray(picture, dtype=float)
        # The figure is drawn on nothing: at its edge one sees the page.
        edge = np.concatenate([pixels[1, 1:-1], pixels[-2, 1:-1]])
        assert np.median(abs(edge - ground).max(axis=1)) <= 3, plot.get_attribute("src")
        # Letters are drawn in ink. A wide chart of thin lines may hold few of them: a
        # word's worth is enough to see that they are not the colour of the page.
        ink = contrast(pixels, np.array(ground))
        assert (ink > 7).sum() > 200, plot.get_attribute("src")
        turned = "invert" in plot.evaluate("plot => getComputedStyle(plot).filter")
        assert turned == (theme == "dark")


def test_a_reader_can_choose_the_other_theme(visit):
    shown = visit("index", theme="light")
    switch = shown.view.locator("button.theme-switch-button:visible").first
    for _ in range(3):  # auto, light, dark, in some order
        switch.click()
        if shown("document.documentElement.dataset.theme") == "dark":
            break
    body = rgba(shown("getComputedStyle(document.body).backgroundColor"))[0]
    assert luminance(body) < 0.1
    shown.view.reload(wait_until="load")
    assert shown("document.documentElement.dataset.theme") == "dark"


def test_a_dark_page_is_printed_as_the_light_one(visit):
    shown = visit("chapters/lenet1", theme="dark")
    printed = PdfReader(io.BytesIO(shown.view.pdf())).pages[1].get_contents().get_data()
    # What a PDF fills has three parts of light and "rg". Words are dark; the paper may
    # be named, and is white.
    fills = {tuple(map(float, of)) for of in re.findall(FILL, printed)}
    assert (26, 26, 26) in {tuple(round(255 * c) for c in of) for of in fills}
    words = [np.multiply(of, 255) for of in fills - {(1, 1, 1)}]
    assert max(map(luminance, words)) < 0.5
    assert shown("document.documentElement.dataset.theme") == "dark"


# For everyone

#: What axe finds in the theme itself, by rule: the parts of the page that the theme
#: makes and where it may be found.  The sidebar's logo and title stand in no landmark
#: (region); the buttons' labels say more than the visible text (label-content-name).
THEIRS = {
    "region": ".bd-sidebar-primary, .bd-header, .bd-header-article, .pst-async-banner",
    "label-content-name-mismatch": ".bd-sidebar, .bd-header-article, .search-button",
}


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_of_ours(seen, any_page, theme):
    shown = seen(any_page, theme)
    answer = Axe().run(shown.view).response
    assert answer["testEngine"]["name"] == "axe-core"
    ours = [
        f"{violation['id']}: {node['target']} {node['html'][:120]}"
        for violation in answer["violations"]
        for node in violation["nodes"]
        if not shown(
            """([target, theirs]) => theirs != null
                && document.querySelector(target)?.closest(theirs) != null""",
            [node["target"][-1], THEIRS.get(violation["id"])],
        )
    ]
    assert ours == []


def test_tab_reaches_the_skip_link_first(visit, any_page):
    shown = visit(any_page)
    if any_page == "search":  # it puts the cursor into its field, as it should
        shown("() => { document.activeElement.blur(); window.focus(); }")
        shown("() => { document.body.tabIndex = -1; document.body.focus(); }")
    shown.view.keyboard.press("Tab")
    link = shown(
        """() => ({
            text: document.activeElement.textContent.trim(),
            inside: document.activeElement.closest('#pst-skip-link') != null,
            width: document.activeElement.getBoundingClientRect().width,
        })"""
    )
    assert link["inside"], link
    assert link["width"] > 20, "the skip link cannot be seen when it has the focus"
    shown.view.keyboard.press("Enter")
    assert shown("location.hash") == "#main-content"


def test_code_can_be_copied(seen, page):
    shown = seen(page)
    with unfolded(shown.view):
        copy_code(shown, page)


def copy_code(shown, page) -> None:
    """Copy the first visible cell, as a reader does."""
    blocks = shown.view.locator("article div.cell_input div.highlight")
    buttons = shown.view.locator("article div.cell_input button.copybtn")
    assert buttons.count() == blocks.count()
    visible = [i for i in range(blocks.count()) if blocks.nth(i).is_visible()]
    written = (ROOT / f"{page}.md").read_text("utf-8")
    quiet = r"\n(?::tags|tags): \[[^\]]*(?:hide|remove)-"
    assert bool(visible) == (
        written.count("{code-cell}") > len(re.findall(quiet, written))
    )
    if not visible:
        return  # a page whose code is all hidden, or which has none
    block, button = blocks.nth(visible[0]), buttons.nth(visible[0])
    origin = shown("location.origin")
    shown.view.context.grant_permissions(
        ["clipboard-read", "clipboard-write"], origin=origin
    )
    block.hover()
    button.click()
    shown.view.wait_for_timeout(200)
    copied = shown("navigator.clipboard.readText()")
    assert copied.strip() == block.locator("pre").inner_text().strip()
