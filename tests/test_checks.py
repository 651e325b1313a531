"""The checks of exercises: kind to whatever they are given, and fooled by nothing."""

import importlib
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lenet_lib import checks
from lenet_lib.checks import CHECKS, expect, verdict

ROOT = Path(__file__).resolve().parent.parent
MISTAKES = {
    label: answers
    for file in sorted((ROOT / "tests" / "mistakes").glob("[a-z]*.py"))
    for label, answers in importlib.import_module(
        f"tests.mistakes.{file.stem}"
    ).MISTAKES.items()
}
LABELS = re.compile(r"{exercise} .*\n:label: (ex-[\w-]+)")
EXERCISES = [
    label
    for chapter in sorted((ROOT / "chapters").glob("*.md"))
    for label in LABELS.findall(chapter.read_text(encoding="utf-8"))
]

each_check = pytest.mark.parametrize("label", CHECKS)


def parameters(label: str) -> int:
    """How many answers a check takes."""
    code = CHECKS[label].look.__code__
    return code.co_argcount


def test_every_exercise_has_a_check_and_a_solution():
    assert sorted(CHECKS) == sorted(EXERCISES)
    solutions = (ROOT / "chapters" / "solutions.md").read_text(encoding="utf-8")
    solved = re.findall(r"{solution-start} (ex-[\w-]+)", solutions)
    assert sorted(solved) == sorted(EXERCISES)
    assert all(hasattr(checks, check.__name__) for check in CHECKS.values())


def test_every_chapter_has_three_to_six_exercises():
    for chapter in (ROOT / "chapters").glob("*.md"):
        text = chapter.read_text(encoding="utf-8")
        if "\nnotebook: none\n" not in text:
            found = LABELS.findall(text)
            assert 3 <= len(found) <= 6, chapter.name
            assert all(label.startswith(f"ex-{chapter.stem}-") for label in found)


@pytest.mark.parametrize("label", EXERCISES)
def test_every_exercise_begins_with_code_that_calls_its_check(label):
    chapter = ROOT / "chapters" / f"{label.split('-')[1]}.md"
    _, _, rest = chapter.read_text(encoding="utf-8").partition(f":label: {label}\n")
    text = rest.partition("\n````")[0]
    (starter,) = re.findall(r"```python\n(.*?)\n```", text, re.DOTALL)
    compile(starter, label, "exec")
    assert "..." in starter
    assert starter.splitlines()[-1].startswith(f"check.{CHECKS[label].__name__}(")


@each_check
def test_what_is_not_filled_in_is_asked_for(label):
    said = CHECKS[label].judge(*[...] * parameters(label))
    assert not said.right and "is still `...`" in said.message


class Hostile:
    """Breaks whatever looks at it."""

    def __getattr__(self, name):
        raise RuntimeError("do not look")

    def __eq__(self, other):
        raise RuntimeError("do not compare")

    def __call__(self, *inputs, **named):
        raise SystemExit(3)

    def __len__(self):
        raise ZeroDivisionError

    __hash__ = None


NONSENSE = [
    None, True, -1, 10**400, math.nan, math.inf, "nonsense", b"", [], {}, [[]],
    [math.nan] * 5, range(3), object(), Hostile(), Hostile, int, nn.Identity,
    nn.Identity(), torch.zeros(0), torch.full((10,), math.nan), torch.zeros(1, 1, 1),
    np.array(["a"]), lambda: None, lambda *inputs, **named: None,
    lambda *inputs, **named: 1 / 0, lambda *inputs, **named: inputs,
]  # fmt: skip


@each_check
def test_nonsense_is_never_right_and_never_breaks_a_check(label, capfd):
    check = CHECKS[label]
    for nonsense in NONSENSE:
        said = check.judge(*[nonsense] * parameters(label))
        assert not said.right, nonsense
        assert said.message.strip().endswith((".", "?")) and "\n" not in said.message
    assert not check.judge().right
    assert not check.judge(*[1] * (parameters(label) + 1)).right
    check(*[None] * parameters(label))  # as a learner calls it
    assert capfd.readouterr().out.startswith("✘ Not yet: ")


@each_check
@pytest.mark.parametrize("constant", [0, 1, 0.5, -1.7])
def test_no_constant_passes(label, constant):
    """Neither as a number nor as what a function gives, in any of some shapes."""
    check, count = CHECKS[label], parameters(label)
    assert not check.judge(*[constant] * count).right
    shapes = [(), (1,), (10,), (1, 10), (1, 1, 28, 28), (1, 6, 14, 14)]
    for shape in shapes:
        fixed = torch.full(shape, float(constant))
        assert not check.judge(*[lambda *_, fixed=fixed, **__: fixed] * count).right


@pytest.mark.parametrize("label", EXERCISES)
def test_typical_mistakes_are_told_apart(label):
    answers = MISTAKES[label]
    assert len(answers) >= 3
    messages = []
    for given, words in answers:
        said = CHECKS[label].judge(*given)
        assert not said.right, given
        assert words in said.message, f"{said.message!r} does not say {words!r}"
        assert "could not be looked at" not in said.message
        messages.append(said.message)
    assert len(set(messages)) == len(messages)


def test_a_learners_random_numbers_stay_as_they_were():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)

    def careless(images, means):
        torch.manual_seed(0)
        return torch.rand(len(images))

    checks.nearest_mean.judge(careless, 1.0)
    assert torch.equal(torch.rand(1), expected)


def test_verdicts_are_recorded_where_a_grader_asks(tmp_path, monkeypatch, capsys):
    file = tmp_path / "verdicts.jsonl"
    monkeypatch.setenv(verdict.RECORD, str(file))
    checks.most_ink(0, 1)
    checks.most_ink(1, 0)
    right, wrong = map(json.loads, file.read_text().splitlines())
    assert right["exercise"] == wrong["exercise"] == "ex-digits-ink"
    assert right["right"] is True and wrong["right"] is False
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"✔ Right: {right['message']}"
    assert said[1] == f"✘ Not yet: {wrong['message']}"


@pytest.mark.parametrize(
    "value", [3, 3.0, np.float32(3), np.int64(3), torch.tensor(3), torch.tensor([[3]])]
)
def test_a_number_may_come_in_many_forms(value):
    assert expect.whole(value, "answer") == 3


def test_the_first_wrong_value_is_named():
    found, wanted = torch.zeros(2, 3), torch.zeros(2, 3)
    found[1, 2] = wanted[1, 2] = 5
    expect.same(found, wanted, "your map")
    found[1, 1] = 1
    with pytest.raises(checks.Wrong, match=r"your map has 1 at \[1, 1\], where 0 was"):
        expect.same(found, wanted, "your map")
    with pytest.raises(checks.Wrong, match=r"shape \(3, 2\); it should be \(2, 3\)"):
        expect.same(found.T, wanted, "your map")
