"""LeNet-5's figures show what they were given; their look is in test_plotting.py."""

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.patches import Rectangle

from lenet_lib import anatomy, papers, plotting
from lenet_lib.models import LeNet5

pytestmark = pytest.mark.filterwarnings("error")

CODES = [papers.output_codes()[str(digit)] for digit in range(10)]
FIELDS = {"C1": (5, 1), "S2": (6, 2), "C3": (14, 2), "S4": (16, 4), "C5": (32, 4)}
KINDS = {"blur": [-1.0, -0.5, 0.0, 0.5, 1.0], "all": [-1.7, -1.7, -1.7, -1.5, 1.5]}
SPREADS = {
    "small": {"input": 0.2, "C1": 0.08, "F6": 2e-4},
    "large": {"input": 0.2, "C1": 0.16, "F6": 0.04},
}


def picture(size: int = 32) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.1, 1.175, (size, size))


def counts() -> pd.DataFrame:
    return anatomy.count(LeNet5())


def states() -> dict[str, np.ndarray]:
    """What a new LeNet-5 says to one picture, of which it is sure."""
    torch.manual_seed(0)
    image = torch.from_numpy(picture()).float()[None, None]
    with torch.no_grad():
        found = {k: v[0].numpy() for k, v in LeNet5().states(image).items()}
    found["output"] = np.array([90, 80, 70, 60, 50, 40, 30, 3.14, 20, 100.0])
    return found


def distances() -> np.ndarray:
    layer = LeNet5().output
    return layer(layer.codes).numpy()


def squashing():
    a = np.linspace(-4, 4, 81)
    return plotting.squashing(a, np.tanh(a), 1 - np.tanh(a) ** 2, np.sin(a), 0.98)


#: Each function with arguments like those of the chapter.
LENET5_FIGURES = {
    "accounts": lambda: plotting.accounts(counts()),
    "all_codes": lambda: plotting.all_codes(papers.output_codes()),
    "code_distances": lambda: plotting.code_distances(distances()),
    "differences": lambda: plotting.differences(SPREADS),
    "f6_pictures": lambda: plotting.f6_pictures(
        [picture(28)] * 3, [np.linspace(-1, 1, 84)] * 3, CODES[:3], ["1 → 2"] * 3
    ),
    "input_field": lambda: plotting.input_field(picture(), 7, 2, 10),
    "network_states": lambda: plotting.network_states(states(), CODES),
    "receptive_fields": lambda: plotting.receptive_fields(picture(), FIELDS),
    "squashing": squashing,
    "subsampling_kinds": lambda: plotting.subsampling_kinds(range(5), KINDS),
}


def draw(name: str):
    figure = LENET5_FIGURES[name]()
    figure.canvas.draw()
    return figure


def cells(code: list[str]) -> np.ndarray:
    return np.array([[1 if cell == "#" else -1 for cell in row] for row in code])


def shown(axes) -> np.ndarray:
    return np.asarray(axes.get_images()[0].get_array())


@pytest.mark.parametrize("name", LENET5_FIGURES)
def test_pixels_stay_crisp(name):
    images = [image for axes in draw(name).axes for image in axes.get_images()]
    assert {image.get_interpolation() for image in images} <= {"none"}


def test_the_bars_of_the_account_are_the_shares():
    count = counts()
    (axes,) = draw("accounts").axes
    bars = np.array([bar.get_width() for bar in axes.patches]).reshape(2, -1)
    for row, column in zip(bars, ("parameters", "connections"), strict=True):
        np.testing.assert_allclose(row, 100 * count[column] / count[column].sum())
    words = {label.get_text() for label in axes.get_yticklabels()}
    assert words == {"60,000\nparameters", "340,908\nconnections"}


def test_every_code_is_drawn_in_its_place():
    axes = draw("all_codes").axes
    codes = papers.output_codes()
    assert len(axes) == len(codes) == 96
    for place, code in zip(axes, codes.values(), strict=True):
        np.testing.assert_array_equal(shown(place), cells(code))


def test_distances_stand_in_their_cells_and_the_closest_are_shaded_most():
    (axes,) = draw("code_distances").axes
    apart = distances()
    for text in axes.texts:
        column, row = (int(at) for at in text.get_position())
        assert text.get_text() == f"{apart[row, column]:.0f}"
    strength = np.array([p.get_facecolor()[3] for p in axes.patches]).reshape(10, 10)
    assert strength[6, 8] == strength[8, 6] == strength.max()
    assert (np.diag(strength) == 0).all()


def test_spreads_are_drawn_on_a_logarithmic_axis():
    (axes,) = draw("differences").axes
    assert axes.get_yscale() == "log"
    for line, values in zip(axes.lines, SPREADS.values(), strict=True):
        assert list(line.get_ydata()) == list(values.values())
    assert {text.get_text() for text in axes.texts} == set(SPREADS)


def test_f6_and_its_code_are_on_one_scale():
    """Else a perfect drawing would look paler than its code."""
    figure = draw("f6_pictures")
    above, below = figure.axes[3:6], figure.axes[6:]
    for drawn, nearest, code in zip(above, below, CODES, strict=False):
        assert shown(drawn).shape == (12, 7)
        np.testing.assert_array_equal(shown(nearest), cells(code))
        limits = [axes.get_images()[0].get_clim() for axes in (drawn, nearest)]
        assert limits[0] == limits[1]


def test_the_centres_of_fields_lie_in_the_middle_of_the_input():
    (axes,) = draw("input_field").axes
    (dots,) = axes.lines
    for at in (dots.get_xdata(), dots.get_ydata()):
        assert len(at) == 100
        # Images count from -0.5, the edge of the first pixel, to 31.5.
        assert (min(at), max(at)) == (6.5, 24.5) and np.mean(at) == 15.5
    edges = sorted(patch.get_width() for patch in axes.patches)
    assert edges == [20, 28]
    assert all(p.get_x() + p.get_width() / 2 == 15.5 for p in axes.patches)


def test_every_state_of_the_network_is_shown():
    given = states()
    figure = draw("network_states")
    drawn = [shown(axes) for axes in figure.axes if axes.get_images()]
    scale = [image for image in drawn if len(image) == 1]
    maps = [image for image in drawn if len(image) > 1]
    assert len(scale) == 1
    expected = [m for name in ("input", "C1", "S2", "C3", "S4") for m in given[name]]
    expected += [
        given["C5"].reshape(3, 40),
        given["F6"].reshape(12, 7),
        cells(CODES[7]),
    ]
    for image, state in zip(maps, expected, strict=True):
        np.testing.assert_allclose(image, state)
    limits = {
        axes.get_images()[0].get_clim()
        for axes in figure.axes
        if axes.get_images() and len(shown(axes)) > 1
    }
    assert len(limits) == 1, "one scale for all layers"


def test_the_smallest_distance_is_the_strongest_bar():
    bars = draw("network_states").axes[-1].patches
    np.testing.assert_allclose([bar.get_height() for bar in bars], states()["output"])
    strength = [bar.get_facecolor()[3] for bar in bars]
    assert strength.index(max(strength)) == 7 and strength.count(max(strength)) == 1


def test_fields_are_as_wide_as_given_and_lie_on_the_input():
    for axes, (width, step) in zip(
        draw("receptive_fields").axes, FIELDS.values(), strict=True
    ):
        own, *next_one = [p for p in axes.patches if isinstance(p, Rectangle)]
        assert own.get_width() == own.get_height() == width
        start = own.get_x() + 0.5
        assert 0 <= start and start + width <= 32 and start % step == 0
        for other in next_one:
            assert other.get_x() - own.get_x() == step
        assert len(next_one) == (width < 32)


def test_the_squashing_function_is_marked_where_it_is_one():
    first, _, last = draw("squashing").axes
    assert list(first.lines[-1].get_xdata()) == list(first.lines[-1].get_ydata())
    assert list(last.lines[-1].get_xdata()) == [-0.98, 0.98]


def test_subsampling_states_are_the_dots():
    for axes, values in zip(
        draw("subsampling_kinds").axes, KINDS.values(), strict=True
    ):
        assert list(axes.lines[-1].get_ydata()) == values
