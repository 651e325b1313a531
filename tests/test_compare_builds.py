"""`make compare`: two builds of a book are held against each other."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_front_door import ROOT, make

from tools import compare_builds

PAGE = """<p>Error: 1.40 %</p>
<p>Built on 2026-11-26.</p>
<table class="colwidths-auto run-times table">
<tr><td>25</td></tr>
</table>
<p>The end.</p>
"""


@pytest.fixture
def builds(tmp_path) -> tuple[Path, Path]:
    """The folders of two builds that are the same."""
    one, other = tmp_path / "one", tmp_path / "other"
    (one / "chapters").mkdir(parents=True)
    (one / "index.html").write_text("<h1>A book</h1>\n")
    (one / "chapters" / "page.html").write_text(PAGE)
    (one / "picture.png").write_bytes(b"\x89PNG\xff\x00")
    shutil.copytree(one, other)
    return one, other


def status(*folders: Path) -> int:
    return compare_builds.main([str(folder) for folder in folders])


def test_the_same_book_twice(builds, capsys):
    assert status(*builds) == 0
    assert capsys.readouterr().out == "All files are the same: 3.\n"


def test_dates_and_run_times_may_differ(builds):
    page = builds[1] / "chapters" / "page.html"
    page.write_text(PAGE.replace("11-26", "11-27").replace("25", "31"))
    assert status(*builds) == 0


def test_the_search_index_may_know_other_numbers_but_no_other_words(builds):
    words = 'Search.setIndex({"terms": {"16": [0, 3], %s"zip": 2}})'
    for folder, number in zip(builds, ("", '"164": 10, '), strict=True):
        (folder / "searchindex.js").write_text(words % number)
    assert status(*builds) == 0
    (builds[0] / "searchindex.js").write_text(words % '"zap": 1, ')
    assert status(*builds) == 1


def test_a_number_may_not(builds, capsys):
    page = builds[1] / "chapters" / "page.html"
    page.write_text(PAGE.replace("1.40", "1.41"))
    assert status(*builds) == 1
    assert capsys.readouterr().out == (
        "chapters/page.html, line 1:\n"
        "  < <p>Error: 1.40 %</p>\n  > <p>Error: 1.41 %</p>\n"
    )


def test_what_follows_the_run_times_may_not_either(builds, capsys):
    page = builds[1] / "chapters" / "page.html"
    page.write_text(PAGE.replace("end.", "end"))
    assert status(*builds) == 1
    assert "> <p>The end</p>" in capsys.readouterr().out


def test_of_a_long_line_the_difference_is_shown(builds, capsys):
    for folder, word in zip(builds, ("ones", "sevens"), strict=True):
        (folder / "index.html").write_text("a" * 1000 + word + "b" * 1000)
    assert status(*builds) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[1].startswith("  < " + "a" * 20 + "onesb")
    assert shown[2].startswith("  > " + "a" * 20 + "sevensb")
    assert max(map(len, shown)) < 90


def test_files_of_one_build_only_and_other_pictures_are_named(builds, capsys):
    (builds[0] / "old.svg").touch()
    (builds[1] / "new.svg").touch()
    (builds[1] / "picture.png").write_bytes(b"\x89PNG\xff")
    assert status(*builds) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"new.svg: only in {builds[1]}",
        f"old.svg: only in {builds[0]}",
        "picture.png: 6 bytes, 5 other ones",
    ]


def test_what_is_no_built_book_gets_one_sentence(builds, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(SystemExit, match="holds no built book"):
        status(builds[0], empty)
    with pytest.raises(SystemExit, match="Name the folders"):
        status(builds[0])


@pytest.fixture
def clone(tmp_path) -> Path:
    """A repository in which a stand-in for jupyter-book copies index.md to a page."""
    clone = tmp_path / "my book"
    programs = clone / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "jupyter-book").write_text(
        "#!/bin/sh\nmkdir -p _build/html && cp index.md _build/html/index.html\n"
    )
    (programs / "jupyter-book").chmod(0o755)
    (clone / "tools").mkdir()
    (clone / "tools" / "setup_environment.py").touch()
    shutil.copy(ROOT / "tools" / "compare_builds.py", clone / "tools")
    shutil.copy(ROOT / "Makefile", clone)
    (clone / "index.md").write_text("as it was committed\n")
    person = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (["init", "-q"], ["add", "index.md"], ["commit", "-qm", "A book"]):
        subprocess.run(["git", *person, *command], cwd=clone, check=True)
    return clone


def test_make_compare_builds_what_is_committed_twice(clone):
    (clone / "index.md").write_text("changed since\n")
    assert "All files are the same: 1." in make("compare", folder=clone)
    for copy in ("first", "second"):
        page = clone / "_build" / "compare" / copy / "_build" / "html" / "index.html"
        assert page.read_text() == "as it was committed\n"


def test_make_compare_stops_at_a_build_that_fails(clone):
    (clone / ".venv" / "bin" / "jupyter-book").write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(AssertionError):
        make("compare", folder=clone)
