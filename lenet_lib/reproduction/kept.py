"""Finished runs of a study, kept as files: one that was stopped goes on after them."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def once(file: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The record of a run: from its file, or made now and put there, whole.

    Args:
        file: where the record is, or shall be.
        make: makes the run; called only if the file is not there.
    """
    if file.exists():
        return json.loads(file.read_text(encoding="utf-8"))
    file.parent.mkdir(parents=True, exist_ok=True)
    record = make()
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(record), encoding="utf-8")
    partial.replace(file)
    return record


def fingerprint(recipe: Any) -> str:
    """Eight letters for a file's name, which set it apart from another recipe's.

    Args:
        recipe: all that a run depends on, as JSON can write it.
    """
    text = json.dumps(recipe, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
