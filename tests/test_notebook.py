"""Numbers glued by a cell are those that the book's own reader of notebooks finds."""

import os
from pathlib import Path

import nbformat
import pytest
from myst_nb.core.variables import format_plain_text
from myst_nb.ext.glue import extract_glue_data
from nbclient import NotebookClient

from lenet_lib.notebook import glue

ROOT = Path(__file__).resolve().parent.parent

#: For each name: the value as a cell writes it, a format, and what a reader shall see.
GLUED = {
    "error": ("1.4", ".2f", "1.40"),
    "whole": ("860", ".0f", "860"),
    "count": ("860", "s", "860"),
    "text": ("'2.15.0'", "s", "2.15.0"),
    "thousands": ("f'{3246:,}'", "s", "3,246"),  # not the pair (3, 246)
    "digit_text": ("'0123'", "s", "0123"),
    "quoted": ("\"the '5'\"", "s", "the '5'"),
    "minus": ("-0.25", ".1f", "-0.2"),
    "array_number": ("np.float64(1.376)", ".2f", "1.38"),
    "array_text": ("np.float64(1.5)", "s", "1.5"),
    "array_count": ("np.int64(12)", "s", "12"),
}


class Complaints:
    """Collects what the extractor warns of."""

    def __init__(self):
        self.heard = []

    def warning(self, message, **_):
        self.heard.append(message)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory) -> nbformat.NotebookNode:
    """A notebook that glues all values, executed by a kernel."""
    values = ", ".join(f"{name}={value}" for name, (value, *_) in GLUED.items())
    cells = [
        "import numpy as np\nfrom lenet_lib.notebook import glue",
        f"glue({values})",
        "glue(later=2)\n'a result'",
        "import sys; {'torch', 'matplotlib', 'myst_nb'} & set(sys.modules)",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells]
    )
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=str(tmp_path_factory.mktemp("kernel")),
    )
    return notebook


def test_the_books_reader_finds_every_value(notebook):
    complaints = Complaints()
    copy = nbformat.from_dict(notebook)
    found = extract_glue_data(copy, [1, 2, 3, 4], complaints)
    assert complaints.heard == []
    assert found.keys() == {*GLUED, "later"}
    for name, (_, fmt, seen) in GLUED.items():
        shown = format_plain_text(found[name]["data"]["text/plain"], fmt)
        assert shown == seen, name


def test_in_the_notebook_nothing_is_shown(notebook):
    """A front end shows what it knows; it knows no type of ours."""
    outputs = notebook.cells[1].outputs
    assert len(outputs) == len(GLUED)
    for output in outputs:
        assert output["output_type"] == "display_data"
        assert all(kind.startswith("application/papermill") for kind in output["data"])


def test_a_cells_result_still_comes_after_what_it_glued(notebook):
    assert notebook.cells[2].outputs[-1]["data"]["text/plain"] == "'a result'"


def test_gluing_needs_only_ipython(notebook):
    """Colab has no myst-nb."""
    assert notebook.cells[3].outputs[0]["data"]["text/plain"] == "set()"


def test_outside_a_notebook_gluing_is_silent(capsys):
    """A chapter's code run as a script shows its results, not our bookkeeping."""
    glue(error=1.4)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
