"""How the benchmarks keep their results: as JSON, with what they were measured on."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "lenet_lib" / "results"


def circumstances() -> dict[str, Any]:
    """The machine and the versions that a measurement depends on."""
    return {
        "machine": {
            "cores": os.cpu_count(),
            "processor": _processor(),
            "system": platform.system(),
        },
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "torchvision")},
            "pytorch-lightning": version("pytorch-lightning"),
        },
    }


def save(name: str, result: dict[str, Any]) -> None:
    """Write ``lenet_lib/results/<name>.json``, whole or not at all."""
    path = RESULTS / f"{name}.json"
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({**result, **circumstances()}, indent=2) + "\n")
    partial.replace(path)
    print(f"written: {path.relative_to(ROOT)}")


def _processor() -> str:
    """The processor's name as the system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
