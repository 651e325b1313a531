"""Figures of what was measured on lines: what a sweep saves, how many are read."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lenet_lib.plotting.style import COLOURS, FAINT, LETTERING, styled
from lenet_lib.strings.sweep import WINDOW


@styled
def savings(
    measured: Mapping[int, float],
    counted: tuple[Sequence[int], Sequence[float]],
    limits: Mapping[str, float],
) -> Figure:
    """How many times cheaper one sweep is than all its windows, by the line's width.

    Args:
        measured: for each width in pixels, the quotient of two times.
        counted: widths, and the quotient of connections at each.
        limits: dashed lines, each under the words that it gets.
    """
    figure, axes = plt.subplots(figsize=(5.6, 3.0))
    widths, quotients = counted
    axes.plot(widths, quotients, color=COLOURS["convolution"])
    axes.annotate(
        "connections", (widths[-1], quotients[-1]), xytext=(-6, -12), ha="right",
        textcoords="offset points", fontsize=9, color=LETTERING[COLOURS["convolution"]],
    )  # fmt: skip
    axes.plot(*zip(*measured.items(), strict=True), "o", color=COLOURS["output"])
    last = max(measured)
    axes.annotate(
        "time, measured", (last, measured[last]), xytext=(-8, -13), ha="right",
        textcoords="offset points", fontsize=9, color=LETTERING[COLOURS["output"]],
    )  # fmt: skip
    for words, limit in limits.items():
        axes.axhline(limit, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.text(
            1.03 * WINDOW, limit, f"{words}: {limit:.2f}", va="bottom", fontsize=9,
            color=LETTERING[COLOURS["input"]],
        )  # fmt: skip
    top = max([*measured.values(), *limits.values()])
    axes.set(xscale="log", xlim=(WINDOW, 1.08 * last), ylim=(0, 1.15 * top))
    axes.set_xticks(sorted(measured), [f"{width}" for width in sorted(measured)])
    axes.minorticks_off()
    axes.set(xlabel="width of the line in pixels", ylabel="times cheaper")
    return figure


@styled
def by_gap(
    gaps: Sequence[float], accuracies: Mapping[str, Mapping[str, Sequence[float]]]
) -> Figure:
    """Percent of lines read right against the gap between digits.

    Args:
        gaps: in pixels, from small to large.
        accuracies: for each network (three at most, the untaught one first), for each
            way to read its outputs, the percentages. The last way has a solid line.
    """
    figure, axes = plt.subplots(figsize=(6.0, 3.4))
    colours = (COLOURS["input"], COLOURS["output"], COLOURS["convolution"])
    ends: list[tuple[float, str, str]] = []
    for colour, (network, ways) in zip(colours, accuracies.items(), strict=False):
        for number, (way, values) in enumerate(ways.items(), start=1):
            line = "-" if number == len(ways) else (0, (3, 2))
            axes.plot(gaps, values, "o", linestyle=line, color=colour)
            ends.append((values[-1], f"{network}, {way}", colour))
    places = _apart([end[0] for end in ends], 6.5)
    for (value, words, colour), place in zip(ends, places, strict=True):
        axes.annotate(
            words, (gaps[-1], value), xytext=(gaps[-1] + 0.35, place), va="center",
            fontsize=9, color=LETTERING[colour], annotation_clip=False,
        )  # fmt: skip
    axes.set(
        xlabel="pixels between two digits (below 0: they overlap)",
        ylabel="strings read right, in percent",
        ylim=(0, 102), xlim=(gaps[0] - 0.3, gaps[-1] + 0.2),
    )  # fmt: skip
    axes.set_xticks(gaps)
    return figure


def _apart(values: Sequence[float], distance: float) -> list[float]:
    """Heights near these values, far enough apart for a line of text each."""
    order = sorted(range(len(values)), key=lambda n: values[n])
    places = list(values)
    for upper, lower in zip(order[::-1], order[-2::-1], strict=False):
        places[lower] = min(places[lower], places[upper] - distance)
    return places
