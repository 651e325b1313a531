"""The figure of networks that are changed one thing at a time."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lenet_lib import plotting
from lenet_lib.plotting.style import INK, LETTERING

ERRORS = {"1998": [1.0, 1.1, 0.9], "dense": [1.2, 1.3], "ReLU": [0.8, 0.6, 0.7]}
STEPS = {"dense": (0.25, 0.3), "ReLU": (-0.55, 0.1)}
KINDS = {"dense": "convolution"}

LADDER_FIGURES = {
    "ladder": lambda: plotting.ladder(ERRORS, STEPS, KINDS, {"1998": 0.95}),
}


@pytest.fixture
def panels():
    return LADDER_FIGURES["ladder"]().axes


def test_every_seed_stands_in_its_row_and_the_first_row_is_on_top(panels):
    left, _ = panels
    dots = [line for line in left.lines if line.get_marker() == "o"]
    assert [line.get_xdata().tolist() for line in dots] == [*ERRORS.values()]
    assert [set(line.get_ydata()) for line in dots] == [{0}, {1}, {2}]
    assert left.get_ylim()[0] > left.get_ylim()[1]
    assert [label.get_text() for label in left.get_yticklabels()] == [*ERRORS]
    assert [text.get_text() for text in left.texts] == ["1.00", "1.25", "0.70"]
    low, high = left.get_xlim()
    assert low < 0.6 and high > 1.3


def test_what_others_published_is_within_the_axes():
    (left, _) = plotting.ladder(ERRORS, {}, {}, {"1998": 4.0, "ReLU": 0.1}).axes
    low, high = left.get_xlim()
    assert low < 0.1 and 4.0 < high


def test_colours_are_those_of_the_kind_of_layer(panels):
    (left, _) = panels
    colours = [to_hex(label.get_color()) for label in left.get_yticklabels()]
    convolution = LETTERING[plotting.COLOURS["convolution"]]
    assert colours == [INK, convolution.lower(), INK]


def test_a_step_is_filled_where_its_interval_leaves_out_zero(panels):
    _, right = panels
    drawn = {float(each[0].get_xdata()[0]): each for each in right.containers}
    assert [*drawn] == [0.25, -0.55]
    assert drawn[0.25][0].get_markerfacecolor() == "white"
    assert drawn[-0.55][0].get_markerfacecolor() == INK
    (bars,) = drawn[-0.55][2]
    ends = np.sort(bars.get_segments()[0][:, 0])
    assert ends == pytest.approx([-0.65, -0.45])
