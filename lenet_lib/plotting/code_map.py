"""Figures of digits as dots on a plane, each near those that a layer finds alike."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike

from lenet_lib.plotting.style import COLOURS, INK, styled

#: One colour for each digit: Paul Tol's "muted" ones, which colour-blind readers can
#: tell apart, the pale ones darker so that a dot is seen on white.
DIGIT_COLOURS = (
    "#332288", "#2c8fbf", "#117733", "#aa4499", "#8f8f2e",
    "#882255", "#c0566a", "#2f9384", "#a8862f", "#777777",
)  # fmt: skip

_HALO = [withStroke(linewidth=3, foreground="white")]


def show_map(
    axes: Axes,
    points: np.ndarray,
    labels: np.ndarray,
    answers: np.ndarray | None = None,
    size: float = 5,
) -> None:
    """Draw points (n, 2) in the colours of their labels, misread ones ringed."""
    missed = np.zeros(len(points), bool) if answers is None else answers != labels
    for digit, colour in enumerate(DIGIT_COLOURS):
        dots = points[(labels == digit) & ~missed]
        axes.scatter(*dots.T, s=size, color=colour, linewidth=0)
    axes.scatter(
        *points[missed].T, s=44, color="white", edgecolor=COLOURS["output"], zorder=3
    )
    for place, digit in zip(points[missed], labels[missed], strict=True):
        axes.annotate(
            str(digit), place, ha="center", va="center_baseline", fontsize=6, zorder=3
        )
    axes.set(xticks=[], yticks=[])
    axes.set_aspect("equal", adjustable="datalim")
    axes.spines[:].set_visible(False)


def name_places(axes: Axes, places: np.ndarray, cross: bool) -> None:
    """Name ten places (10, 2) by their digits, beside a cross or without one."""
    if cross:
        for colour, width in (("white", 3.5), (INK, 1.4)):
            axes.scatter(*places.T, s=50, marker="x", color=colour, linewidth=width,
                         zorder=4)  # fmt: skip
    for digit, place in enumerate(places):
        axes.annotate(
            str(digit), place, xytext=(8, 6) if cross else (0, 0), zorder=5,
            textcoords="offset points", ha="center", va="center_baseline",
            fontsize=13, path_effects=_HALO,
        )  # fmt: skip


@styled
def code_maps(maps: Mapping[str, ArrayLike], labels: ArrayLike) -> Figure:
    """The same digits on several maps, a panel for each.

    Args:
        maps: by its panel's title, where each digit lies, (n, 2). The mean of each
            digit's dots bears its name.
        labels: what digit each is, (n,).
    """
    labels = np.asarray(labels)
    figure, panels = plt.subplots(
        1, len(maps), figsize=(3.5 * len(maps), 3.3), squeeze=False
    )
    for axes, (title, points) in zip(panels[0], maps.items(), strict=True):
        points = np.asarray(points)
        show_map(axes, points, labels)
        means = np.stack([points[labels == digit].mean(0) for digit in range(10)])
        name_places(axes, means, cross=False)
        axes.set_title(title, loc="center")
    return figure
