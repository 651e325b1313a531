"""What long runs measured, as JSON, with seeds, versions and machine.

They lie within the package, so that a chapter finds them wherever it runs: in a copy
of the book, in the built book, and in Colab, where nothing but the package is.
"""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

#: Where the results lie.
FOLDER = Path(__file__).parent


def load(name: str) -> dict[str, Any]:
    """Read ``<name>.json``, which an experiment or a benchmark has written.

    Raises:
        ValueError: if there is none of that name; it tells which there are.
    """
    file = FOLDER / f"{name}.json"
    if not file.exists():
        names = sorted(other.stem for other in FOLDER.glob("*.json"))
        raise ValueError(f"No results {name!r}: choose one of {', '.join(names)}.")
    return json.loads(file.read_text(encoding="utf-8"))


def save(name: str, result: dict[str, Any], folder: Path = FOLDER) -> Path:
    """Write ``<name>.json`` with machine and versions, whole or not at all.

    Returns:
        The file that was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    partial = file.with_suffix(".partial")
    text = json.dumps({**result, **circumstances()}, indent=2)
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(file)
    return file


def circumstances() -> dict[str, Any]:
    """The machine and the versions that a measurement depends on."""
    packages = ("numpy", "torch", "torchvision", "pytorch-lightning")
    return {
        "machine": {
            "cores": os.cpu_count(),
            "processor": _processor(),
            "system": platform.system(),
        },
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in packages},
        },
    }


def _processor() -> str:
    """The processor's name as the system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
