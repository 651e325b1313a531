"""A notebook's code, executed in processes of its own until a time limit.

Whatever it starts is a descendant of its runner, or carries the name of its record file
in the environment. So all of it is found and killed, also what left its parents' group
or outlived them.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

import lenet_lib
from lenet_lib import mnist
from lenet_lib.checks.verdict import RECORD

RUNNER = Path(__file__).with_name("runner.py")

#: How often to look for processes that were started while others were being killed.
ROUNDS = 50

#: Bytes to read of what a notebook left. Honest ones leave far fewer.
ENOUGH = 2**26


class Execution:
    """Starts to execute cells, in a temporary folder with a copy of MNIST.

    Args:
        cells: the code.
        limit: seconds that it may take.

    Attributes:
        record: the file in which checks leave their verdicts.
        fate: why it did not run to its end; empty if it did.
    """

    def __init__(self, cells: list[str], limit: float):
        self._temporary = tempfile.TemporaryDirectory(
            prefix="lenet-grade-", ignore_cleanup_errors=True
        )
        folder = Path(self._temporary.name).resolve()
        self.record = folder / "verdicts.jsonl"
        self._crashes, self._end = folder / "crashes.jsonl", folder / "end"
        self.fate = ""
        self._limit, self._start = limit, time.monotonic()
        (folder / "cells.json").write_text(json.dumps(cells), encoding="utf-8")
        (folder / "temporary").mkdir()
        # A copy, since a notebook may write to it.
        digits = Path("MNIST", "raw")
        source = mnist.default_data_dir() / digits
        shutil.copytree(source, folder / "work" / "data" / digits)
        self._process = subprocess.Popen(
            [sys.executable, "-P", RUNNER, folder],
            cwd=folder / "work",
            env=self._environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _environment(self, folder: Path) -> dict[str, str]:
        """What the processes inherit."""
        package = str(Path(lenet_lib.__file__).parent.parent)
        paths = [package, os.environ.get("PYTHONPATH", "")]
        return {
            **os.environ,
            RECORD: str(self.record),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "IPYTHONDIR": str(folder / "ipython"),  # no settings of the teacher's
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder / "temporary")),
            # Several spinning threads can make a tiny network twenty times slower.
            "OMP_NUM_THREADS": "1",
            "OMP_WAIT_POLICY": "PASSIVE",
            # A forgotten `!pip install` must not change the teacher's packages.
            "PIP_DRY_RUN": "1",
        }

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._start

    def ended(self) -> bool:
        """Whether it has ended; where its time is up, it does now."""
        runs = self._process.poll() is None
        end = content(self._end)
        if runs and not end and self.seconds < self._limit:
            return False
        if runs and not end:
            self.fate = f"the notebook ran out of time after {self._limit:g} s"
        elif end != b"done":
            self.fate = "the notebook's kernel died"
        self.kill()
        return True

    def kill(self) -> None:
        """Kill all that runs; what was recorded stays."""
        for _ in range(ROUNDS):
            found = list(self._processes())
            if not found:
                break
            for process in found:
                try:
                    process.kill()
                except psutil.Error:  # it has ended by itself
                    pass
            psutil.wait_procs(found, timeout=1)
        self._process.wait()

    def _processes(self) -> Iterator[psutil.Process]:
        """All that carry the mark, and the descendants of the one we started."""
        try:
            start = psutil.Process(self._process.pid)
            descendants = [start, *start.children(recursive=True)]
        except psutil.Error:
            descendants = []
        for process in psutil.process_iter():
            try:
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                if process in descendants or self._marked(process):
                    yield process
            except (psutil.Error, OSError):  # another person's, or gone
                continue

    def _marked(self, process: psutil.Process) -> bool:
        return process.environ().get(RECORD) == str(self.record)

    def crashes(self) -> dict[int, str]:
        """For each cell that failed, its number and its error in a line."""
        found = {}
        for noted in lines(self._crashes):
            match noted:
                case [int(cell), str(kind), str(said)]:
                    found[cell] = f"{kind} ({said})" if said else kind
        return found

    def close(self) -> None:
        """Kill all that runs, and remove its files."""
        self.kill()
        self._temporary.cleanup()


def lines(file: Path) -> Iterator[object]:
    """What the lines of a file hold as JSON, but for those that are spoilt."""
    for line in content(file).splitlines():
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def content(file: Path) -> bytes:
    """What is in a file that the notebook may have made into anything, or removed."""
    try:
        if file.is_file():  # and no pipe, which one could wait for
            with file.open("rb") as opened:
                return opened.read(ENOUGH)
    except OSError:
        pass
    return b""
