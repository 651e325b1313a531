"""Test errors of several runs side by side: one row a case, one dot a seed."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from lenet_lib.plotting.style import COLOURS, INK, styled

EXPLANATION = "test error in percent (dots: seeds; bar and number: their mean)"


@styled
def recipes(errors: dict[str, list[float]], target: float) -> Figure:
    """Test errors of several training recipes, which differ by factors.

    Args:
        errors: for each recipe, the test errors of its seeds in percent.
        target: the published error.
    """
    figure, axes = plt.subplots(figsize=(6.4, 0.55 + 0.42 * len(errors)))
    for row, values in enumerate(errors.values()):
        _row(axes, row, values, beside=min(values) * 0.94)
    _published(axes, target)
    axes.set_yticks(range(len(errors)), list(errors))
    axes.set(xscale="log", xlim=(0.98, 11), ylim=(len(errors) - 0.4, -0.8))
    axes.set_xticks([1, 1.5, 2, 3, 4, 6, 8], ["1", "1.5", "2", "3", "4", "6", "8"])
    axes.minorticks_off()
    return figure


@styled
def variants(errors: dict[str, list[float]], target: float | None = None) -> Figure:
    """Test errors of several variants of a network, which differ by little.

    Args:
        errors: for each variant, the test errors of its seeds in percent.
        target: the published error of LeNet-1 in 1998, if it shall be shown.
    """
    figure, axes = plt.subplots(figsize=(6.4, 0.55 + 0.5 * len(errors)))
    low = min(min(values) for values in errors.values())
    high = max(max(values) for values in errors.values())
    if target is not None:
        low, high = min(low, target), max(high, target)
        _published(axes, target)
    span = high - low or 1.0
    for row, values in enumerate(errors.values()):
        _row(axes, row, values, beside=min(values) - 0.025 * span)
    axes.set_yticks(range(len(errors)), list(errors))
    axes.set(xlim=(low - 0.14 * span, high + 0.06 * span))
    axes.set_ylim(len(errors) - 0.4, -0.8 if target is not None else -0.5)
    return figure


@styled
def baselines(errors: dict[str, list[float]], published: dict[str, float]) -> Figure:
    """Test errors of different networks, each beside what was published for it.

    Args:
        errors: for each network, the test errors of its seeds in percent.
        published: the error of 1998 for those networks that have one.
    """
    figure, axes = plt.subplots(figsize=(6.4, 0.7 + 0.52 * len(errors)))
    for row, (name, values) in enumerate(errors.items()):
        _row(axes, row, values, beside=min(values) * 0.94)
        if name in published:
            value = published[name]
            dashes = {"linewidth": 0.8, "linestyle": (0, (4, 3))}
            axes.vlines(value, row - 0.4, row + 0.4, INK, **dashes)
            # Its words stand on the side where the dots are not.
            side, place = ("right", 0.97) if value < min(values) else ("left", 1.03)
            words = f"{value} in 1998"
            axes.text(value * place, row, words, fontsize=9, va="center", ha=side)
            if value < min(values):  # and the mean's number on the other
                number = axes.texts[-2]
                number.set(x=max(values) * 1.06, horizontalalignment="left")
    axes.set_yticks(range(len(errors)), list(errors))
    axes.set(xscale="log", xlim=(1, 24), ylim=(len(errors) - 0.5, -0.6))
    axes.set_xticks([1, 2, 3, 5, 10, 20], ["1", "2", "3", "5", "10", "20"])
    axes.minorticks_off()
    return figure


@styled
def comparison(errors: dict[str, list[float]], published: dict[str, float]) -> Figure:
    """Test errors of several networks beside several published ones.

    Args:
        errors: for each network, the test errors of its seeds in percent.
        published: published errors, by what to call them.
    """
    figure, axes = plt.subplots(figsize=(6.6, 0.8 + 0.42 * len(errors)))
    every = [*published.values(), *(v for values in errors.values() for v in values)]
    for row, values in enumerate(errors.values()):
        _row(axes, row, values, beside=min(values) - 0.02 * (max(every) - min(every)))
    for name, value in published.items():
        axes.axvline(value, color=INK, lw=0.7, ls=(0, (4, 3)), zorder=0)
        axes.text(value, -0.75, name, fontsize=9, ha="center", va="bottom")
    axes.set_yticks(range(len(errors)), list(errors))
    axes.set(xlim=(min(every) - 0.6, max(every) + 0.6), ylim=(len(errors) - 0.4, -0.8))
    return figure


def _row(axes: Axes, row: int, values: list[float], beside: float) -> None:
    """Draw the dots of one case, their mean, and its number beside them."""
    style = {"color": COLOURS["convolution"], "alpha": 0.45, "markeredgewidth": 0}
    axes.plot(values, [row] * len(values), "o", **style)
    mean = float(np.mean(values))
    axes.vlines(mean, row - 0.28, row + 0.28, INK, linewidth=1.4)
    axes.text(
        beside,
        row,
        f"{mean:.2f}",
        va="center",
        ha="right",
        fontsize=9,
        path_effects=[withStroke(linewidth=4, foreground="white")],
    )
    axes.set_xlabel(EXPLANATION)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _published(axes: Axes, target: float) -> None:
    """Mark the published error."""
    axes.axvline(target, color=INK, lw=0.7, ls=(0, (4, 3)), zorder=0)
    words = f"{target} %: LeNet-1 in 1998"
    axes.text(target, -0.75, words, fontsize=9, ha="left", va="bottom")
