"""Make the book's environment, `.venv`, or return at once when it is ready.

Run by `make environment`.  Whatever an interrupted run left behind, the next one mends.

This file uses the standard library only, and no syntax newer than Python 3.4 (so no
f-strings): a Python that is too old must be able to read it and to say so.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "ready"
LOCK = ROOT / "requirements.txt"

OLDEST, NEWEST = (3, 11), (3, 14)  # the Pythons for which all packages are built
ON_LINUX = platform.system() == "Linux"
# PyTorch for Linux brings its GPU libraries.  While pip works, downloads and
# installed files are there at the same time.
DOWNLOAD_GB, NEEDED_GB = (3, 10) if ON_LINUX else (0.5, 3)
PIP_CACHE_GB = DOWNLOAD_GB + 1


class Problem(Exception):
    """Something that a person has to mend, told in one sentence."""


def main() -> None:
    """Make the environment, unless it is ready."""
    check_python()
    with open(__file__) as this_file:
        # Two runs at once (`make book` here, `make test` there) take turns.
        fcntl.flock(this_file, fcntl.LOCK_EX)
        if is_ready():
            return
        check_computer()
        if not is_sound():
            check_venv()
            remove_broken()
        if not is_installed("torch"):
            check_disk()
        if not VENV.exists():
            create()
        install()
        check_torch()
        STAMP.write_text(state())  # last, so that nothing unfinished looks ready
        print("The environment is ready.")


def check_python() -> None:
    """Require a Python for which the book's packages exist."""
    if not OLDEST <= tuple(sys.version_info[:2]) <= NEWEST:
        raise Problem(
            "The book needs Python 3.{} to 3.{}, but {} is Python {}; name another "
            "one, for example: make PYTHON=python3.12 book".format(
                OLDEST[1],
                NEWEST[1],
                sys.executable or "this",
                ".".join(str(part) for part in sys.version_info[:3]),
            )
        )


def check_computer() -> None:
    """Require a computer for which PyTorch is built."""
    system, machine = platform.system(), platform.machine()
    if system == "Linux" and machine in ("x86_64", "aarch64"):
        return
    if system == "Darwin" and machine == "arm64":
        if int(platform.mac_ver()[0].split(".")[0]) >= 14:
            return
    raise Problem(
        "The book's PyTorch is built for Linux (x86_64, aarch64) and for macOS 14 or "
        "newer on Apple silicon, but this Python runs on {} {} ({}); use another "
        "computer, or a notebook online.".format(system, platform.release(), machine)
    )


def state() -> str:
    """Return a text that changes whenever the environment should be looked at again.

    It tells the wanted packages, the Python, the folder (scripts in `.venv/bin` hold
    its name), and what is installed.
    """
    digest = hashlib.sha256()
    for path in (LOCK, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    lines = [digest.hexdigest(), python_version(), str(ROOT)]
    lines.extend(sorted(info.name for info in site_packages().glob("*.dist-info")))
    return "\n".join(lines)


def is_ready() -> bool:
    """Tell whether a run has finished and nothing has changed since."""
    try:
        return PYTHON.exists() and STAMP.read_text() == state()
    except OSError:
        return False


def is_sound() -> bool:
    """Tell whether `.venv` can be worked on: whole, of this Python, made right here."""
    pip = VENV / "bin" / "pip"
    try:
        runs = subprocess.call([str(PYTHON), "-c", ""], env=environment()) == 0
        stayed = str(VENV) in pip.read_text()
    except (OSError, UnicodeDecodeError):
        return False
    return runs and stayed and is_installed("pip")


def remove_broken() -> None:
    """Remove a `.venv` that cannot be worked on."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        print("The environment in .venv is broken or of another Python: it is remade.")
        shutil.rmtree(str(VENV))


def create() -> None:
    """Make an empty `.venv`."""
    # Not sys.executable, which may be the one in the folder just removed.
    python = getattr(sys, "_base_executable", sys.executable)
    run = subprocess.Popen(
        [python, "-m", "venv", str(VENV)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    said = run.communicate()[0]
    if run.returncode != 0:
        raise Problem(
            "{} could not make the environment in .venv; it said:\n{}".format(
                python, indent(said.splitlines())
            )
        )


def check_venv() -> None:
    """Require the two modules that Debian keeps in a package of their own."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        raise Problem(
            "This Python {0} cannot make environments ({1}); on Debian or Ubuntu mend "
            "it with: sudo apt install python{0}-venv".format(python_version(), error)
        )


def check_disk() -> None:
    """Require room for all packages."""
    free = free_gigabytes()
    if free < NEEDED_GB:
        raise Problem(
            "The book's environment needs {} GB of free disk while it is made, but {} "
            "has only {:.1f} GB; free some space, or move the book's folder to another "
            "disk.".format(NEEDED_GB, ROOT, free)
        )


def install() -> None:
    """Bring `.venv` to what requirements.txt says, and add lenet_lib."""
    remove_unfinished()
    if is_installed("torch"):
        print("Bringing the environment in .venv up to date.", flush=True)
    else:
        print(
            "Making the environment in .venv, once: a download of about {} GB, "
            "which takes some minutes.".format(DOWNLOAD_GB),
            flush=True,
        )
    # The list is complete, so pip need not look for what the packages depend on.
    pip_install("--requirement", str(LOCK))
    # lenet_lib stays where it is; setuptools, just installed, links it.
    pip_install("--no-build-isolation", "--editable", str(ROOT))


def remove_unfinished() -> None:
    """Let pip forget packages that an interrupted run has installed half."""
    for info in site_packages().glob("*.dist-info"):
        if not is_whole(info):
            shutil.rmtree(str(info))
    # Where pip puts a package aside while it installs another version.
    for aside in site_packages().glob("~*"):
        shutil.rmtree(str(aside), ignore_errors=True)


def pip_install(*arguments: str) -> None:
    """Run pip, showing what it does in one line, and all of it only when it fails."""
    # pip unpacks in the temporary folder, which may be on another, smaller disk.
    temporary = VENV / "tmp"
    shutil.rmtree(str(temporary), ignore_errors=True)
    temporary.mkdir()
    command = [str(PYTHON), "-m", "pip", "install", "--no-deps", "--no-input"]
    command += ["--progress-bar=off", "--disable-pip-version-check"]
    if free_gigabytes() < NEEDED_GB + PIP_CACHE_GB:
        command.append("--no-cache-dir")
    command += arguments
    pip = subprocess.Popen(
        command,
        cwd=str(ROOT),
        env=environment(TMPDIR=str(temporary)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    said = deque(maxlen=15)
    with Progress() as progress:
        for line in pip.stdout:
            if not line.startswith("Requirement already satisfied"):
                said.append(line.rstrip())
            progress.show(line.strip())
    shutil.rmtree(str(temporary), ignore_errors=True)
    if pip.wait() != 0:
        full = any("No space left on device" in line for line in said)
        raise Problem(
            "{}  What pip said last:\n{}".format(
                "The disk is full: free some space and run the same command again."
                if full
                else "The book's packages could not be installed: see to the reason "
                "below (often the network) and run the same command again; it goes "
                "on where this one stopped.",
                indent(said),
            )
        )


class Progress:
    """One line that is written over on a terminal; elsewhere a line now and then."""

    def __init__(self) -> None:
        self.on_terminal = sys.stdout.isatty()
        self.shown = time.time()

    def __enter__(self) -> "Progress":
        return self

    def show(self, text: str) -> None:
        """Show a text, cut to the width of the terminal."""
        if self.on_terminal:
            width = shutil.get_terminal_size().columns - 3
            print("\r\033[K  " + text[:width], end="", flush=True)
        elif time.time() - self.shown > 20:
            print("  " + text[:100], flush=True)
            self.shown = time.time()

    def __exit__(self, *error: object) -> None:
        if self.on_terminal:
            print("\r\033[K", end="", flush=True)


def check_torch() -> None:
    """Require torch and torchvision builds that belong together."""
    run = subprocess.Popen(
        [str(PYTHON), "-c", "import torch, torchvision"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    said = run.communicate()[0]
    if "operator torchvision::nms does not exist" in said:
        pair = [
            line.split()[0]
            for line in LOCK.read_text().splitlines()
            if line.startswith(("torch==", "torchvision=="))
        ]
        raise Problem(
            "torch and torchvision in .venv are builds that do not belong together "
            "(such as a CPU-only torch beside the usual torchvision); install both "
            "from one place, for example with: .venv/bin/python -m pip install "
            "--force-reinstall --no-deps {}".format(" ".join(pair))
        )
    if run.returncode != 0:
        raise Problem(
            "PyTorch is installed but does not start; `make distclean` and a new "
            "`make book` may help.  It said:\n{}".format(indent(said.splitlines()[-5:]))
        )


def is_installed(package: str) -> bool:
    """Tell whether the whole of a package is in `.venv`."""
    return any(
        is_whole(info) for info in site_packages().glob(package + "-*.dist-info")
    )


def is_whole(info: Path) -> bool:
    """Tell whether pip finished a package: its last act lists its own mark as well."""
    record = info / "RECORD"
    return record.exists() and "INSTALLER" in record.read_text(errors="replace")


def site_packages() -> Path:
    """Return the folder that holds the packages of `.venv`."""
    return VENV / "lib" / ("python" + python_version()) / "site-packages"


def python_version() -> str:
    """Return the version of this Python that matters to packages, such as 3.12."""
    return "{0[0]}.{0[1]}".format(sys.version_info)


def free_gigabytes() -> float:
    """Return the free space where the book lies."""
    return shutil.disk_usage(str(ROOT)).free / 1e9


def environment(**more: str) -> dict:
    """Return the environment variables without those that lead pip or Python astray."""
    strays = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    strays += ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_DRY_RUN")
    variables = {key: text for key, text in os.environ.items() if key not in strays}
    variables["PIP_USER"] = "0"  # also where pip's own settings say otherwise
    variables.update(more)
    return variables


def indent(lines: "list[str]") -> str:
    """Return the lines as a block that stands apart."""
    return "\n".join("    " + line for line in lines)


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit("\nStopped; the same command goes on from here.")
