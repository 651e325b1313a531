"""What single units look for: figures true to their data, and the check's numbers."""

import numpy as np
import pytest
import torch
from matplotlib.patches import Rectangle

from lenet_lib import mnist, papers, plotting, weights
from lenet_lib.checks import inside_kernels
from lenet_lib.data import CODINGS

pytestmark = pytest.mark.filterwarnings("error")

CODES = [papers.output_codes()[str(digit)] for digit in range(10)]
SIGNS = np.array([[[1.0 if c == "#" else -1 for c in row] for row in c] for c in CODES])
SIGNS = SIGNS.reshape(10, 84)


def numbers(*shape: int) -> np.ndarray:
    """Of both signs, and none larger than a state."""
    return np.random.default_rng(0).uniform(-1.7, 1.7, shape)


def fields(size: int) -> tuple[np.ndarray, ...]:
    """Six digits, where the fields of this size begin, and two mean patches."""
    corners = np.random.default_rng(1).integers(0, 33 - size, (6, 2))
    return numbers(6, 32, 32), corners, numbers(size, size), numbers(size, size)


FOUND = {("C1", 0): fields(5), ("S4", 12): fields(16)}

INSIDE_KERNELS_FIGURES = {
    "kernel_maps": lambda: plotting.kernel_maps(
        numbers(6, 5, 5),
        {"digit": numbers(32, 32), "ring": numbers(32, 32)},
        numbers(2, 6, 28, 28),
    ),
    "contributions": lambda: plotting.contributions(
        3, (3, 4, 5), numbers(3, 14, 14), numbers(3, 5, 5), numbers(3, 10, 10),
        numbers(10, 10),
    ),
    "waiting_for": lambda: plotting.waiting_for(FOUND),
    "f6_classes": lambda: plotting.f6_classes(
        CODES, SIGNS, numbers(10, 28, 28), SIGNS, list(range(10))
    ),
}  # fmt: skip


def pictures(figure) -> list[np.ndarray]:
    return [np.asarray(i.get_array()) for axes in figure.axes for i in axes.images]


def test_kernels_stand_over_their_maps_on_one_scale():
    figure = INSIDE_KERNELS_FIGURES["kernel_maps"]()
    drawn = [axes for axes in figure.axes if axes.images]
    kernels, maps = drawn[:6], numbers(2, 6, 28, 28)
    assert [axes.get_title(loc="left") or axes.get_title() for axes in kernels] == [
        f"map {number}" for number in range(6)
    ]
    assert len({axes.images[0].get_clim() for axes in kernels}) == 1
    assert np.array_equal(pictures(figure)[7], maps[0, 0])
    for axes in drawn[:6]:  # nothing is white
        low, high = axes.images[0].get_clim()
        assert low == -high


def test_parts_stand_below_the_maps_that_they_come_from():
    figure = INSIDE_KERNELS_FIGURES["contributions"]()
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles == ["map 3", "map 4", "map 5", "C3, map 3"]
    assert np.array_equal(pictures(figure)[6], numbers(3, 10, 10)[0])


def test_frames_are_where_the_fields_are():
    figure = INSIDE_KERNELS_FIGURES["waiting_for"]()
    frames = [p for a in figure.axes for p in a.patches if isinstance(p, Rectangle)]
    assert len(frames) == 12
    for frame, corner in zip(frames[6:], FOUND["S4", 12][1], strict=True):
        assert (frame.get_y() + 0.5, frame.get_x() + 0.5) == tuple(corner)
        assert frame.get_width() == frame.get_height() == 16
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert texts == ["C1", "map 0\n5 × 5", "S4", "map 12\n16 × 16"]


def test_wrong_cells_are_dotted_and_the_right_ones_counted():
    features = SIGNS.copy()
    features[4, [0, 8, 83]] *= -0.1
    figure = plotting.f6_classes(
        CODES, SIGNS, numbers(10, 28, 28), features, list(range(10))
    )
    drawn = figure.axes[30:]
    dots = [axes.lines[0].get_xydata().tolist() for axes in drawn]
    assert dots[4] == [[0, 0], [1, 1], [6, 11]]
    assert not any(dots[:4] + dots[5:])
    assert [axes.get_xlabel() for axes in drawn] == [
        "81" if digit == 4 else "84" for digit in range(10)
    ]


def test_the_check_knows_how_many_are_misread_by_distance_and_by_signs():
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    network = weights.load("lenet5-1998")
    codes = network.output.codes
    with torch.no_grad():
        parts = CODINGS["lenet5"](images).split(250)
        features = torch.cat([network.states(part)["F6"] for part in parts])
    misread = (torch.cdist(features, codes).argmin(1) != labels).sum()
    assert misread == inside_kernels.BY_DISTANCE
    agree = features.sign() @ codes.T  # (n, 10), more where more cells agree
    own = agree.gather(1, labels[:, None])
    others = agree.scatter(1, labels[:, None], -85).amax(1, keepdim=True)
    by_signs = inside_kernels.BY_SIGNS
    assert (own < others).sum() == by_signs.start
    assert (own <= others).sum() == by_signs.stop - 1
    differ = (codes[:, None] != codes).sum(2)
    assert differ[differ > 0].min() == 12  # as the verdict says
