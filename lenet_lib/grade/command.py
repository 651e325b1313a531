"""``python -m lenet_lib grade``: a table of who has which exercise right."""

import argparse
import csv
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lenet_lib import mnist
from lenet_lib.checks.verdict import Verdict
from lenet_lib.grade.submission import NoNotebook, Submission, read, students

if TYPE_CHECKING:
    from lenet_lib.grade.execution import Execution

#: What executes notebooks; nothing else in this package needs it.
NEEDED = ("nbclient", "ipykernel")

#: Seconds between two looks at what is running.
LOOK = 0.1


class Row(NamedTuple):
    """A line of the table: one student and one exercise."""

    student: str
    chapter: str
    exercise: str
    right: int  #: 1 or 0
    said: str  #: by the check, or why it said nothing


class Graded(NamedTuple):
    """All rows of one notebook, and what there is to say about it."""

    rows: list[Row]
    note: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add = parser.add_argument
    add("files", nargs="+", type=Path, metavar="FILE", help="a student's notebook")
    add(
        "--output",
        type=Path,
        metavar="FILE",
        default=Path("grades.csv"),
        help="the table to write (default: %(default)s)",
    )
    add("--replace", action="store_true", help="write it also in place of an old one")
    add(
        "--time-limit",
        type=_seconds,
        metavar="SECONDS",
        default=600.0,
        help="for each notebook (default: 600)",
    )
    add(
        "--processes",
        type=_count,
        metavar="N",
        default=1,
        help="notebooks that run at the same time (default: %(default)s)",
    )


def main(options: argparse.Namespace) -> None:
    """Grade all notebooks, say a line about each, and write the table."""
    files = list(dict.fromkeys(options.files))
    _prepare(files, options.output, options.replace)
    names = [plain(name) for name in students(files)]
    graded: dict[int, Graded] = {}
    grading = grade(files, names, options.time_limit, options.processes)
    with closing(grading):
        for number, found in grading:
            graded[number] = found
            so_far = f"{len(graded)} of {len(files)}"
            print(f"{so_far}  {names[number]}: {found.note}", flush=True)
    rows = [row for _, found in sorted(graded.items()) for row in found.rows]
    write(rows, options.output)
    right = sum(row.right for row in rows)
    asked = sum(row.exercise != "" for row in rows)
    notebooks = "1 notebook" if len(files) == 1 else f"{len(files)} notebooks"
    print(f"{notebooks}: {right} of {asked} answers right; written: {options.output}")


def grade(
    files: Sequence[Path], names: Sequence[str], limit: float, processes: int
) -> Iterator[tuple[int, Graded]]:
    """Yield the number of each notebook and its rows, as it is done.

    Args:
        files: the notebooks. They are read, and nothing is written to them.
        names: the students'.
        limit: seconds that each may take.
        processes: how many run at the same time.
    """
    from lenet_lib.grade.execution import Execution

    waiting = list(enumerate(files))
    running: dict[int, tuple[Submission, Execution]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                number, file = waiting.pop(0)
                try:
                    submission = read(file)
                except NoNotebook as reason:
                    row = Row(names[number], "", "", 0, str(reason))
                    yield number, Graded([row], str(reason))
                    continue
                running[number] = submission, Execution(submission.cells, limit)
            for number, (submission, execution) in list(running.items()):
                if execution.ended():
                    yield number, _graded(names[number], submission, execution)
                    del running[number]
                    execution.close()
            time.sleep(LOOK)
    finally:
        for _, execution in running.values():
            execution.close()


def _graded(name: str, submission: Submission, execution: "Execution") -> Graded:
    """The rows of a notebook that has been executed, as far as it went."""
    verdicts = _verdicts(execution.record)
    crashes = execution.crashes()
    rows = []
    for exercise in submission.exercises:
        if verdict := verdicts.get(exercise):
            right, said = verdict.right, verdict.message
        else:
            right, said = False, "not answered"
            cells = submission.cells_of(exercise)
            crashed = [crashes[cell] for cell in cells if cell in crashes]
            if crashed:
                said = f"its cell ended in an error: {crashed[-1]}"
            elif cells and execution.fate:
                said = execution.fate
        rows.append(Row(name, submission.chapter, exercise, int(right), said))
    note = f"{sum(row.right for row in rows)} of {len(rows)} right"
    note += f"; {execution.fate}" if execution.fate else f" ({execution.seconds:.0f} s)"
    return Graded(rows, note)


def _verdicts(record: Path) -> dict[str, Verdict]:
    """The last verdict on each exercise."""
    from lenet_lib.grade.execution import lines

    found = {}
    for line in lines(record):
        match line:
            case {
                "exercise": str(label),
                "right": bool(right),
                "message": str(message),
            }:
                found[label] = Verdict(label, right, message)
    return found


def write(rows: Sequence[Row], output: Path) -> None:
    """Write the table, whole or not at all.

    It begins with the mark by which spreadsheets know UTF-8.
    """
    partial = output.with_name(f"{output.name}.partial")
    try:
        with partial.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(Row._fields)
            for row in rows:
                table.writerow([plain(v) if isinstance(v, str) else v for v in row])
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


def plain(text: str) -> str:
    """A text in one line that no spreadsheet takes for a formula."""
    text = text.encode("utf-8", "replace").decode()  # names of files may hold anything
    text = " ".join(text.split())[:1000]
    return f"'{text}" if text.startswith(tuple("=+-@＝＋－＠")) else text


def _prepare(files: Sequence[Path], output: Path, replace: bool) -> None:
    """Look before anything runs whether all is there that will be needed.

    Raises:
        ValueError: if not; it says what to do.
    """
    for file in files:
        if file.is_dir():
            raise ValueError(
                f"{file} is a folder: name notebooks, as in {file}/*.ipynb."
            )
        if not file.is_file():
            raise ValueError(f"There is no file {file}.")
    if output.resolve() in {file.resolve() for file in files}:
        raise ValueError(f"{output} is one of the notebooks: choose another --output.")
    if output.is_dir():
        raise ValueError(f"{output} is a folder: --output must name a file.")
    if not output.parent.is_dir():
        raise ValueError(f"There is no folder {output.parent} for --output.")
    if output.exists() and not replace:
        raise ValueError(
            f"{output} is already there: choose another --output, or say --replace."
        )
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ValueError(
            f"Grading needs {' and '.join(missing)}; to install: "
            f"python -m pip install {' '.join(missing)}"
        )
    mnist.ensure(mnist.default_data_dir())


def _seconds(text: str) -> float:
    """A positive number."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return seconds


def _count(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)
