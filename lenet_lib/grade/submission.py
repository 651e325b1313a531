"""What a student has handed in: the cells, the chapter and its exercises."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lenet_lib.checks import CHECKS

#: A call of a check, as the starters write it.
CALL = re.compile(r"\bchecks?\.(\w+)\s*\(")


class NoNotebook(Exception):
    """Why a file cannot be graded, as a clause."""


@dataclass(frozen=True)
class Submission:
    """A notebook's code, and the chapter that its exercises belong to."""

    cells: list[str]  #: the sources of the code cells
    chapter: str  #: as in ``digits``

    @property
    def exercises(self) -> list[str]:
        """The labels of the chapter's exercises, in its order."""
        return exercises(self.chapter)

    def cells_of(self, exercise: str) -> list[int]:
        """The numbers of the cells that call the check of an exercise."""
        return [n for n, cell in enumerate(self.cells) if exercise in called(cell)]


def read(file: Path) -> Submission:
    """Read a notebook of any age, written by any program.

    Raises:
        NoNotebook: if it is none, or belongs to no chapter.
    """
    from nbformat import convert, reader  # which come with nbclient

    try:
        text = file.read_text(encoding="utf-8-sig")
        if not text.strip():
            raise NoNotebook("the file is not a notebook: it is empty")
        notebook = convert(reader.reads(text), 4)
        cells = [
            source if isinstance(source := cell["source"], str) else "".join(source)
            for cell in notebook["cells"]
            if cell["cell_type"] == "code"
        ]
    except NoNotebook:
        raise
    except OSError as error:
        raise NoNotebook(f"the file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NoNotebook("the file is not a notebook: it is no text") from error
    except reader.NotJSONError as error:
        reason = "it is not JSON, or is cut off"
        raise NoNotebook(f"the file is not a notebook: {reason}") from error
    except Exception as error:  # nbformat trusts that the parts are what they should be
        reason = "it is JSON of another form"
        raise NoNotebook(f"the file is not a notebook: {reason}") from error
    return Submission(cells, _chapter(notebook.get("metadata"), cells))


def exercises(chapter: str) -> list[str]:
    """The labels of a chapter's exercises that have a check."""
    return [label for label in CHECKS if label.startswith(f"ex-{chapter}-")]


def called(cell: str) -> set[str]:
    """The exercises whose checks a cell calls."""
    names = set(CALL.findall(cell))
    return {label for label, check in CHECKS.items() if check.__name__ in names}


def _chapter(metadata: object, cells: list[str]) -> str:
    """The chapter that a notebook names, or else the one whose checks it calls."""
    match metadata:
        case {"lenet_book": {"chapter": str(page)}} if exercises(Path(page).stem):
            return Path(page).stem
    # Some programs keep only the metadata that they know.
    calls = Counter(label.split("-")[1] for cell in cells for label in called(cell))
    if not calls:
        raise NoNotebook("the notebook is of no chapter that has exercises")
    return calls.most_common(1)[0][0]


def students(files: Sequence[Path]) -> list[str]:
    """A name for each file: its own, its folder's, or its path, until all differ."""
    names = [file.stem for file in files]
    for better in (lambda file: file.resolve().parent.name, lambda file: str(file)):
        often = Counter(names)
        names = [
            better(file) if often[name] > 1 else name
            for file, name in zip(files, names, strict=True)
        ]
    return names
