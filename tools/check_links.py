"""Report which links to other sites still answer; never fail because of them.

A site that is down is no fault of the book's, and says nothing about a change to it.
"""

import json
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "_build" / "linkcheck" / "output.json"

#: Where most of the book's links lead.
HOST = "https://doi.org"
PATIENCE = 10  # seconds

#: What Sphinx calls a link that is as it should be.
SOUND = ("working", "redirected")


def main() -> None:
    """Check, if there is a network, and print a report."""
    if reason := unreachable(HOST):
        print(f"No link was checked: {HOST} cannot be reached ({reason}).")
        return
    print("Asking the sites that the book links to; this takes a minute.", flush=True)
    said = check()
    if not REPORT.exists():
        print(f"No link was checked: the book does not build.\n{said}")
        return
    print(report(REPORT.read_text("utf-8")))


def unreachable(address: str) -> str | None:
    """Why a site gives no answer at all; nothing if it gives one, be it an error."""
    request = urllib.request.Request(address, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=PATIENCE).close()
    except urllib.error.HTTPError:
        return None
    except OSError as error:
        return str(getattr(error, "reason", error))
    return None


def check() -> str:
    """Let Sphinx try every link of the book; return the end of what it said."""
    shutil.rmtree(REPORT.parent, ignore_errors=True)
    # As a "custom" builder: Jupyter Book would put its own among the finished pages.
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]
    command += ["--builder", "custom", "--custom-builder", "linkcheck"]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return "\n".join(done.stdout.splitlines()[-15:])


def report(lines: str) -> str:
    """What Sphinx found, one JSON object a line, in words: each address once."""
    found = [json.loads(line) for line in lines.splitlines()]
    links = {link["uri"]: link for link in found if link["uri"].startswith("http")}
    silent = [link for link in links.values() if link["status"] not in SOUND]
    told = [
        f"Links to other sites: {len(links)}; without a good answer: {len(silent)}."
    ]
    for link in silent:
        where = f"{link['filename']}, line {link['lineno']}"
        told.append(f"{link['uri']} ({where}): {link['info'] or link['status']}")
    if silent:
        told.append("Some sites turn programs away: open these in a browser.")
    return "\n".join(told)


if __name__ == "__main__":
    main()
