"""The networks that a chapter defines, for the benchmarks: the book's code is the code.

A cell of a chapter tagged ``definition`` defines something that others may run. So the
benchmarks measure what the reader sees, and not a copy of it.
"""

from pathlib import Path
from typing import Any

import jupytext

ROOT = Path(__file__).resolve().parent.parent


def definitions(chapter: str) -> dict[str, Any]:
    """Run the imports and the ``definition`` cells of a chapter; return their names."""
    notebook = jupytext.read(ROOT / "chapters" / f"{chapter}.md")
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    first = cells[0]  # the imports
    tagged = [c for c in cells if "definition" in c.metadata.get("tags", [])]
    names: dict[str, Any] = {"__name__": f"chapters.{chapter}"}
    for cell in [first, *tagged]:
        exec(compile(cell.source, f"chapters/{chapter}.md", "exec"), names)
    return names
