"""What tests share: the built book, its pages, a server for it, and a browser."""

import gzip
import http.server
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import yaml
from jupyter_cache import get_cache
from myst_nb.core.read import read_myst_markdown_notebook
from xdist.scheduler import LoadScopeScheduling

from tools.browser import BrowserError, find

ROOT = Path(__file__).resolve().parent.parent

# The helpers assert as tests do, and say as much when they fail.
pytest.register_assert_rewrite("built_pages")

#: Pages that Sphinx makes by itself.
MADE_BY_SPHINX = ("genindex", "search")


def pages_of(toc: dict | list) -> list[str]:
    """The pages that a table of contents names, in reading order."""
    if isinstance(toc, list):
        return [page for entry in toc for page in pages_of(entry)]
    own = [str(toc[key]) for key in ("root", "file") if key in toc]
    return own + pages_of([e for v in toc.values() if isinstance(v, list) for e in v])


PAGES = [
    re.sub(r"\.md$", "", page)
    for page in pages_of(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8")))
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with an argument ``page`` for each page of ``_toc.yml``.

    A test with an argument ``any_page`` runs for the pages that Sphinx adds as well.
    """
    # The scope makes pytest run the tests of one page after another.
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", PAGES, scope="module")
    if "any_page" in metafunc.fixturenames:
        pages = [*PAGES, *MADE_BY_SPHINX]
        metafunc.parametrize("any_page", pages, scope="module")


#: Files of tests that build the book in its own folder: never two at a time.
#: All whose names begin with "test_book" do so too.
BUILDING = (
    "test_chapters",
    "test_exercises",
    "test_notebooks",
    "test_pages",
)


#: These take longest. They begin, so that no process waits for another in the end.
FIRST = ("book", "test_notebooks_run", "test_line_reader", "test_drawing_board")


def group(nodeid: str) -> str:
    """The tests that one process must run: a file's, or all that build the book."""
    name = Path(nodeid.partition("::")[0]).stem
    builds = name.startswith("test_book") or name in BUILDING
    return "book" if builds else name


class ByGroup(LoadScopeScheduling):
    """Gives one group after the other to the next process that is free."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByGroup:
    """Divide the tests among the processes of ``pytest --numprocesses``."""
    config.option.loadscopereorder = False  # in the order of collection
    return ByGroup(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest groups begin."""
    order = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(group(item.nodeid), len(FIRST)))


# Building


class Build:
    """One run of ``jupyter-book build``: its exit status and what it printed."""

    def __init__(self, folder: Path, *options: str) -> None:
        programs = Path(sys.executable).parent
        # A make above us must not pass its flags on, nor a test session its settings.
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MAKE", "MFLAGS", "PYTHON", "PYTEST", "IPYTHON"))
        }
        done = subprocess.run(
            [programs / "jupyter-book", "build", ".", *options],
            cwd=folder,
            env=clean | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        self.status = done.returncode
        self.output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
        self.folder = folder
        self.html = folder / "_build" / "html"

    @property
    def warnings(self) -> list[str]:
        """The lines that say what is wrong."""
        lines = self.output.splitlines()
        return [line for line in lines if re.search(r"\b(WARNING|ERROR)\b", line)]

    @property
    def executed(self) -> list[str]:
        """The pages that were executed, not taken from the cache."""
        paths = re.findall(r"^(.+)\.md: Executed notebook", self.output, re.MULTILINE)
        return [Path(path).relative_to(self.folder).as_posix() for path in paths]

    def cells(self, page: str) -> list[dict]:
        """The cells of a page with all their outputs, of removed cells too."""
        cache = re.search(r"^Using jupyter-cache at: (.+)", self.output, re.MULTILINE)
        text = (self.folder / f"{page}.md").read_text("utf-8")
        notebook = read_myst_markdown_notebook(text)
        return get_cache(cache.group(1)).merge_match_into_notebook(notebook)[1].cells

    def __repr__(self) -> str:
        """What a person needs to know of it, for the message of a failing test."""
        cell = re.search(r"^A cell of .* failed:.*", self.output, re.M | re.DOTALL)
        parts = [
            f"jupyter-book build left with status {self.status}",
            *self.warnings[:10],
            cell.group().rstrip() if cell else "",
        ]
        if self.status and not self.warnings:
            parts += self.output.rstrip().splitlines()[-15:]
        return "\n".join(filter(None, parts))


@pytest.fixture(scope="session")
def options_of_make() -> list[str]:
    """The options with which ``make book`` builds."""
    text = (ROOT / "Makefile").read_text("utf-8")
    recipe = re.search(r"^book:.*\n\t.*jupyter-book build \.(.*)", text, re.MULTILINE)
    return shlex.split(recipe.group(1))


@pytest.fixture(scope="session")
def build(options_of_make) -> Build:
    """The book, built as ``make book`` does.

    Chapters that have not changed since they were last executed come from the cache.
    """
    build = Build(ROOT, *options_of_make)
    if build.status != 0:
        pytest.fail(f"The book does not build.\n{build!r}", pytrace=False)
    return build


@pytest.fixture(scope="session")
def book(build) -> Path:
    """The folder of the built pages."""
    return build.html


# Showing


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_: object) -> None:
        """Print no line for each request."""


@pytest.fixture(scope="session")
def site(book) -> Iterator[str]:
    """The address of the built book, served to this computer on a free port."""
    handler = partial(QuietHandler, directory=book)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    """A headless browser.

    One for each file of tests, not one for all: while Playwright's loop is there, no
    other test could run one of its own (``asyncio.run``).
    """
    from playwright.sync_api import sync_playwright

    program, reason = None, "No browser was found to look at the pages with"
    try:
        program = find()
    except BrowserError as error:
        reason = str(error)
    if program is None:
        pytest.fail(
            f"{reason}\nTo find or install one: python tools/browser.py", pytrace=False
        )
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-sync",
        "--no-first-run",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        quiet.append("--no-sandbox")  # it refuses to start for root otherwise
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=quiet)
        yield browser
        browser.close()


# Figures that readers can act on

#: A page of nobody's style, in the colours that the reader's system asks for.
PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Figures</title>
<body style="margin: 16px; background: light-dark(#fff, #111)">
<main><h1>Figures</h1>{}</main>
</body>
</html>
"""


@pytest.fixture
def show(browser, tmp_path) -> Iterator[Callable]:
    """Show figures on one page, opened from disk: ``show(figure, figure, **context)``.

    A test fails if the page asks for anything or complains of anything.
    """
    opened, asked, complaints = [], [], []

    def show(*figures, **how):
        page = tmp_path / f"page {len(opened)}.html"
        page.write_text(
            PAGE.format("\n".join(f._repr_html_() for f in figures)), "utf-8"
        )
        how = {"viewport": {"width": 800, "height": 900}, "color_scheme": "light"} | how
        view = browser.new_context(**how).new_page()
        view.set_default_timeout(10_000)
        view.on("request", lambda request: asked.append(request.url))
        view.on("console", lambda message: complaints.append(message.text))
        view.on("pageerror", lambda error: complaints.append(str(error)))
        opened.append(view)
        view.goto(page.as_uri())
        return view

    yield show
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    for view in opened:
        view.context.close()


@pytest.fixture
def modules(browser) -> Iterator[Callable]:
    """A page that can import the modules; ``modules(script, argument, **files)``."""
    view = browser.new_page()
    static = ROOT / "lenet_lib" / "widgets" / "static"
    files: dict[str, bytes] = {}
    where = "http://figures.test"

    def answer(route):
        name = route.request.url.rsplit("/", 1)[1]
        if name in files:
            route.fulfill(body=files[name])
        elif name.endswith(".js"):
            route.fulfill(path=static / name)
        else:
            route.fulfill(body="", content_type="text/html")

    view.route(f"{where}/**", answer)
    view.goto(f"{where}/")

    def call(script: str, argument=None, **given: bytes):
        files.update(given)
        return view.evaluate(script, argument)

    yield call
    view.close()


# MNIST, for what chapters count in it


def idx(name: str, header: int) -> np.ndarray:
    """The bytes of one of MNIST's files, read without the library."""
    path = ROOT / "data" / "MNIST" / "raw" / f"{name}-ubyte.gz"
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """The training digits, 0 to 255."""
    return idx("train-images-idx3", 16).reshape(-1, 28, 28)


@pytest.fixture(scope="module")
def histogram(pixels) -> np.ndarray:
    """How often each grey occurs in the 55,000 digits that are trained on."""
    import torch  # only here: it takes a while

    order = torch.randperm(60_000, generator=torch.Generator().manual_seed(1998))
    return np.bincount(pixels[order[5_000:].numpy()].ravel(), minlength=256)


# A small book, for tests of how books are built


@pytest.fixture
def small_book(tmp_path) -> Path:
    """A book of one short chapter, with this book's settings and extension.

    It lies in a folder with a space in its name, and is not built yet.
    """
    folder = tmp_path / "a small book"
    folder.mkdir()
    shutil.copy(ROOT / "_config.yml", folder)
    shutil.copy(ROOT / "references.bib", folder)
    for name in ("_ext", "_static"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    fonts = ROOT / "_build" / ".fonts"
    if fonts.exists():  # cutting them takes longer than all the rest
        shutil.copytree(fonts, folder / "_build" / ".fonts")
    (folder / "lenet_lib").mkdir()
    (folder / "lenet_lib" / "__init__.py").write_text("ANSWER = 42\n")
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n  - file: chapters/tiny\n"
    )
    (folder / "index.md").write_text("# A small book\n\nIt has one chapter.\n")
    (folder / "chapters").mkdir()
    return folder
