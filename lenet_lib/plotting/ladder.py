"""Networks changed one thing at a time: errors rung by rung, and each step's worth."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lenet_lib.plotting.style import COLOURS, FAINT, INK, LETTERING, styled

#: How high a row of the figure is, in inches.
ROW = 0.36


@styled
def ladder(
    errors: Mapping[str, Sequence[float]],
    steps: Mapping[str, tuple[float, float]],
    kinds: Mapping[str, str],
    published: Mapping[str, float] | None = None,
) -> Figure:
    """Test errors on each rung, and beside them what each step has brought.

    Args:
        errors: for each rung, from top to bottom, the errors of its seeds in percent.
        steps: for those rungs that are compared with the one above them, the
            difference of the means and half the width of its interval, in points of
            a percent. Below zero is better.
        kinds: for those rungs that change one kind of layer, that kind: a key of
            ``COLOURS``. The others are drawn in ink.
        published: for some rungs the error that somebody else has published.
    """
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(8.2, 0.9 + ROW * len(errors)), sharey=True,
        width_ratios=(1.5, 1),
    )  # fmt: skip
    colours = [COLOURS.get(kinds.get(name, ""), INK) for name in errors]
    published = published or {}
    _errors(left, list(errors.values()), colours, list(published.values()))
    for row, name in enumerate(errors):
        if name in published:
            ends = row - 0.33, row + 0.33
            left.vlines(published[name], *ends, FAINT, linestyle=(0, (2, 1.5)))
        if name in steps:
            _step(right, row, *steps[name], colours[row])
    right.axvline(0, color=INK, linewidth=0.7, zorder=0)
    right.set_xlabel("points gained (left) or lost\nby this step, 95 % interval")
    right.tick_params(axis="y", length=0)
    right.spines["left"].set_visible(False)
    left.set_yticks(range(len(errors)), list(errors))
    for label, colour in zip(left.get_yticklabels(), colours, strict=True):
        label.set_color(LETTERING.get(colour, INK))
    left.set_ylim(len(errors) - 0.5, -0.5)
    return figure


def _errors(
    axes: Axes,
    errors: Sequence[Sequence[float]],
    colours: Sequence[str],
    others: Sequence[float],
) -> None:
    """A dot for each seed, a bar for their mean, and its number at the right."""
    every = [*others, *(value for values in errors for value in values)]
    low, high = min(every), max(every)
    for row, (values, colour) in enumerate(zip(errors, colours, strict=True)):
        dots = {"color": colour, "alpha": 0.45, "markeredgewidth": 0}
        axes.plot(values, [row] * len(values), "o", **dots)
        mean = float(np.mean(values))
        axes.vlines(mean, row - 0.28, row + 0.28, INK, linewidth=1.4)
        axes.annotate(
            f"{mean:.2f}", (1, row), xycoords=("axes fraction", "data"), ha="right",
            va="center", fontsize=9,
        )  # fmt: skip
    span = high - low or 1.0
    axes.set_xlim(low - 0.06 * span, high + 0.24 * span)
    axes.set_xlabel("test error in percent\n(dots: seeds; bar and number: their mean)")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _step(axes: Axes, row: int, change: float, half: float, colour: str) -> None:
    """A difference with its interval, faint where the interval holds zero."""
    sure = abs(change) > half
    axes.errorbar(
        change, row, xerr=half, color=colour, marker="o", capsize=2.5, linewidth=1.2,
        markerfacecolor=colour if sure else "white", alpha=1 if sure else 0.6,
    )  # fmt: skip
