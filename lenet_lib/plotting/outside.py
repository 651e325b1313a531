"""Figures of digits that are not MNIST's: how many are misread, remedy by remedy."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lenet_lib.plotting.style import COLOURS, LETTERING, styled

TICKS = (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
NETWORK_COLOURS = (COLOURS["input"], COLOURS["convolution"], COLOURS["output"])


@styled
def remedies(
    errors: Mapping[str, Mapping[str, Sequence[float]]], steps: Sequence[str]
) -> Figure:
    """Percent misread after each remedy, a panel for each set, a line for each network.

    Args:
        errors: for each set and network (at most three), the percentages after each
            step; all above 0.
        steps: a short name for each remedy, in the order in which they add up.
    """
    figure, grid = plt.subplots(
        1, len(errors), figsize=(3.3 * len(errors), 3.3), sharey=True, squeeze=False
    )
    every = [v for row in errors.values() for values in row.values() for v in values]
    low, high = 0.7 * min(every), 1.4 * max(every)
    ticks = [tick for tick in TICKS if low <= tick <= high]
    for axes, (title, networks) in zip(grid[0], errors.items(), strict=True):
        last = []
        for colour, values in zip(NETWORK_COLOURS, networks.values(), strict=False):
            axes.plot(range(len(steps)), values, "-o", color=colour)
            last.append(values[-1])
        for name, colour, place in zip(
            networks, NETWORK_COLOURS, _apart(last, high / low), strict=False
        ):
            axes.annotate(
                name, (len(steps) - 1, place), xytext=(7, 0), color=LETTERING[colour],
                textcoords="offset points", va="center", fontsize=9,
                annotation_clip=False,
            )  # fmt: skip
        axes.set_title(title)
        axes.set(yscale="log", ylim=(low, high), xlim=(-0.3, len(steps) - 1 + 0.9))
        axes.set_xticks(range(len(steps)), steps)
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.tick_params(axis="x", length=0)
    grid[0, 0].set_ylabel("misread, in percent")
    return figure


def _apart(values: Sequence[float], span: float) -> list[float]:
    """Heights on a log axis near these values, far enough apart for a line of text."""
    factor = span**0.065
    order = sorted(range(len(values)), key=lambda n: values[n])
    places = list(values)
    for lower, upper in zip(order, order[1:], strict=False):
        places[upper] = max(places[upper], places[lower] * factor)
    return places


@styled
def tolerance(panels: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Figure:
    """Percent misread against how much was done to the digits, a panel for each deed.

    Args:
        panels: for each deed (the words below its axis), how much, and the percentages.
    """
    figure, grid = plt.subplots(
        1, len(panels), figsize=(3.2 * len(panels), 2.6), sharey=True, squeeze=False
    )
    for axes, (words, (amounts, errors)) in zip(grid[0], panels.items(), strict=True):
        axes.plot(amounts, errors, "-o", color=COLOURS["convolution"])
        axes.set(xlabel=words, ylim=(0, 100), yticks=[0, 25, 50, 75, 100])
    grid[0, 0].set_ylabel("misread, in percent")
    return figure
