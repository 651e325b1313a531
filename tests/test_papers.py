"""The published numbers, derived again by another way where that is possible."""

import xml.etree.ElementTree as ElementTree
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from lenet_lib import mnist, papers

ROOT = Path(__file__).resolve().parent.parent


# ---- LeNet-1 ---------------------------------------------------------------------

#: LeCun et al. (1990), Table 1: which maps of H2 (1 to 4) feed each map of H3.
H3_SEES = [
    {1}, {1, 2}, {1, 2}, {2}, {1, 2}, {1, 2},
    {3}, {3, 4}, {3, 4}, {4}, {3, 4}, {3, 4},
]  # fmt: skip


def convolution(links: int, maps: int, edge: int) -> tuple[int, int]:
    """Parameters and connections: 25 weights a link, a bias a map, shared by places."""
    parameters = links * 25 + maps
    return parameters, parameters * edge**2


def averaging(maps: int, edge: int) -> tuple[int, int]:
    """One coefficient and one bias a map; each unit has four inputs and a bias."""
    return 2 * maps, maps * edge**2 * (4 + 1)


def test_lenet1_counts_add_up():
    links = sum(map(len, H3_SEES))
    layers = {
        "H1": convolution(links=4, maps=4, edge=24),
        "H2": averaging(maps=4, edge=12),
        "H3": convolution(links, maps=12, edge=8),
        "H4": averaging(maps=12, edge=4),
        "output": (10 * (12 * 16 + 1),) * 2,
    }
    assert layers == {
        "H1": (104, 59_904),
        "H2": (8, 2_880),
        "H3": (512, 32_768),
        "H4": (24, 960),
        "output": (1_930, 1_930),
    }
    parameters, connections = map(sum, zip(*layers.values(), strict=True))
    assert papers.LENET1.parameters == parameters == 2_578
    assert papers.LENET1.connections == connections == 98_442


def test_the_zip_code_networks_parameters_add_up():
    """LeCun et al. (1989): weights shared, but a bias for each unit of H1 and H2."""
    h1 = 12 * 25 + 12 * 8 * 8
    h2 = 12 * 8 * 25 + 12 * 4 * 4  # each map sees 8 of the 12
    h3 = 30 * (12 * 4 * 4 + 1)
    output = 10 * (30 + 1)
    assert papers.ZIP_CODE.parameters == h1 + h2 + h3 + output == 9_760


def test_lenet5s_parameters_add_up():
    """LeCun et al. (1998), II.B, layer by layer; the codes of the output are fixed."""
    layers = [156, 12, 1_516, 32, 48_120, 10_164]  # C1 S2 C3 S4 C5 F6
    assert sum(layers) == papers.LENET5.parameters == 60_000


# ---- The accounts ----------------------------------------------------------------

ACCOUNTS = {
    account.name: account for account in (papers.ZIP_CODE, papers.LENET1, papers.LENET5)
}


@pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS)
def test_an_accounts_layers_make_its_printed_totals(account):
    layers = account.layers
    assert sum(layer.parameters for layer in layers) == account.parameters
    assert sum(layer.connections for layer in layers) == account.connections
    assert len({layer.name for layer in layers}) == len(layers)


def test_the_totals_are_the_printed_ones():
    totals = {
        name: (
            account.year,
            account.input_size,
            account.parameters,
            account.connections,
        )
        for name, account in ACCOUNTS.items()
    }
    assert totals == {
        "zip-code network": (1989, 16, 9_760, 64_660),
        "LeNet-1": (1990, 28, 2_578, 98_442),
        "LeNet-5": (1998, 32, 60_000, 340_908),
    }


@pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS)
def test_shared_weights_are_counted_once_and_their_connections_everywhere(account):
    """The places in a map are alike, so its connections are a multiple of them."""
    for layer in account.layers:
        each, rest = divmod(layer.connections, layer.size**2)
        assert rest == 0, layer.name  # places in a map are alike
        if layer.kind == "convolution" and account is not papers.ZIP_CODE:
            assert layer.parameters == each, layer.name
        if layer.kind == "subsampling":
            assert each == layer.maps * 5, layer.name  # four inputs and a bias
            assert layer.parameters == layer.maps * 2, layer.name
        if layer.kind == "full connection":
            assert layer.parameters == layer.connections, layer.name


def test_the_zip_code_networks_units_are_those_that_its_paper_counts():
    """LeCun et al. (1989) count 1,256 units: the inputs, and no unit for the biases."""
    units = [layer.units for layer in papers.ZIP_CODE.layers]
    assert units == [768, 192, 30, 10]
    assert sum(units) == 1_000 and 16**2 + sum(units) == 1_256


def test_lenet1s_units_are_one_fewer_than_printed():
    """Nobody knows which is the 4,635th; the bias may have been given a unit."""
    units = [layer.units for layer in papers.LENET1.layers]
    assert units == [2_304, 576, 768, 192, 10]
    assert 28**2 + sum(units) == 4_634 == papers.LENET1_UNITS - 1


def test_lenet5s_units():
    units = [layer.units for layer in papers.LENET5.layers]
    assert units == [4_704, 1_176, 1_600, 400, 120, 84, 10]
    assert sum(units) == 8_094 and 32**2 + sum(units) == 9_118


def test_lenet5s_rates_are_those_of_its_twenty_passes():
    """0.0005 twice, 0.0002 and 0.0001 three times, 0.00005 four times, then 0.00001."""
    rates = papers.LENET5_RATES
    assert len(rates) == papers.LENET5_1998["passes"] == 20
    assert list(Counter(rates).items()) == [
        (5e-4, 2), (2e-4, 3), (1e-4, 3), (5e-5, 4), (1e-5, 8)
    ]  # fmt: skip
    # No weight's rate can be above the global one divided by mu.
    assert papers.LENET5_STEPS["highest"] < rates[0] / papers.LENET5_STEPS["mu"]


# ---- The connection tables -------------------------------------------------------

#: LeCun et al. (1990), Table 1: a row for each map that is read, a column for each
#: map that reads.
PRINTED_LENET1 = """
X X X . X X . . . . . .
. X X X X X . . . . . .
. . . . . . X X X . X X
. . . . . . . X X X X X
"""

#: LeCun et al. (1998), Table I, likewise.
PRINTED_LENET5 = """
X . . . X X X . . X X X X . X X
X X . . . X X X . . X X X X . X
X X X . . . X X X . . X . X X X
. X X X . . X X X X . . X . X X
. . X X X . . X X X X . X X . X
. . . X X X . . X X X X . X X X
"""


def columns(printed: str) -> tuple[tuple[int, ...], ...]:
    """For each column of a printed table, the rows that are marked in it."""
    rows = [line.split() for line in printed.strip().splitlines()]
    return tuple(
        tuple(row for row, mark in enumerate(column) if mark == "X")
        for column in zip(*rows, strict=True)
    )


def test_the_tables_are_the_printed_ones():
    assert papers.LENET1_TABLE == columns(PRINTED_LENET1)
    assert papers.LENET5_TABLE == columns(PRINTED_LENET5)


def test_lenet1s_table_is_two_modules_that_share_no_map():
    table = papers.LENET1_TABLE
    assert [{source + 1 for source in row} for row in table] == H3_SEES
    assert sum(map(len, table)) == 20
    upper, lower = table[:6], table[6:]
    assert set().union(*upper) == {0, 1} and set().union(*lower) == {2, 3}
    assert [tuple(s + 2 for s in row) for row in upper] == list(lower)
    assert [to + 1 for to, row in enumerate(table) if len(row) == 1] == [1, 4, 7, 10]


def neighbours(row: tuple[int, ...]) -> bool:
    """Whether the maps follow one another, where 0 follows 5."""
    breaks = [(s + 1) % 6 not in row for s in row]
    return sum(breaks) == 1


def test_table_i_is_made_as_the_paper_says():
    """Triples of neighbours, quadruples of neighbours, quadruples with a gap, all."""
    table = papers.LENET5_TABLE
    assert len(table) == len(set(table)) == 16
    assert sum(map(len, table)) == 60
    fed = Counter(source for row in table for source in row)
    assert fed == dict.fromkeys(range(6), 10)
    assert [len(row) for row in table] == [3] * 6 + [4] * 9 + [6]
    assert all(neighbours(row) for row in table[:12])
    assert not any(neighbours(row) for row in table[12:15])
    assert all(list(row) == sorted(set(row)) for row in table)


# ---- Results ---------------------------------------------------------------------


def test_figure_9_has_27_entries():
    errors = papers.MNIST_TEST_ERROR
    assert len(errors) == 27
    assert sorted(errors.values()) == [
        0.7, 0.8, 0.8, 0.95, 1.0, 1.1, 1.1, 1.1, 1.1, 1.1, 1.6, 1.7, 2.4, 2.45, 2.5,
        2.95, 3.05, 3.3, 3.6, 3.6, 3.8, 4.5, 4.7, 5.0, 7.6, 8.4, 12.0,
    ]  # fmt: skip
    assert sum(name.startswith("[dist] ") for name in errors) == 7
    assert sum(name.startswith("[deslant] ") for name in errors) == 3
    assert sum(name.startswith("[16x16] ") for name in errors) == 2
    assert {errors[f"LeNet-4{how}"] for how in ("", " with K-NN")} == {1.1}
    assert (errors["Linear"], errors["28x28-300-10"]) == (12.0, 4.7)
    assert (errors["[16x16] LeNet-1"], errors["LeNet-5"]) == (1.7, 0.95)


@pytest.mark.parametrize("entry", [papers.ZIP_CODE_1989, papers.ZIP_CODE_2022])
def test_wrong_digits_and_percent_agree(entry):
    for half in ("train", "test"):
        percent = 100 * entry[f"{half}_wrong"] / entry[f"{half}_digits"]
        # Error rates were printed with one or two decimals: 102 of 2,007 as 5.0 %.
        assert percent == pytest.approx(entry[f"{half}_error"], abs=0.1)


def test_the_fully_connected_control_has_as_many_connections_as_it_says():
    hidden = papers.FULLY_CONNECTED_1989["hidden"]
    connections = papers.FULLY_CONNECTED_1989["connections"]
    assert hidden * (16**2 + 1) + 10 * (hidden + 1) == connections


# ---- MNIST's labels --------------------------------------------------------------


def test_changed_labels_are_those_of_the_test_set():
    _, labels = mnist.read(ROOT / "data", train=False)
    assert len(papers.CHANGED_LABELS) == 10
    for index, (given, found) in papers.CHANGED_LABELS.items():
        assert labels[index] == given and given != found and 0 <= found <= 9


def test_doubtful_labels_are_others_of_the_test_set():
    doubtful = set(papers.DOUBTFUL_LABELS)
    assert len(doubtful) == len(papers.DOUBTFUL_LABELS) == 5
    assert not doubtful & papers.CHANGED_LABELS.keys()
    assert all(0 <= index < 10_000 for index in doubtful)


# ---- LeNet-5's output codes ------------------------------------------------------


@pytest.fixture(scope="module")
def signs() -> dict[str, np.ndarray]:
    """Each character's code as numbers of +1 and -1, (12, 7)."""
    return {
        character: np.array(
            [[1 if cell == "#" else -1 for cell in row] for row in rows]
        )
        for character, rows in papers.output_codes().items()
    }


def test_there_are_96_codes_of_twelve_rows_of_seven():
    codes = papers.output_codes()
    assert len(codes) == 96 and all(len(character) == 1 for character in codes)
    for character, rows in codes.items():
        assert len(rows) == 12, character
        assert all(len(row) == 7 and set(row) <= {"#", "."} for row in rows), character


def test_printable_ascii_has_codes():
    assert {chr(code) for code in range(0x20, 0x7F)} <= papers.output_codes().keys()


def test_the_digits_have_the_black_pixels_that_figure_3_shows(signs):
    black = [int((signs[str(digit)] == 1).sum()) for digit in range(10)]
    assert black == [35, 27, 33, 32, 41, 35, 39, 25, 43, 39]


def test_the_digits_codes_lie_as_far_apart_as_they_do(signs):
    """Squared distances: what the output layer's units compete by."""
    apart = {
        (a, b): int(((signs[a] - signs[b]) ** 2).sum())
        for a, b in combinations("0123456789", 2)
    }
    assert min(apart, key=apart.get) == ("6", "8")
    assert (min(apart.values()), max(apart.values())) == (48, 200)
    assert round(np.mean(list(apart.values())), 2) == 124.36


def drawn(path: Path) -> list[str]:
    """The code that an SVG of the mark shows: its paths are #, its circles are dots."""
    namespace = "{http://www.w3.org/2000/svg}"
    svg = ElementTree.parse(path).getroot()
    cells = {}
    for shape in svg.iter(f"{namespace}path"):
        x, y = shape.get("d").removeprefix("M").split("h")[0].split()
        cells[int(float(y)), int(float(x))] = "#"
    for shape in svg.iter(f"{namespace}circle"):
        place = int(float(shape.get("cy"))), int(float(shape.get("cx")))
        assert place not in cells
        cells[place] = "."
    left, top, width, height = map(float, svg.get("viewBox").split())
    rows = 1 + max(y for y, _ in cells)
    assert left <= 0 and left + width >= 7 and top <= 0 and top + height >= rows
    return ["".join(cells[y, x] for x in range(7)) for y in range(rows)]


@pytest.mark.parametrize("name", ["logo.svg", "favicon.svg"])
def test_the_mark_is_the_code_of_five(name):
    rows = drawn(ROOT / "_static" / name)
    assert rows + ["." * 7] * (12 - len(rows)) == papers.output_codes()["5"]
