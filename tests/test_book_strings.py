"""The chapter *Reading strings*: its counts, its code, the results that it quotes."""

import re

import jupytext
import numpy as np
import pytest
import torch
from built_pages import glued, results, rounds_to, shown
from conftest import ROOT

from lenet_lib import mnist, strings, weights
from lenet_lib.strings.reading import losses as package_losses

STRINGS = "chapters/strings"


@pytest.fixture(scope="module")
def here() -> dict:
    """What the chapter defines for its readers: its imports and its functions."""
    names: dict = {}
    for number, cell in enumerate(jupytext.read(ROOT / f"{STRINGS}.md").cells):
        defines = "definition" in cell.metadata.get("tags", [])
        losses = cell.source.startswith("@torch.no_grad()\ndef losses")
        if cell.cell_type == "code" and (not names or defines or losses):
            exec(compile(cell.source, f"{STRINGS}, cell {number}", "exec"), names)
    return names


@pytest.fixture(scope="module")
def some() -> strings.Lines:
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    return strings.lines(images, labels, gap=0, seed=11, count=12)


@pytest.mark.parametrize("name", ["lenet5-1998", "lenet5-strings"])
def test_strings_its_code_says_what_the_package_says(here, some, name):
    network, coded = weights.load(name), strings.coded(some.pictures)
    with torch.no_grad():
        swept = here["sweep"](network, coded)
        assert torch.equal(swept, strings.sweep(network, coded))
    tables = here["losses"](network, some.pictures)
    np.testing.assert_allclose(tables, package_losses(swept.double(), 12.0), atol=1e-9)
    machine = strings.zip_code()
    for table in tables:
        states, path, totals = here["best_path"](table)
        expected = strings.viterbi(table, machine)
        assert [states[s][1] for s in path] == expected.classes.tolist()
        assert totals[-1][path[-1]] == pytest.approx(expected.penalty)


def test_strings_its_machine_is_the_packages(here):
    for digits in (1, 2, 5):
        machine = strings.zip_code(digits)
        states, _, _ = here["best_path"](np.ones((11, 2 * digits)), digits)
        assert [c for _, c in states] == machine.classes.tolist()
        free = [[here["may_follow"](s, t, 10) for t in states] for s in states]
        assert np.array_equal(free, machine.follows)


def test_strings_counts_what_the_fact_sheet_says(book):
    texts = shown(book, STRINGS)
    assert (texts["sweep64"], texts["crops64"]) == ("1,206,156", "3,068,172")
    assert (texts["sweep160"], texts["crops160"]) == ("3,801,900", "11,249,964")
    assert (texts["more_connections"], texts["one_connections"]) == (
        "108,156",
        "340,908",
    )


def test_strings_quotes_the_results_file(book):
    texts, study = shown(book, STRINGS), results("strings.json")
    quoted = 0
    for name, text in texts.items():
        match = re.fullmatch(r"(single|taught)_(naive|viterbi)(_digits)?_(m?\d)", name)
        if not match:
            continue
        who, way, of_digits, at = match.groups()
        gap = study["gaps"].index(int(at.replace("m", "-")))
        runs = study["runs"] if who == "taught" else [study["lenet5-1998"]]
        kind = "digits" if of_digits else "strings"
        wrong = np.mean([run["test"][way][kind][gap] for run in runs])
        if of_digits:
            value = 100 * wrong / (study["digits"] * study["lines"])
        else:
            value = 100 - 100 * wrong / study["lines"]
        assert rounds_to(value, text), name
        quoted += 1
    assert quoted == 8 * len(study["gaps"])


def test_strings_says_what_is_so(book, build):
    """The sentences around the numbers hold only while the numbers are like this."""
    value = {k: v for k, v in glued(build, STRINGS).items() if isinstance(v, float)}
    assert value["pieces_4"] > 90 > 10 > value["pieces_0"]
    assert value["wide_between"] < 5 < value["near_between"] < value["touch_between"]
    assert value["wide_at"] > value["near_at"] > value["touch_at"]
    assert value["taught_at"] > value["touch_at"]
    assert value["taught_between"] < value["touch_between"] / 2
    assert value["single_viterbi_8"] > value["single_naive_8"] + 10
    assert value["taught_viterbi_0"] > value["single_viterbi_0"] + 20
    assert value["cut_2"] > value["taught_viterbi_2"]
    assert value["cut_0"] < 5
    assert value["time_shortest"] < value["ratio64"]
    assert value["limit"] < value["time_longest"] < value["unit_limit"]
    assert value["limit"] == pytest.approx(3.152, abs=0.001)
    assert value["taught_alone"] > value["alone_wrong"]


def test_strings_the_touching_line_is_misread_and_then_read(here):
    """Captions, alt texts and the text around three figures rely on it."""
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    line = strings.lines(images, labels, gap=-1, seed=3, count=1)
    assert line.texts == ["19504"]
    study = results("strings.json")
    (run,) = (r for r in study["runs"] if r["seed"] == study["chosen_seed"])
    for name, j, expected in (
        ("lenet5-1998", 12, "14604"),
        ("lenet5-strings", run["j"]["viterbi"], "19504"),
    ):
        assert strings.read(weights.load(name), line.pictures, j=j) == [expected]
