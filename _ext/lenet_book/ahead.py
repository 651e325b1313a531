"""Chapters are executed ahead of reading, as many at a time as there are cores.

Sphinx reads one page after the other, and myst-nb executes a page as it is read. Here
the pages that the cache does not hold are executed first, side by side, each by one
thread of its own; what is read afterwards comes from the cache.
"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader
from myst_nb.sphinx_ import NbMetadataCollector
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

logger = logging.getLogger(__name__)

#: Seconds between two signs of life.
HEARTBEAT = 10

#: No more at a time: each takes about a gigabyte of memory.
MOST = 4


class Ran(NamedTuple):
    """What became of a notebook: its outputs, its time in seconds, its error or ""."""

    notebook: NotebookNode
    seconds: float
    traceback: str


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events."""
    app.connect("env-before-read-docs", execute)
    app.connect("env-updated", stop_at_failures)


def execute(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Execute the pages that are about to be read, where the cache lacks them.

    Raises:
        SystemExit: cells failed; says which, as ``stop`` does.
    """
    if env.mystnb_config.execution_mode != "cache":
        return
    cache = get_cache(env.mystnb_config.execution_cache_path)
    missing = {}
    for docname in docnames:
        notebook = read(env, docname)
        if notebook is None or is_cached(cache, notebook):
            continue
        if any(cell.cell_type == "code" for cell in notebook.cells):
            missing[docname] = notebook
        else:  # myst-nb would start a kernel, and stop it before it has begun
            keep(cache, env.doc2path(docname), Ran(notebook, 0.0, ""))
    if not missing:
        return
    failures = {}
    for docname, ran in side_by_side(env, missing):
        path = env.doc2path(docname)
        if ran.traceback:
            failures[docname] = ran.traceback
        else:
            keep(cache, path, ran)
            logger.info(f"{path}: Executed notebook in {ran.seconds:.2f} seconds")
    stop(env, failures)


def side_by_side(
    env: BuildEnvironment, notebooks: dict[str, NotebookNode]
) -> Iterator[tuple[str, Ran]]:
    """Execute pages, each in its folder; yield them as they are done."""
    timeout = env.mystnb_config.execution_timeout
    workers = min(MOST, cores(), len(notebooks))
    # Spawned, since a copy of this process would inherit its threads' locks.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        # Long texts first: most of them run long, and none should be left for the end.
        order = sorted(notebooks, key=lambda name: -len(str(notebooks[name])))
        running = {}
        for docname in order:
            folder = str(Path(env.doc2path(docname)).parent)
            running[pool.submit(run, notebooks[docname], folder, timeout)] = docname
        started = time.monotonic()
        while running:
            done, _ = wait(running, HEARTBEAT, FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
            if not done:
                seconds = time.monotonic() - started
                left = f"{len(running)} of {len(notebooks)} pages are left"
                logger.info(f"still executing: {left}, after {seconds:.0f} s")


def run(notebook: NotebookNode, folder: str, timeout: int) -> Ran:
    """Execute a notebook as if in this folder; up to a cell that fails."""
    try:
        result = single_nb_execution(notebook, folder, timeout, allow_errors=False)
    except DeadKernelError:
        return Ran(notebook, 0.0, "Its kernel died, as it does when memory runs out.")
    return Ran(notebook, result.time, result.exc_string or "")


def keep(cache: JupyterCacheAbstract, path: str, ran: Ran) -> None:
    """Put an executed page into the cache, as myst-nb would."""
    data = {"execution_seconds": ran.seconds}
    bundle = CacheBundleIn(ran.notebook, str(path), data=data)
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def read(env: BuildEnvironment, docname: str) -> NotebookNode | None:
    """The cells of a page, as myst-nb reads them, or None if it has none."""
    path = env.doc2path(docname)
    text = Path(path).read_text("utf-8")
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
    return reader and reader.read(text)


def is_cached(cache: JupyterCacheAbstract, notebook: NotebookNode) -> bool:
    """Whether the cache holds a notebook with the same cells."""
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def stop_at_failures(app: Sphinx, env: BuildEnvironment) -> None:
    """The same for what was executed as it was read, if anything was."""
    outcomes = {
        doc: NbMetadataCollector.get_exec_data(env, doc) for doc in env.found_docs
    }
    tracebacks = {doc: (out or {}).get("traceback") for doc, out in outcomes.items()}
    stop(env, {doc: traceback for doc, traceback in tracebacks.items() if traceback})


def stop(env: BuildEnvironment, failures: dict[str, str]) -> None:
    """End the build if cells failed, naming each chapter, its cell and the error.

    Raises:
        SystemExit: rather than an error of Sphinx's, which Jupyter Book would bury in
            a hundred lines of its own traceback.
    """
    parts = []
    for docname, traceback in sorted(failures.items()):
        # Above the cell stands only how the kernel came to run it.
        reason = traceback.partition("executing the following cell:")[2]
        where = env.doc2path(docname, base=False)
        parts.append(f"A cell of {where} failed:\n{(reason or traceback).strip()}")
    if parts:
        sys.exit("\n\n" + "\n\n".join([*parts, "The book was not built."]))
