"""How the benchmarks keep their results: as JSON, with what they were measured on."""

from pathlib import Path
from typing import Any

from lenet_lib import results

ROOT = Path(__file__).resolve().parent.parent


def save(name: str, result: dict[str, Any]) -> None:
    """Write ``lenet_lib/results/<name>.json``, whole or not at all."""
    print(f"written: {results.save(name, result).relative_to(ROOT)}")
