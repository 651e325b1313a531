"""Figures of the digits that a network misreads, and of what refusing some gains."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from lenet_lib.plotting.dataset import show_digit
from lenet_lib.plotting.style import COLOURS, INK, LETTERING, styled

DASHES = (0, (4, 3))
HALO = [withStroke(linewidth=3.5, foreground="white")]
#: What reviewers say where they see no digit, or two, or do not agree.
DOUBT = "?"
#: A label that was changed, and one that is doubted.
CHANGED, DOUBTED = COLOURS["output"], COLOURS["convolution"]


@styled
def misread_digits(
    images: Sequence,
    truths: Sequence[int],
    answers: Sequence[int],
    reviewed: Mapping[int, str],
    columns: int = 7,
) -> Figure:
    """Misread digits, each under its label and what it was read as: 4→9.

    Where reviewers did not uphold a label, what they saw stands in brackets, and the
    digit has a strong frame in the same colour.

    Args:
        images: the digits, (n, 28, 28).
        truths: their labels, (n,).
        answers: what they were read as, (n,).
        reviewed: what reviewers saw, by the number of the image from 0 on: another
            digit, or "?".
        columns: digits in a row.
    """
    rows = -(-len(images) // columns)
    width, height = 0.7 * columns, 0.88 * rows  # inches
    figure, grid = plt.subplots(
        rows, columns, figsize=(width, height), squeeze=False, layout="none"
    )  # the engine of the other figures is slow with so many
    figure.subplots_adjust(
        left=0.02 / width, right=1 - 0.02 / width, bottom=0.02 / height,
        top=1 - 0.2 / height, wspace=0.08, hspace=0.36,
    )  # fmt: skip
    for axes in grid.flat[len(images) :]:
        axes.axis("off")
    each = zip(grid.flat, images, truths, answers, strict=False)
    for number, (axes, image, truth, answer) in enumerate(each):
        show_digit(axes, np.asarray(image), f"{truth}→{answer}")
        if said := reviewed.get(number):
            colour = DOUBTED if said == DOUBT else CHANGED
            title = f"{truth}→{answer} ({said})"
            axes.set_title(title, loc="center", pad=3, color=LETTERING[colour])
            for spine in axes.spines.values():
                spine.set(linewidth=2, color=colour)
        axes.title.set_fontsize(12)  # to be read on a phone, too
    return figure


@styled
def wrong_by_class(counts: Mapping[str, Sequence[int]]) -> Figure:
    """How many digits of each class several networks misread.

    A line goes from each count n to one square root of n below and above: so much do
    counts of rare things scatter.

    Args:
        counts: for each network ten counts, from 0 to 9. Three networks at most.
    """
    figure, axes = plt.subplots(figsize=(5.4, 3.2))
    looks = (
        (INK, "D"),
        (COLOURS["convolution"], "o"),
        (COLOURS["output"], "s"),
    )
    places = 0.24 * (np.arange(len(counts)) - (len(counts) - 1) / 2)
    for (name, wrong), (colour, marker), place in zip(
        counts.items(), looks, places, strict=False
    ):
        axes.errorbar(
            np.arange(10) + place, wrong, yerr=np.sqrt(wrong), label=name,
            fmt=marker, color=colour, markersize=4.5, elinewidth=1,
        )  # fmt: skip
    for digit in range(9):
        axes.axvline(digit + 0.5, color=INK, linewidth=0.3, alpha=0.35, zorder=0)
    axes.set(xlabel="the true digit", ylabel="misread", xlim=(-0.5, 9.5))
    axes.set_ylim(0, None)
    axes.set_xticks(range(10))
    axes.tick_params(axis="x", length=0)
    figure.legend(loc="outside upper left", ncols=len(counts), columnspacing=1.2)
    return figure


@styled
def error_and_rejection(
    curves: Mapping[str, Mapping[str, tuple[Sequence[float], Sequence[float]]]],
    published: Mapping[str, tuple[float, float]],
    most: float = 10.0,
) -> Figure:
    """The error on the digits that are answered, against the share of the refused.

    Args:
        curves: for each network, for each of two reasons to doubt, percent rejected,
            ascending, and percent misread of the rest.
        published: points of the same two numbers, by what to call them.
        most: percent rejected at the right edge.
    """
    figure, rows = plt.subplots(
        len(curves), 1, figsize=(5.2, 2.45 * len(curves)),
        sharex=True, sharey=True, squeeze=False,
    )  # fmt: skip
    colours = (COLOURS["convolution"], COLOURS["output"])
    for axes, (network, reasons) in zip(rows[:, 0], curves.items(), strict=True):
        for (reason, (shares, errors)), colour in zip(
            reasons.items(), colours, strict=False
        ):
            axes.step(shares, errors, where="post", color=colour)
            at = np.searchsorted(shares, 0.98 * most) - 1
            _name(
                axes, reason, (0.98 * most, errors[at]), (0, 6), "right",
                LETTERING[colour],
            )  # fmt: skip
        for name, point in published.items():
            axes.plot(*point, "D", color=INK, markersize=4.5)
            _name(axes, name, point, (0, 7), "center")
        axes.set_title(network)
        axes.set(xlim=(0, most), ylim=(0, 1.1), ylabel="misread, % of the rest")
        for error in sorted({error for _, error in published.values()}):
            axes.axhline(error, color=INK, linewidth=0.7, linestyle=DASHES, zorder=0)
    axes.set(xlabel="rejected, percent of all")
    return figure


def _name(
    axes: Axes,
    text: str,
    point: tuple[float, float],
    offset: tuple[int, int],
    side: str,
    colour: str = INK,
) -> None:
    """Write a name near a point, so many printer's points off."""
    axes.annotate(
        text, point, xytext=offset, textcoords="offset points", ha=side,
        fontsize=9, color=colour, path_effects=HALO,
    )  # fmt: skip
