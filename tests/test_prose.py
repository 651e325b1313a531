"""The book's prose is of one style, and spelled right. The rules are CONTRIBUTING's."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "index.md")]
TEXTS += [ROOT / "data" / "README.md", *sorted((ROOT / "chapters").glob("*.md"))]

texts = pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)

#: Code, of a cell or shown; of a cell's settings the captions are kept.
CODE = re.compile(
    r"^ *(?P<fence>```+)(?:\{code-cell\}[^\n]*|\w+)\n(?:---\n(?P<settings>.*?)^---\n)?"
    r".*?^ *(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
#: Within a text: the words of a link, which are kept, and fences, which are left;
#: names in roles, code, formulae, addresses.
INLINE = re.compile(
    r"\{[\w:-]+\}`(?P<words>[^`<]+)<[^`]+`|(?P<fence>`{2,})|(?:\{[\w:-]+\})?`[^`]+`|"
    r"\$\$.*?\$\$(?: \([\w-]+\))?|\$[^$]+\$|\]\([^)]+\)",
    re.DOTALL,
)


def prose(path: Path) -> str:
    """What a person reads of a text, line by line, without its code and formulae."""
    text = CODE.sub(lambda code: code["settings"] or "", path.read_text("utf-8"))
    return INLINE.sub(lambda inline: inline["words"] or inline["fence"] or "…", text)


def found(pattern: str, path: Path) -> list[str]:
    """What a pattern finds in the prose of a text, upper or lower case."""
    return [m.group() for m in re.finditer(pattern, prose(path), re.IGNORECASE)]


#: How American words begin that British ones, and this book, spell otherwise.
AMERICAN = (
    "analyz", "artifact", "behavior", "canceled", "catalog\\b", "categoriz", "center",
    "color", "defense", "emphasiz", "favor", "fiber", "generaliz", "gray", "initializ",
    "judgment", "labeled", "labeling", "license", "maximiz", "memoriz", "minimiz",
    "modeled", "modeling", "neighbor", "normaliz", "optimiz", "organiz", "parametriz",
    "parameteriz", "realiz", "recogniz", "regulariz", "skillful", "standardiz",
    "summariz", "traveled", "visualiz",
)  # fmt: skip


@texts
def test_spelling_is_british(path):
    names = r"(?!License\b|LICENSE\b)"  # of documents
    words = rf"\b(?-i:{names})(?:un|re)?(?:{'|'.join(AMERICAN)})\w*"
    assert found(words, path) == []


@texts
def test_no_word_is_doubled(path):
    assert found(r"(?-i:\b([a-z]+)\s+\1\b)", path) == []


@texts
def test_percent_signs_stand_apart_from_their_numbers(path):
    assert found(r"\d%", path) == []


@texts
def test_nothing_is_abbreviated_that_can_be_said(path):
    assert found(r"\b(?:e\.g\.|i\.e\.|etc\.|cf\.|w\.r\.t\.|resp\.)", path) == []


@texts
def test_dashes_and_dots_are_typeset(path):
    assert found(r"\w ?--+ ?\w|[a-z ]\.\.\.(?!\w)", path) == []


def test_code_is_told_from_prose(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "The `color` of {ref}`gray paper <x>`, $color$.\n"
        "```{code-cell} ipython3\n---\ncaption: Two colors\n---\nneighbor = 1\n```\n"
        "```python\nnormalize()\n```\n````{exercise} Center\n```\nx\n```\n````\n"
    )
    assert found(r"gray|colors?|neighbor|normalize|center", page) == [
        "gray", "colors", "Center",
    ]  # fmt: skip


def test_words_are_spelled_right():
    command = [sys.executable, "-m", "codespell_lib"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
