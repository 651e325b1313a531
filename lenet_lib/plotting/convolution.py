"""Figures of weights and what they see: templates, kernels, maps, fields, shifts."""

from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from lenet_lib.plotting.dataset import show_digit
from lenet_lib.plotting.style import COLOURS, INK, SIGNED, styled

#: One colour for each of the networks that are compared.
NETWORKS = {
    "linear": COLOURS["input"],
    "hidden layer": COLOURS["full connection"],
    "convolutional": COLOURS["convolution"],
}
HALO = [withStroke(linewidth=3.5, foreground="white")]


def show_signed(axes: Axes, image: np.ndarray, title: str, scale: float | None) -> None:
    """Draw one picture of numbers of both signs, crisp, in a thin frame."""
    strongest = scale or float(np.abs(image).max()) or 1.0
    show_digit(axes, image, title)
    axes.images[0].set(cmap=SIGNED, clim=(-strongest, strongest))
    for spine in axes.spines.values():  # faint pictures need a frame that is seen
        spine.set(color=INK, linewidth=0.7)


@styled
def pictures(
    images: Sequence,
    titles: Iterable[str] = (),
    columns: int = 5,
    scale: float | None = None,
    size: float = 0.95,
) -> Figure:
    """A grid of pictures, row by row: digits in grey, weights and maps in two colours.

    Args:
        images: each (rows, columns); whole numbers are a digit, 0 for paper, and
            floating-point numbers are weights or states, of both signs.
        titles: one for each picture.
        columns: pictures in a row.
        scale: the number with the strongest colour; by default each picture's own.
        size: inches along an edge of a picture.
    """
    arrays = [np.asarray(image) for image in images]
    titles = list(titles) or [""] * len(arrays)
    rows = -(-len(arrays) // columns)
    lines = max(1 + title.count("\n") if title else 0 for title in titles)
    height = size + 0.15 * lines
    figure, grid = plt.subplots(
        rows, columns, figsize=(size * columns, height * rows), squeeze=False
    )
    for axes in grid.flat[len(arrays) :]:
        axes.axis("off")
    for axes, image, title in zip(grid.flat, arrays, titles, strict=False):
        if np.issubdtype(image.dtype, np.floating):
            show_signed(axes, image, title, scale)
        else:
            show_digit(axes, image, title)
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.03, hspace=0.03)
    return figure


@styled
def slipping(images: Sequence, scores: Sequence, label: int) -> Figure:
    """One digit in several places, and the ten scores that each gets.

    Args:
        images: the digit moved by 0, 1, 2, ... pixels, (places, 28, 28).
        scores: a classifier's scores, (places, 10).
        label: what the digit is.
    """
    scores = np.asarray(scores)
    places = len(scores)
    figure, grid = plt.subplots(
        2, places, figsize=(1.3 * places, 2.5), sharey="row", height_ratios=(1, 1.1)
    )
    colours = [COLOURS["input"]] * 10
    colours[label] = COLOURS["output"]
    for moved, (above, below) in enumerate(grid.T):
        show_digit(above, np.asarray(images[moved]), f"{moved} px")
        below.bar(range(10), scores[moved], color=colours, width=0.8)
        below.axhline(0, color=INK, linewidth=0.5)
        below.set_xticks(range(10), [str(digit) for digit in range(10)], fontsize=7)
        below.set_title(f"reads {scores[moved].argmax()}", loc="center", pad=2)
        below.tick_params(length=0, pad=1)
        below.spines["bottom"].set_visible(False)
    grid[1, 0].set_ylabel("score")
    for axes in grid[1, 1:]:
        axes.spines["left"].set_visible(False)
    return figure


@styled
def shift_errors(errors: dict[str, Sequence[float]]) -> Figure:
    """Test error over the number of pixels by which the digits are moved.

    Args:
        errors: for each network (a key of ``NETWORKS``), its errors in percent when
            the digits are moved by 0, 1, 2, ... pixels.
    """
    figure, axes = plt.subplots(figsize=(5.8, 3.0))
    for name, values in errors.items():
        axes.plot(values, "o-", color=NETWORKS[name])
        axes.text(
            len(values) - 0.88, values[-1], name, color=NETWORKS[name], va="center"
        )
    longest = max(map(len, errors.values()))
    axes.set(xlabel="pixels by which all test digits are moved", ylim=(0, None))
    axes.set(ylabel="test error in percent", xlim=(-0.15, longest - 0.1))
    axes.set_xticks(range(longest))
    axes.spines["bottom"].set_bounds(0, longest - 1)
    figure.get_layout_engine().set(rect=(0, 0, 0.99, 1))
    return figure


@styled
def subsampling(
    curves: dict[str, Sequence[float]], maps: dict[str, np.ndarray]
) -> Figure:
    """What a subsampling unit answers, and what it makes of a whole feature map.

    Args:
        curves: for each setting, the answer when 0, 1, 2, 3 and 4 inputs are on.
        maps: the feature map under its own name, then the map that each setting makes.
    """
    figure, (left, *rest) = plt.subplots(
        1, 1 + len(maps), figsize=(6.6, 2.0), width_ratios=(1.9, *[1] * len(maps))
    )
    colour = COLOURS["subsampling"]
    for (name, values), marker in zip(curves.items(), "s^o", strict=True):
        left.plot(values, marker=marker, color=colour, lw=1.2, clip_on=False)
        at = int(np.argmax(np.diff(values)))
        middle = (values[at] + values[at + 1]) / 2
        left.text(
            at + 0.5, middle, name, color=colour, ha="center", va="center",
            path_effects=HALO,
        )  # fmt: skip
    left.set(xlabel="inputs that are on", ylim=(-1, 1), yticks=[-1, 0, 1])
    left.set_xticks(range(5))
    left.set_title("answer of a unit")
    for axes, (name, states) in zip(rest, maps.items(), strict=True):
        show_digit(axes, np.asarray(states), name)
        axes.images[0].set_clim(-1, 1)
    return figure


@styled
def fields(image: np.ndarray, windows: dict[str, tuple[int, int, int]]) -> Figure:
    """What one unit of each layer sees of the image, outlined on a digit.

    Args:
        image: a digit, (28, 28).
        windows: for each layer its first row, first column, and pixels along an edge.
    """
    figure, grid = plt.subplots(1, len(windows), figsize=(6.4, 1.95))
    kinds = ["convolution", "subsampling"]
    for number, (axes, (name, (row, column, size))) in enumerate(
        zip(grid, windows.items(), strict=True)
    ):
        colour = COLOURS[kinds[number % 2]]
        show_digit(axes, np.asarray(image), f"{name}\n{size} × {size}")
        corner = (column - 0.5, row - 0.5)
        axes.add_patch(
            Rectangle(
                corner, size, size, edgecolor=colour, linewidth=1.4,
                facecolor=to_rgba(colour, 0.18), clip_on=False,
            )
        )  # fmt: skip
    return figure


@styled
def sample_sizes(errors: dict[str, dict[int, Sequence[float]]]) -> Figure:
    """Test error over the number of training digits, on logarithmic axes.

    Args:
        errors: for each network (a key of ``NETWORKS``), the test errors in percent of
            all seeds, by the number of training digits.
    """
    figure, axes = plt.subplots(figsize=(5.8, 3.1))
    edge = max(size for found in errors.values() for size in found)
    ends: dict[str, float] = {}
    for name, found in errors.items():
        colour = NETWORKS[name]
        for size, values in found.items():
            axes.plot(
                [size] * len(values), values, "o", color=colour, alpha=0.45,
                markeredgewidth=0,
            )  # fmt: skip
        means = [float(np.mean(values)) for values in found.values()]
        axes.plot(list(found), means, color=colour)
        ends[name] = means[-1]
    lowest = 0.0
    for name in sorted(ends, key=ends.get):  # no name stands on another
        lowest = max(ends[name], 1.16 * lowest)
        axes.text(edge * 1.13, lowest, name, color=NETWORKS[name], va="center")
    sizes = sorted({size for found in errors.values() for size in found})
    axes.set(xscale="log", yscale="log", xlim=(min(sizes) * 0.85, max(sizes) * 3.4))
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.set_yticks([1, 2, 3, 5, 10, 20], ["1", "2", "3", "5", "10", "20"])
    axes.minorticks_off()
    axes.spines["bottom"].set_bounds(min(sizes) * 0.85, max(sizes) * 1.05)
    axes.set(xlabel="training digits", ylabel="test error in percent")
    return figure
