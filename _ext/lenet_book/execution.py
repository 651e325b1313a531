"""What chapters are executed with: a cache that sees changed code, quiet kernels.

myst-nb's cache compares a chapter's cells only. Here its folder is named after a
fingerprint of everything else that the outputs depend on, so that a change in the
package, its results files or the environment executes the chapters again.
"""

import hashlib
import os
import shutil
import sys
from importlib.metadata import distributions
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

#: Files, beside the chapters, that outputs depend on.
SOURCES = (
    "lenet_lib/**/*",
    "_ext/lenet_book/kernel_config.py",
    "_ext/lenet_book/matplotlibrc",
)


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events."""
    app.connect("config-inited", configure)
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


def forget_what_was_read(app: Sphinx, error: Exception | None) -> None:
    """Make the next build read everything again, where it would else miss something.

    After warnings: Sphinx would read nothing that is unchanged, find nothing to warn
    of, and succeed. After the notebooks: the pages would take what was read for them as
    read, and stay as they are, though chapters were executed anew.
    """
    if app._warncount or app.builder.format != "html":
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)
