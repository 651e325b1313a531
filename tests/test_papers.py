"""The published numbers, derived again by another way where that is possible."""

import xml.etree.ElementTree as ElementTree
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
