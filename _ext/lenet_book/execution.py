"""How chapters are executed: a cache that sees changed code, kernels that keep quiet.

myst-nb's cache compares a chapter's cells only. Here its folder is named after a
fingerprint of everything else that the outputs depend on, so that a change in the
package, its results files or the environment executes the chapters again.
"""

import hashlib
import os
import shutil
import sys
import threading
import time
from importlib.metadata import distributions
from pathlib import Path

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

logger = logging.getLogger(__name__)

#: Files, beside the chapters, that outputs depend on.
SOURCES = (
    "lenet_lib/**/*",
    "_ext/lenet_book/kernel_config.py",
    "_ext/lenet_book/matplotlibrc",
)

#: Seconds between two signs of life from a chapter that is executing.
HEARTBEAT = 10


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events."""
    app.connect("config-inited", configure)
    pulse = Pulse()
    app.connect("source-read", pulse.start)
    app.connect("doctree-read", pulse.stop)
    app.connect("build-finished", pulse.stop)
    app.connect("env-updated", stop_at_failures)
    app.connect("build-finished", forget_what_was_read)


def configure(app: Sphinx, config: Config) -> None:
    """Choose the cache folder, and prepare what kernels inherit from this process."""
    root = Path(app.srcdir)
    build = Path(app.outdir).parent
    # Sphinx reads all pages again when this setting changes; just what is wanted.
    config.nb_execution_cache_path = str(build / ".jupyter_cache" / fingerprint(root))

    profile = build / ".ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    shutil.copy(
        Path(__file__).with_name("kernel_config.py"),
        profile / "ipython_kernel_config.py",
    )
    paths = [str(root), os.environ.get("PYTHONPATH", "")]
    os.environ.update(
        IPYTHONDIR=str(profile.parent),
        PYTHONPATH=os.pathsep.join(filter(None, paths)),
        MATPLOTLIBRC=str(Path(__file__).with_name("matplotlibrc")),
        # Several spinning threads can make a tiny network twenty times slower.
        OMP_NUM_THREADS="1",
        OMP_WAIT_POLICY="PASSIVE",
        JUPYTER_PLATFORM_DIRS="1",  # or jupyter_core warns on stderr
        PYDEVD_DISABLE_FILE_VALIDATION="1",  # or the debugger does
    )


def fingerprint(root: Path) -> str:
    """A hash of the package, the kernels' settings and the environment."""
    digest = hashlib.sha256(sys.version.encode())
    for pattern in SOURCES:
        for path in sorted(root.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(path.read_bytes())
    packages = {f"{d.metadata['Name']}=={d.version}" for d in distributions()}
    digest.update("\n".join(sorted(packages)).encode())
    return digest.hexdigest()[:16]


def stop_at_failures(app: Sphinx, env: BuildEnvironment) -> None:
    """End the build if cells failed, naming each chapter, its cell and the error.

    Raises:
        SystemExit: rather than an error of Sphinx's, which Jupyter Book would bury in
            a hundred lines of its own traceback.
    """
    failures = []
    for docname in sorted(env.found_docs):
        outcome = NbMetadataCollector.get_exec_data(env, docname) or {}
        if outcome.get("traceback"):
            # Above the cell stands only how the kernel came to run it.
            reason = outcome["traceback"].partition("executing the following cell:")[2]
            shown = reason.strip() or outcome["traceback"].strip()
            where = env.doc2path(docname, base=False)
            failures.append(f"A cell of {where} failed:\n{shown}")
    if failures:
        sys.exit("\n\n" + "\n\n".join([*failures, "The book was not built."]))


def forget_what_was_read(app: Sphinx, error: Exception | None) -> None:
    """Make the next build read everything again, where it would else miss something.

    After warnings: Sphinx would read nothing that is unchanged, find nothing to warn
    of, and succeed. After the notebooks: the pages would take what was read for them as
    read, and stay as they are, though chapters were executed anew.
    """
    if app._warncount or app.builder.format != "html":
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


class Pulse:
    """Says every few seconds which chapter is being read, and for how long."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def start(self, app: Sphinx, docname: str, source: list[str]) -> None:
        """Begin to watch one chapter."""
        self.stop()
        self._stopped = threading.Event()
        watcher = threading.Thread(
            target=self._beat, args=(docname, self._stopped), daemon=True
        )
        watcher.start()

    def stop(self, *_: object) -> None:
        """The chapter is done, or the build is."""
        self._stopped.set()

    @staticmethod
    def _beat(docname: str, stopped: threading.Event) -> None:
        start = time.monotonic()
        while not stopped.wait(HEARTBEAT):
            seconds = time.monotonic() - start
            logger.info(f"{docname}: still executing, {seconds:.0f} s so far")
