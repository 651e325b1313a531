"""Grading a class's notebooks: everybody gets their own marks, whatever others do."""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest

import lenet_lib
from lenet_lib import __main__ as commands
from lenet_lib.checks import CHECKS
from lenet_lib.checks.verdict import RECORD
from lenet_lib.grade import command, submission
from lenet_lib.grade.execution import Execution, lines

ROOT = Path(__file__).resolve().parent.parent
LABELS = [label for label in CHECKS if label.startswith("ex-digits-")]
INK, STANDARDISE, MEANS, SHIFT, DOUBTFUL, *_ = LABELS
DIED = "the notebook's kernel died"


def notebook(file: Path, *cells: str, **metadata) -> Path:
    """Write a notebook of the chapter on the digits, for a kernel nobody has."""
    book = {"lenet_book": {"chapter": "chapters/digits.md"}}
    kernel = {"name": "abacus", "display_name": "Abacus", "language": "beads"}
    made = nbformat.v4.new_notebook(
        metadata=metadata or {**book, "kernelspec": kernel},
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
    )
    file.parent.mkdir(exist_ok=True)
    nbformat.write(made, file)
    return file


def verdict(exercise: str, right: bool = True, message: str = "'good'") -> str:
    """Code that leaves a verdict as a check does, without the wait for torch."""
    entry = f"dict(exercise={exercise!r}, right={right}, message={message})"
    return (
        "import json, os\n"
        f"with open(os.environ[{RECORD!r}], 'a') as record:\n"
        f"    record.write(json.dumps({entry}) + '\\n')"
    )


def grade(output: Path, *arguments: object) -> tuple[int, list[list[str]]]:
    """The status of the command, and the rows of its table without the first."""
    line = ["grade", *map(str, arguments), "--output", str(output)]
    status = commands.main(line)
    text = output.read_text(encoding="utf-8-sig") if output.exists() else ""
    return status, list(csv.reader(text.splitlines()))[1:]


def rows(student: str, said: dict[str, str], right: tuple[str, ...] = ()) -> list:
    """A student's rows: what was said, and "not answered" for all the rest."""
    return [
        [student, "digits", label, str(int(label in right)), said.get(label, NOT)]
        for label in LABELS
    ]


NOT = "not answered"


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory, monkeypatch) -> Iterator[Path]:
    """The folder for temporary files: nothing may stay in it."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture(autouse=True)
def token(monkeypatch) -> str:
    """A word in the environment of all that a test starts."""
    word = uuid.uuid4().hex
    monkeypatch.setenv("A_TEST", word)
    return word


def started(token: str) -> list[psutil.Process]:
    """All processes that a test has started and that still run."""

    def ours(process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                return False
            in_environment = process.environ().get("A_TEST") == token
            return in_environment or token in process.cmdline()
        except (psutil.Error, OSError):
            return False

    return [process for process in psutil.process_iter() if ours(process)]


# ---- A class ---------------------------------------------------------------------


def test_a_class(tmp_path, token, capsys):
    """Each has a fault of their own, and it costs nobody else anything."""
    folder = tmp_path / "submissions"
    check = "from lenet_lib import checks as check"
    one = verdict(INK)
    files = {
        "ada": [
            check,
            "check.most_ink(1, 0)",
            "check.most_ink(0, 1)",  # the last one counts
            "check.standardised(-0.13, 0.87)",
            "1 / 0",
            "check.nearest_mean(..., ...)",
            "error = wrong / 100\ncheck.shifted_error(error)",
        ],
        "exits": [one, "import os; os._exit(0)", "check.standardised(1, 2)"],
        "quits": [one, "quit()", verdict(STANDARDISE)],  # which ends no kernel
        "kills": [
            one,
            "import os, signal, time\n"
            "os.kill(os.getppid(), signal.SIGKILL)\n"
            "time.sleep(60)\n"
            "check.standardised(1, 2)",
        ],
        "prints": [
            "for _ in range(30):\n    print('a' * 10**6)",
            "import sys\nsys.__stdout__.write('b' * 10**7)\nsys.stderr.write('c')",
            one,
        ],
        "cheats": ["class check:\n    most_ink = print", "check.most_ink(0, 1)"],
        "spoils": [
            f"import os\nrecord = os.environ[{RECORD!r}]\n"
            "for name in (record, record.replace('verdicts', 'crashes')):\n"
            "    with open(name, 'wb') as file:\n"
            "        file.write(b'\\xff\\n{\\n[1]\\n\"' + b'[' * 10**5 + b'\\n')",
            verdict(INK, right="'yes'"),
            verdict("ex-of-another-book"),
            verdict(STANDARDISE, message="'=1+1\\n\\ud800'"),
        ],
    }
    paths = [notebook(folder / f"{name}.ipynb", *code) for name, code in files.items()]
    facts = "' '.join([sys.executable, lenet_lib.__file__, *sorted(os.listdir(data))])"
    paths += [
        notebook(
            folder / "=elsewhere.ipynb",
            "import os, sys, lenet_lib\ndata = os.path.join('data', 'MNIST', 'raw')",
            verdict(INK, message=facts),
            "if not os.environ['PIP_DRY_RUN']:\n    check.most_ink(0, 1)",
            language_info={"name": "python"},  # the chapter is not named
        ),
        notebook(folder / "jo" / "digits.ipynb", one),
        notebook(folder / "kim" / "digits.ipynb", verdict(INK, False, "'bad'")),
        notebook(
            folder / "else.ipynb", "print('hello')", language_info={"name": "python"}
        ),
    ]
    for name, content in {
        "cut": paths[0].read_bytes()[:-40],
        "empty": b"",
        "list": b"[]",
        "picture": b"\x89PNG\r\n\x1a\n",
        "deep": b"[" * 10**5,
    }.items():
        paths.append(folder / f"{name}.ipynb")
        paths[-1].write_bytes(content)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}

    status, found = grade(
        tmp_path / "grades.csv", *paths, "--processes", 2, "--time-limit", 300
    )

    assert status == 0
    said = {
        INK: CHECKS[INK].judge(0, 1).message,
        STANDARDISE: CHECKS[STANDARDISE].judge(-0.13, 0.87).message,
        MEANS: "`read` is still `...`: put your answer there.",
        SHIFT: "its cell ended in an error: NameError (name 'wrong' is not defined)",
    }
    ended = {INK: "good", STANDARDISE: DIED}
    data = "t10k-images-idx3-ubyte.gz t10k-labels-idx1-ubyte.gz"
    data += " train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz"
    where = f"{sys.executable} {lenet_lib.__file__} {data}"
    no_json = "the file is not a notebook: it is not JSON, or is cut off"
    other = "the file is not a notebook: it is JSON of another form"
    assert found == [
        *rows("ada", said, right=(INK,)),
        *rows("exits", ended, right=(INK,)),
        *rows("quits", {INK: "good", STANDARDISE: "good"}, right=(INK, STANDARDISE)),
        *rows("kills", ended, right=(INK,)),
        *rows("prints", {INK: "good"}, right=(INK,)),
        *rows("cheats", {}),
        *rows("spoils", {STANDARDISE: "'=1+1 ?"}, right=(STANDARDISE,)),
        *rows("'=elsewhere", {INK: where}, right=(INK,)),
        *rows("jo", {INK: "good"}, right=(INK,)),
        *rows("kim", {INK: "bad"}),
        ["else", "", "", "0", "the notebook is of no chapter that has exercises"],
        ["cut", "", "", "0", no_json],
        ["empty", "", "", "0", "the file is not a notebook: it is empty"],
        ["list", "", "", "0", other],
        ["picture", "", "", "0", "the file is not a notebook: it is no text"],
        ["deep", "", "", "0", found[-1][-1]],
    ]
    assert found[-1][-1] in (no_json, other)  # which depends on the Python
    assert started(token) == []
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}
    assert after == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "grades.csv",
        "submissions",
    ]

    *progress, last = capsys.readouterr().out.splitlines()
    assert len(progress) == len(paths)
    assert [line.split()[0] for line in progress] == [
        str(n) for n in range(1, len(paths) + 1)
    ]
    lines = {line.split("  ")[1].partition(": ")[0]: line for line in progress}
    of = len(LABELS)
    assert f"ada: 1 of {of} right (" in lines["ada"] and lines["ada"].endswith(" s)")
    assert lines["exits"].endswith(f"exits: 1 of {of} right; {DIED}")
    assert lines["empty"].endswith("empty: the file is not a notebook: it is empty")
    assert last == (
        f"{len(paths)} notebooks: 9 of {10 * of} answers right; "
        f"written: {tmp_path / 'grades.csv'}"
    )


def test_a_notebook_that_hangs_is_ended_at_the_limit(tmp_path, token, capsys):
    """However early the limit strikes: also while the kernel still starts."""
    hangs = notebook(
        tmp_path / "hangs.ipynb", "while True:\n    pass", "check.most_ink(0, 1)"
    )
    status, found = grade(tmp_path / "grades.csv", hangs, "--time-limit", "2.5")
    late = "the notebook ran out of time after 2.5 s"
    assert status == 0 and found == rows("hangs", {INK: late})
    assert f"hangs: 0 of {len(LABELS)} right; {late}\n" in capsys.readouterr().out
    assert started(token) == []


def sleepers(token: str) -> str:
    """Code that starts processes which try to be left behind."""
    return (
        "import os, subprocess, sys\n"
        f"sleep = [sys.executable, '-c', 'import time; time.sleep(900)', {token!r}]\n"
        "subprocess.Popen(sleep)\n"
        "subprocess.Popen(sleep, start_new_session=True, env={})\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        os.execv(sleep[0], sleep)\n"
        "    os._exit(0)\n"
    )


def wait_for(condition) -> None:
    """Wait until something holds, on a slow machine for long."""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
@pytest.mark.parametrize("last", ["", "while True:\n    pass", "os._exit(1)"])
def test_nothing_outlives_a_notebook(token, last):
    cells = [verdict(INK), sleepers(token) + last, "while True:\n    print('more')"]
    execution = Execution(cells, limit=600)
    wait_for(lambda: sum(token in p.cmdline() for p in started(token)) >= 3)
    execution._limit = execution.seconds
    assert execution.ended()
    assert started(token) == []
    (line,) = execution.record.read_text().splitlines()
    assert json.loads(line)["exercise"] == INK  # what was recorded counts
    execution.close()
    assert not execution.record.parent.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_ctrl_c_leaves_neither_a_table_nor_a_process(tmp_path, token, monkeypatch):
    def interrupted(seconds: float) -> None:
        if sum(token in process.cmdline() for process in started(token)) >= 3:
            raise KeyboardInterrupt
        sleep(seconds)

    sleep = time.sleep
    monkeypatch.setattr(command.time, "sleep", interrupted)
    file = notebook(tmp_path / "a.ipynb", sleepers(token) + "while True:\n    pass")
    assert grade(tmp_path / "grades.csv", file) == (130, [])
    assert started(token) == []
    assert [path.name for path in tmp_path.iterdir()] == ["a.ipynb"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere some may survive")
def test_nothing_outlives_a_grader_that_is_killed(token, tmp_path):
    program = (
        "import time\n"
        "from lenet_lib.grade.execution import Execution\n"
        f"running = Execution([{sleepers(token)!r}, 'while True: pass'], 600)\n"
        "time.sleep(600)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    grader = subprocess.Popen([sys.executable, "-c", program], env=environment)
    wait_for(lambda: sum(token in p.cmdline() for p in started(token)) >= 3)
    grader.kill()
    grader.wait()
    wait_for(lambda: started(token) == [])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a system with pipes")
def test_what_a_notebook_leaves_is_read_with_care(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert list(lines(tmp_path / "pipe")) == []
    assert list(lines(tmp_path)) == list(lines(tmp_path / "missing")) == []
    (tmp_path / "cut").write_bytes(b'[1]\n{"a"\n\n2\n\xff')
    assert list(lines(tmp_path / "cut")) == [[1], 2]


# ---- What a person can put right ---------------------------------------------------


@pytest.fixture
def one(tmp_path, monkeypatch) -> Path:
    """The working folder: a notebook, and a table from before."""
    monkeypatch.chdir(tmp_path)
    notebook(tmp_path / "one.ipynb", verdict(INK))
    (tmp_path / "grades.csv").write_text("old")
    return tmp_path


@pytest.mark.parametrize(
    "line, message",
    [
        (["two.ipynb"], "There is no file two.ipynb."),
        (["one.ipynb", "*.nb"], "There is no file *.nb."),
        (["."], ". is a folder: name notebooks, as in ./*.ipynb."),
        (
            ["one.ipynb"],
            "grades.csv is already there: choose another --output, or say --replace.",
        ),
        (
            ["one.ipynb", "--output", "one.ipynb", "--replace"],
            "one.ipynb is one of the notebooks: choose another --output.",
        ),
        (
            ["one.ipynb", "--output", "a/b.csv"],
            "There is no folder a for --output.",
        ),
        (
            ["one.ipynb", "--output", ".", "--replace"],
            ". is a folder: --output must name a file.",
        ),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(one, capsys, line, message):
    before = (one / "one.ipynb").read_bytes()
    assert commands.main(["grade", *line]) == 2
    assert capsys.readouterr() == ("", f"grade: {message}\n")
    assert (one / "one.ipynb").read_bytes() == before
    assert (one / "grades.csv").read_text() == "old"


def test_what_is_needed_to_execute_notebooks_is_named(one, capsys, monkeypatch):
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    assert commands.main(["grade", "one.ipynb", "--replace"]) == 2
    assert capsys.readouterr().err == (
        "grade: Grading needs nbclient and ipykernel; to install: "
        "python -m pip install nbclient ipykernel\n"
    )


@pytest.mark.parametrize(
    "option, value",
    [
        ("--time-limit", "0"),
        ("--time-limit", "inf"),
        ("--time-limit", "nan"),
        ("--time-limit", "long"),
        ("--processes", "0"),
        ("--processes", "two"),
    ],
)
def test_a_bad_option_is_told(one, capsys, option, value):
    with pytest.raises(SystemExit) as end:
        commands.main(["grade", "one.ipynb", option, value])
    assert end.value.code == 2 and f"{option}: '{value}' is not" in (
        capsys.readouterr().err
    )


# ---- The table, and names --------------------------------------------------------


def test_the_table_is_written_whole_or_not_at_all(tmp_path):
    output = tmp_path / "grades.csv"
    output.write_text("old")
    good = command.Row("ada", "digits", INK, 1, "yes")
    with pytest.raises(TypeError):
        command.write([good, None], output)
    assert output.read_text() == "old"
    command.write([good], output)
    assert output.read_text("utf-8-sig") == (
        "student,chapter,exercise,right,said\n" + f"ada,digits,{INK},1,yes\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["grades.csv"]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", " =", "\t=", "\r@", "＝"])
def test_no_text_becomes_a_formula(first):
    assert command.plain(f"{first}A1").startswith("'")
    assert command.plain(command.plain(f"{first}A1")) == command.plain(f"{first}A1")
    assert command.plain("A1 = 2\nlines \udcff") == "A1 = 2 lines ?"


@pytest.mark.parametrize(
    "files, names",
    [
        (["s/ada.ipynb", "s/bob.ipynb"], ["ada", "bob"]),
        (["ada/d.ipynb", "bob/d.ipynb", "s/cy.ipynb"], ["ada", "bob", "cy"]),
        (["1/ada/d.ipynb", "2/ada/d.ipynb"], ["1/ada/d.ipynb", "2/ada/d.ipynb"]),
        (["s/ada.ipynb", "ada/d.ipynb", "bob/d.ipynb"], None),
    ],
)
def test_every_student_has_a_name_of_their_own(files, names):
    found = submission.students([Path(file) for file in files])
    assert len(set(found)) == len(files)
    assert names is None or found == names


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"lenet_book": None},
        {"lenet_book": {"chapter": ["digits"]}},
        {"lenet_book": {"chapter": "chapters/of-another-book.md"}},
        {"lenet_book": {"chapter": "chapters/digits.md"}},
    ],
)
def test_the_chapter_is_named_or_found_by_its_checks(metadata, tmp_path):
    cells = ["x = 1", "check.most_ink(0, 1)", "checks.no_such_check(1)"]
    found = submission.read(
        notebook(tmp_path / "a.ipynb", *cells, language_info={"name": "python"})
    )
    assert found.chapter == submission._chapter(metadata, cells) == "digits"
    assert found.exercises == LABELS
    assert found.cells == cells and found.cells_of(INK) == [1]


def test_a_notebook_of_an_old_format_is_read(tmp_path):
    old = nbformat.v3.new_notebook(
        worksheets=[
            nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell(verdict(INK))])
        ]
    )
    old.worksheets[0].cells.append(nbformat.v3.new_code_cell("check.most_ink(0, 1)"))
    file = tmp_path / "old.ipynb"
    file.write_text(nbformat.v3.writes_json(old))
    assert submission.read(file).cells == [verdict(INK), "check.most_ink(0, 1)"]


# ---- What the book says of it ------------------------------------------------------


def test_the_example_of_the_book_is_as_it_would_be():
    page = (ROOT / "chapters" / "teaching.md").read_text("utf-8")
    table = page.partition("student,chapter")[2].partition("```")[0]
    first, *shown = csv.reader(f"student,chapter{table}".splitlines())
    assert tuple(first) == command.Row._fields
    told = {(name, label): (int(right), said) for name, _, label, right, said in
            (row for row in shown if len(row) == 5)}  # fmt: skip
    assert [label for name, label in told if name == "bob"] == LABELS
    verdicts = {
        ("ada", INK): CHECKS[INK].judge(0, 1),
        ("bob", INK): CHECKS[INK].judge(1, 0),
        ("bob", STANDARDISE): CHECKS[STANDARDISE].judge(-0.42, 2.82),
        ("cleo", INK): CHECKS[INK].judge(..., ...),
    }
    for key, verdict in verdicts.items():
        assert told[key] == (verdict.right, verdict.message)
    # Other chapters have other exercises, but those that are set there are there.
    chapters = (ROOT / "chapters").glob("*.md")
    book = "".join(chapter.read_text("utf-8") for chapter in chapters)
    for label in re.findall(r"\{ref\}`(ex-[\w-]+)`", page):
        assert f":label: {label}\n" in book, label
