"""Figures that explain how LeNet-5 was trained: its loss, its steps, its layout."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from lenet_lib.plotting.style import COLOURS, FAINT, INK, LETTERING, styled

DASHES = (0, (4, 3))
HALO = [withStroke(linewidth=3.5, foreground="white")]
#: The four places within a square of 2x2 units, the upper left one first.
PLACES = ("convolution", "subsampling", "full connection", "output")


@styled
def pulls(penalties: Sequence[float], right: Mapping[float, Sequence[float]]) -> Figure:
    """What a loss does to a penalty that no other class competes with, for several j.

    Args:
        penalties: where the curves are given.
        right: for each j, the derivative of the loss by the penalty of the right class,
            from 0 to 1; for the penalty of a wrong class it is that less 1.
    """
    figure, grid = plt.subplots(1, 2, figsize=(6.6, 2.6), sharex=True)
    colours = [COLOURS[kind] for kind in PLACES[:2]] + [COLOURS["output"]]
    for axes, shift, equation_8, title in (
        (grid[0], 0, 1, "of the right digit"),
        (grid[1], 1, 0, "of another digit"),
    ):
        axes.axhline(equation_8, color=INK, linewidth=0.9, linestyle=DASHES)
        for (j, curve), colour in zip(right.items(), colours, strict=False):
            curve = np.asarray(curve) - shift
            axes.plot(penalties, curve, color=colour)
            axes.annotate(
                f"j = {j:g}",
                (j, np.interp(j, penalties, curve)),
                xytext=(6, -3),
                textcoords="offset points",
                fontsize=9,
                color=LETTERING[colour],
                path_effects=HALO,
            )
        axes.set(xlabel=f"penalty {title}", xlim=(0, max(penalties)))
        axes.set_xticks(range(0, int(max(penalties)) + 1, 5))
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(axis="x", length=0)
    grid[0].set(title="pulled down", ylim=(-0.06, 1.16), yticks=[0, 0.5, 1])
    grid[0].set_ylabel("derivative of the loss")
    grid[1].set(title="pushed up", ylim=(-1.06, 0.16), yticks=[-1, -0.5, 0])
    grid[1].set_yticklabels(["−1", "−0.5", "0"])
    for axes, height in ((grid[0], 1.03), (grid[1], 0.03)):
        axes.text(
            max(penalties), height, "equation 8", fontsize=9, ha="right", va="bottom"
        )
    return figure


@styled
def bowls(
    curvatures: tuple[float, float], paths: Mapping[str, Sequence[Sequence[float]]]
) -> Figure:
    """Ways down into a bowl that is long in one direction.

    Args:
        curvatures: along the first weight and along the second.
        paths: for each way to choose the steps, the weights after each, (steps, 2).
    """
    figure, grid = plt.subplots(
        len(paths), 1, figsize=(6.2, 1.55 * len(paths)), sharex=True
    )
    ends = np.concatenate([np.asarray(path) for path in paths.values()])
    wide, high = np.abs(ends).max(axis=0) * 1.08
    across, up = np.meshgrid(np.linspace(-wide, wide, 200), np.linspace(-high, high))
    heights = (curvatures[0] * across**2 + curvatures[1] * up**2) / 2
    levels = np.linspace(0.12, 1, 8) ** 2 * heights.max()
    for axes, (name, path) in zip(np.atleast_1d(grid), paths.items(), strict=True):
        axes.contour(across, up, heights, levels, colors=FAINT, linewidths=0.5)
        path = np.asarray(path)
        axes.plot(*path.T, "-o", color=COLOURS["convolution"], markersize=3)
        axes.plot(0, 0, "+", color=INK, markersize=8)
        axes.set(title=name, yticks=[0], xticks=[0], ylabel="w₂")
        axes.set(xlim=(-0.25 * wide, wide), ylim=(-high, high))
    axes.set_xlabel("w₁")
    return figure


@styled
def squares(edge: int = 6) -> Figure:
    """A map whose units are numbered by their places in squares of 2x2.

    Args:
        edge: units along an edge of the map.
    """
    half = edge // 2
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(6.4, 2.5), width_ratios=(edge, half**2 + 1.5)
    )
    for row in range(edge):
        for column in range(edge):
            place = 2 * (row % 2) + column % 2
            square = row // 2 * half + column // 2
            number = place * half**2 + square
            _unit(left, column, row, PLACES[place], number)
            _unit(right, square, place, PLACES[place], number)
    for row in range(half):
        for column in range(half):
            frame = Rectangle((2 * column, 2 * row), 2, 2, fill=False, lw=1.4, ec=INK)
            left.add_patch(frame)
    for square in range(half**2):
        frame = Rectangle((square, 4.9), 1, 1, fill=False, lw=1.4, ec=INK)
        right.add_patch(frame)
        right.text(square + 0.5, 5.4, "+", fontsize=9, ha="center", va="center")
    right.text(
        half**2 / 2, 4.45, "add the four rows", fontsize=9, ha="center", va="center"
    )
    left.set_title(f"a map of {edge} × {edge} units")
    right.set_title("the same units in a row of memory, cut in four")
    for axes in (left, right):
        axes.set(aspect="equal", xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    left.set(xlim=(-0.05, edge + 0.05), ylim=(edge + 0.05, -0.05))
    right.set(xlim=(-0.05, half**2 + 0.05), ylim=(5.95, -0.05))
    return figure


def _unit(axes: Axes, column: float, row: float, kind: str, number: int) -> None:
    """Draw one numbered unit."""
    colour = COLOURS[kind]
    corner = (column + 0.03, row + 0.03)
    face = to_rgba(colour, 0.2)
    axes.add_patch(Rectangle(corner, 0.94, 0.94, fc=face, ec=colour, lw=0.5))
    at = (column + 0.5, row + 0.53)
    axes.text(*at, str(number), fontsize=8.5, ha="center", va="center")
