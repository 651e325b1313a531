"""What long runs measured, as JSON, with seeds, versions and machine.

They lie within the package, so that a chapter finds them wherever it runs: in a copy
of the book, in the built book, and in Colab, where nothing but the package is.
"""

import json
from pathlib import Path
from typing import Any


def load(name: str) -> dict[str, Any]:
    """Read ``<name>.json``, which a program in ``benchmarks/`` has written.

    Raises:
        ValueError: if there is none of that name; it tells which there are.
    """
    file = Path(__file__).with_name(f"{name}.json")
    if not file.exists():
        names = sorted(other.stem for other in file.parent.glob("*.json"))
        raise ValueError(f"No results {name!r}: choose one of {', '.join(names)}.")
    return json.loads(file.read_text(encoding="utf-8"))
