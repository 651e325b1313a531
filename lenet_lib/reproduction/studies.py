"""Studies: experiments that train networks of several kinds and write one file.

A study has ``jobs()``, the runs that it takes; ``run(job, folder, progress)``, which
makes one of them in a process of its own and keeps it in a folder when it is done; and
``write(records, folder, results_folder, weights_folder)``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from lenet_lib.reproduction.ladders import LadderStudy
from lenet_lib.reproduction.strings import StringsStudy


class Study(Protocol):
    """What ``python -m lenet_lib reproduce`` asks of a study."""

    def jobs(self) -> list[tuple]:
        """The runs to be made, each as plain numbers and words."""

    def run(
        self, job: tuple, folder: Path, progress: Callable[[float], None]
    ) -> dict[str, Any]:
        """Make a run, or tell what an earlier call found; the record of it."""

    def write(
        self,
        records: list[dict[str, Any]],
        folder: Path,
        results_folder: Path,
        weights_folder: Path,
    ) -> Path:
        """Write the results, and keep a network if the book has one of them."""


#: The studies by name, which is that of their results.
STUDIES: dict[str, Study] = {
    "modern": LadderStudy("modern", kept="lenet5-modern"),
    "modern1989": LadderStudy("modern1989"),
    "strings": StringsStudy(),
}
