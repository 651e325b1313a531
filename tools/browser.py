"""Find a browser for the tests of the built pages and for the PDF, or install one.

Any relative of Chromium will do.  `make test` runs this file before the tests.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
)
MAC_APPS = ("Google Chrome", "Chromium", "Microsoft Edge")

# How each system installs Chromium without asking.  Not Ubuntu's package
# `chromium-browser`: it brings a snap, which may not read the folders of the tests.
INSTALLERS = {
    "apt-get": [
        "apt-get update",
        "apt-get install --yes --no-install-recommends chromium",
    ],
    "dnf": ["dnf install --assumeyes chromium"],
    "pacman": ["pacman --sync --refresh --noconfirm chromium"],
    "zypper": ["zypper --non-interactive install chromium"],
    "apk": ["apk add chromium"],
    "brew": ["brew install --cask google-chrome"],
}


class BrowserError(Exception):
    """Why there is no browser, in one sentence."""


@cache
def find() -> Path | None:
    """Return the first browser that starts, or None."""
    chosen = os.environ.get("LENET_BROWSER")
    if chosen:
        if starts(chosen):
            return Path(chosen)
        raise BrowserError(
            f"LENET_BROWSER names {chosen}, which does not start as a browser; name "
            "the program file of Chromium, Chrome or Edge, or unset the variable."
        )
    return next((path for path in candidates() if starts(path)), None)


def candidates() -> Iterator[Path]:
    """Yield the places where a browser may be, the usual ones first."""
    for name in NAMES:
        if found := shutil.which(name):
            yield Path(found)
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        for app in MAC_APPS:
            yield folder / f"{app}.app" / "Contents" / "MacOS" / app
    yield from playwrights_own()


def playwrights_own() -> Iterator[Path]:
    """Yield the browser that Playwright downloads, where Playwright is installed."""
    # In a process of its own: within a running test Playwright would refuse.
    ask = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as browsers: print(browsers.chromium.executable_path)"
    )
    answer = run([sys.executable, "-c", ask])
    if answer is not None and answer.returncode == 0:
        yield Path(answer.stdout.strip())


def starts(browser: Path | str) -> bool:
    """Tell whether a program starts and is no snap."""
    if not Path(browser).is_file() or is_snap(Path(browser)):
        return False
    answer = run([str(browser), "--version"], timeout=30)
    return answer is not None and answer.returncode == 0


def is_snap(browser: Path) -> bool:
    """Tell whether a program is a snap, or a script that only starts one."""
    with browser.open("rb") as file:
        start = file.read(4096)
    return "snap" in browser.resolve().parts or (
        start.startswith(b"#!") and b"/snap/bin" in start
    )


def install() -> Path:
    """Install a browser and return it."""
    tried = []
    for manager, commands in INSTALLERS.items():
        if shutil.which(manager):
            print(f"No browser was found: installing one with {manager}.", flush=True)
            tried.append(manager)
            for command in commands:
                run(as_administrator(command.split()))
            break
    if browser := look_again():
        return browser
    print("Downloading a browser with Playwright.", flush=True)
    run([sys.executable, "-m", "playwright", "install", "chromium"])
    if browser := look_again():
        return browser
    raise BrowserError(
        "A browser is needed, and none could be installed (tried "
        f"{' and '.join([*tried, 'Playwright'])}); install Chromium, Chrome or Edge, "
        "or name one that is there, as in: LENET_BROWSER=/path/to/chrome make test"
    )


def look_again() -> Path | None:
    """Find a browser that was not there before."""
    find.cache_clear()
    return find()


def as_administrator(command: list[str]) -> list[str]:
    """Put before a command what lets it install packages without a question."""
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", *command]
    if command[0] == "brew" or os.geteuid() == 0:
        return quiet
    return ["sudo", "-n", *quiet]


def run(
    command: list[str], timeout: float | None = None
) -> subprocess.CompletedProcess[str] | None:
    """Run a command silently; return None if it is not there or takes too long."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


if __name__ == "__main__":
    try:
        print(f"Browser for the tests: {find() or install()}")
    except BrowserError as error:
        sys.exit(str(error))
