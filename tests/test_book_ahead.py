"""Chapters are executed side by side, before they are read."""

import re
from datetime import UTC, datetime
from importlib.metadata import requires, version
from types import SimpleNamespace

import pytest
from built_pages import article, plain, source
from conftest import PAGES, Build
from lenet_book import ahead
from nbformat.v4 import new_code_cell, new_notebook
from test_book import write

#: Writes its own file, and waits for the other's: alone, it would wait in vain.
MEETING = """
import pathlib, time
pathlib.Path("{own}").touch()
for _ in range(1200):
    if pathlib.Path("{other}").exists():
        break
    time.sleep(0.1)
else:
    raise TimeoutError("the other page was not executed meanwhile")
print("met")
"""


@pytest.fixture
def outcomes(tmp_path, monkeypatch):
    """Executes cells, a page each, two at a time."""

    def execute(**cells: str) -> dict[str, ahead.Ran]:
        monkeypatch.setattr(ahead, "cores", lambda: 2)
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        notebooks = {
            name: new_notebook(cells=[new_code_cell(cell)], metadata=kernel)
            for name, cell in cells.items()
        }
        env = SimpleNamespace(
            mystnb_config=SimpleNamespace(execution_timeout=300),
            doc2path=lambda name, base=True: tmp_path / f"{name}.md",
        )
        return dict(ahead.side_by_side(env, notebooks))

    return execute


def test_two_pages_are_executed_at_a_time_and_in_their_folder(outcomes, tmp_path):
    ran = outcomes(
        one=MEETING.format(own="a", other="b"), two=MEETING.format(own="b", other="a")
    )
    assert set(ran) == {"one", "two"}
    for page in ran.values():
        (output,) = page.notebook.cells[0].outputs
        assert (output.text, page.traceback) == ("met\n", "")
        assert page.seconds > 0
    assert {file.name for file in tmp_path.iterdir()} == {"a", "b"}


def test_failing_pages_are_told_and_leave_the_others_alone(outcomes):
    ran = outcomes(good="print(1)", bad="1 / 0", dead="import os; os._exit(1)")
    assert ran["good"].traceback == ""
    assert "ZeroDivisionError" in ran["bad"].traceback
    assert ran["dead"].traceback.startswith("Its kernel died")
    env = SimpleNamespace(doc2path=lambda name, base=True: f"chapters/{name}.md")
    with pytest.raises(SystemExit) as left:
        ahead.stop(env, {name: ran[name].traceback for name in ("dead", "bad")})
    told = str(left.value)
    assert "A cell of chapters/bad.md failed:\n" in told
    assert "A cell of chapters/dead.md failed:\nIts kernel died" in told
    assert told.index("bad.md") < told.index("dead.md")
    assert told.endswith("The book was not built.")


def test_all_is_well_if_nothing_failed():
    ahead.stop(SimpleNamespace(), {})


def test_a_page_without_cells_needs_no_kernel(small_book, options_of_make):
    """One that is stopped while it starts complains, now and then."""
    write(small_book, "Words, and no code.")
    kernel = small_book / "_ext" / "lenet_book" / "kernel_config.py"
    kernel.write_text("raise SystemExit('a kernel was started')\n")
    build = Build(small_book, *options_of_make)
    assert (build.status, build.warnings, build.executed) == (0, [], [])
    assert "a kernel was started" not in build.output


# The page that tells of it


def rows(book, page: str, number: int) -> list[list[str]]:
    table = article(book, page).select("table")[number]
    return [[plain(cell) for cell in row.select("th, td")] for row in table("tr")]


def test_status_names_versions_and_the_day(book):
    (printed,) = article(book, "chapters/status").select(".cell_output pre")
    told = dict(line.split() for line in printed.get_text().splitlines())
    assert told.pop("python").startswith("3.")
    wanted = {re.match(r"[\w-]+", line).group() for line in requires("lenet_lib")}
    assert told == {name: version(name) for name in wanted}

    machine = dict(rows(book, "chapters/status", 0))
    assert int(machine["processors to use"]) >= 1
    assert machine["threads of each page"] == "1"
    written = (book / "chapters" / "status.html").stat().st_mtime
    assert machine["pages written"] == str(datetime.fromtimestamp(written, UTC).date())


def test_status_tells_how_long_every_page_ran(book):
    head, *pages, total = rows(book, "chapters/status", 1)
    assert head == ["page", "seconds"] and total[0] == "all together"
    ran = [page for page in PAGES if "```{code-cell}" in source(page)]
    titles = [plain(article(book, page).h1).rstrip("#") for page in ran]
    assert [title for title, _ in pages] == [re.sub(r"^\d+\. ", "", t) for t in titles]
    assert abs(sum(int(seconds) for _, seconds in pages) - int(total[1])) <= len(pages)
