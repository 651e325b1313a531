"""The grammar of zip codes and the best path, against all paths tried one by one."""

import re
from itertools import groupby, product

import numpy as np
import pytest

from lenet_lib.strings import naive, viterbi, zip_code
from lenet_lib.strings.grammar import BLANK


def merged(classes) -> str:
    """What a row of classes says: each run once, blanks left out."""
    return "".join(str(c) for c, _ in groupby(classes) if c != BLANK)


def tried_one_by_one(table: np.ndarray, digits: int, classes) -> tuple[float, str]:
    """The cheapest of all rows of classes that say so many digits."""
    columns = range(table.shape[1])
    rows = (
        (sum(table[c, t] for c, t in zip(row, columns, strict=True)), merged(row))
        for row in product(classes, repeat=table.shape[1])
    )
    return min(row for row in rows if len(row[1]) == digits)


def table_of(row: str, cost: float = 1.0) -> np.ndarray:
    """A table in which the classes of a row, ``_`` for the blank, cost nothing."""
    table = np.full((11, len(row)), cost)
    for place, letter in enumerate(row):
        table[BLANK if letter == "_" else int(letter), place] = 0
    return table


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("digits, places", [(1, 1), (1, 4), (2, 2), (2, 4), (3, 4)])
def test_no_path_is_cheaper(seed, digits, places):
    table = np.random.default_rng([seed, digits, places]).random((11, places))
    penalty, text = tried_one_by_one(table, digits, range(11))
    found = viterbi(table, zip_code(digits))
    assert found.text == text
    assert found.penalty == pytest.approx(penalty)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("places", [5, 7, 9])
def test_no_zip_code_of_two_digits_and_blanks_is_cheaper(seed, places):
    table = np.random.default_rng([seed, places]).random((11, places))
    few = (3, 7, BLANK)
    table[[c for c in range(11) if c not in few]] += 100
    penalty, text = tried_one_by_one(table, 5, few)
    found = viterbi(table, zip_code())
    assert found.text == text
    assert found.penalty == pytest.approx(penalty)


def test_a_path_pays_what_its_classes_cost_and_spells_what_they_say():
    table = np.random.default_rng(0).random((11, 30))
    found = viterbi(table, zip_code())
    assert found.penalty == pytest.approx(table[found.classes, np.arange(30)].sum())
    assert found.text == merged(found.classes)
    for digit, (first, last) in zip(found.text, found.places, strict=True):
        assert set(found.classes[first : last + 1]) == {int(digit)}


def test_digits_hold_and_blanks_part_equal_ones():
    found = viterbi(table_of("__00_077__33_1"), zip_code())
    assert found.text == "00731" and found.penalty == 0
    assert found.places == [(2, 3), (5, 5), (6, 7), (10, 11), (13, 13)]


def test_the_grammar_mends_what_the_best_classes_get_wrong():
    """A spurious 8, cheap to leave out, is what the machine gives up."""
    table = table_of("_0_7_7_3_3_8_")
    table[BLANK, 11] = 0.1
    assert naive(table) == "077338"
    assert viterbi(table, zip_code()).text == "07733"


@pytest.mark.parametrize("row", ["__", "12345", "1_1_2__3344__5"])
def test_paths_are_those_of_the_regular_expression(row):
    """Whether the machine walks a row of classes, against Python's own machine."""
    classes = [BLANK if letter == "_" else int(letter) for letter in row]
    machine = zip_code()
    runs = "".join("d" if c != BLANK else "_" for c, _ in groupby(classes))
    allowed = bool(re.fullmatch(r"_?(d_?){5}", runs))
    table = table_of(row, cost=50.0)
    fits = len(row) >= 5 and viterbi(table, machine).penalty == 0
    assert fits == allowed


def test_a_line_can_be_too_short():
    with pytest.raises(ValueError, match=r"^No string of 5 digits fits into 4 places"):
        viterbi(np.zeros((11, 4)), zip_code())


@pytest.mark.parametrize("reader", [naive, lambda table: viterbi(table, zip_code())])
@pytest.mark.parametrize(
    "table, said",
    [
        (np.zeros((10, 9)), r"shape \(11, steps\).*got \(10, 9\)"),
        (np.zeros((11, 0)), r"shape \(11, steps\)"),
        (np.zeros(11), r"shape \(11, steps\)"),
        (np.full((11, 9), np.nan), "no finite numbers"),
        (np.full((11, 9), np.inf), "no finite numbers"),
    ],
)
def test_what_is_no_table_of_penalties_is_refused(reader, table, said):
    with pytest.raises(ValueError, match=said):
        reader(table)


def test_a_string_has_digits():
    with pytest.raises(ValueError, match="one digit at least"):
        zip_code(0)


def test_reading_naively_merges_runs_and_leaves_blanks():
    assert naive(table_of("_11_1__0022")) == "1102"
    assert naive(table_of("____")) == ""
