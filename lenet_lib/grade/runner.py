"""Executes the code of one notebook, cell by cell: a program of its own.

It is started by :class:`lenet_lib.grade.execution.Execution`, and given a folder with
the code in ``cells.json``. It notes the errors of cells that failed in
``crashes.jsonl``, and at the end in ``end`` whether the kernel lived to see it. Then it
waits to be killed, with all that the notebook may have left behind.

It imports nothing of the package, so that it starts at once, and any package of the
notebook's own making stays where it is.
"""

import contextlib
import ctypes
import json
import os
import sys
import threading
import time
from pathlib import Path

import psutil
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient
from nbformat import v4 as nbf


class ThisPython(AsyncKernelManager):
    """Starts kernels of the Python that runs this, whatever a notebook names."""

    kernel_spec = KernelSpec(
        argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        display_name="Python",
        language="python",
    )


class Forgetful(NotebookClient):
    """Keeps no outputs: a notebook may print without end."""

    def output(self, *_: object) -> None:
        """Let an output pass."""


def run(folder: Path) -> None:
    """Execute the cells, and go on after those that fail."""
    cells = json.loads((folder / "cells.json").read_text(encoding="utf-8"))
    crashes = folder / "crashes.jsonl"

    def note(cell: object, cell_index: int, execute_reply: dict) -> None:
        error = execute_reply["content"]
        crash = [cell_index, error.get("ename", ""), error.get("evalue", "")[:200]]
        with crashes.open("a", encoding="utf-8") as file:
            file.write(json.dumps(crash) + "\n")

    notebook = nbf.new_notebook(cells=[nbf.new_code_cell(source) for source in cells])
    Forgetful(
        notebook,
        allow_errors=True,
        kernel_manager_class=ThisPython,
        on_cell_error=note,
        # Who started this program ends it when its time is up.
        startup_timeout=10**6,
        store_widget_state=False,
        timeout=None,
    ).execute()


def adopt_orphans() -> None:
    """Become the parent of processes that have lost theirs, where the system allows."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def end_with(parent: int) -> None:
    """End, with all that runs in here, when the process that started this is gone."""
    while os.getppid() == parent:
        time.sleep(0.5)
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            process.kill()
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    adopt_orphans()
    folder, end = Path(sys.argv[1]), "died"
    try:
        run(folder)
        end = "done"
    finally:
        (folder / "end").write_text(end)
        threading.Event().wait()
