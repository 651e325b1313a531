"""Figures of digits that are changed by and by, until networks misread them."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lenet_lib.plotting.dataset import show_digit
from lenet_lib.plotting.style import COLOURS, FAINT, INK, LETTERING, styled

#: Grey as trained at first, blue with affine, vermilion with elastic distortions, as in
#: the figures of the remedies; green and orange other networks.
NETWORK_COLOURS = (
    COLOURS["input"], COLOURS["convolution"], COLOURS["output"],
    COLOURS["subsampling"], COLOURS["full connection"],
)  # fmt: skip
#: The errors that a panel shows, in percent, and its ticks.
LOWEST, HIGHEST = 0.4, 100
TICKS = (0.5, 1, 2, 5, 10, 20, 50, 100)
#: What of its height a line of text takes in a panel.
LINE = 0.075


@styled
def robustness(
    panels: Mapping[str, tuple[Sequence[float], Mapping[str, Sequence[float]]]],
    claims: Mapping[str, Mapping[str, tuple[float, float]]],
) -> Figure:
    """Percent misread against how much is done to the digits, a panel for each change.

    Args:
        panels: for each change (the words below its axis), how much, and the
            percentages for each network (at most five).
        claims: for each change the ranges to be shaded, by the words above them.
    """
    rows = -(-len(panels) // 2)
    figure, grid = plt.subplots(
        rows, 2, figsize=(7.6, 2.9 * rows), sharey=True, squeeze=False
    )
    for axes in grid.flat[len(panels) :]:
        axes.axis("off")
    for axes, (words, (amounts, errors)) in zip(
        grid.flat, panels.items(), strict=False
    ):
        low, high = min(amounts), max(amounts)
        for claim, (start, end) in claims.get(words, {}).items():
            _shade(axes, claim, max(start, low), min(end, high))
        for colour, values in zip(NETWORK_COLOURS, errors.values(), strict=False):
            axes.plot(amounts, values, "-o", color=colour, markersize=2.5)
        _name(axes, high, {name: values[-1] for name, values in errors.items()})
        margin = 0.02 * (high - low)
        axes.set(xlabel=words, xlim=(low - margin, high + margin))
        axes.set(yscale="log", ylim=(LOWEST, HIGHEST))
        axes.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
        axes.minorticks_off()
    for axes in grid[:, 0]:
        axes.set_ylabel("misread, in percent")
    figure.get_layout_engine().set(hspace=0.06, wspace=0.04)
    return figure


def _shade(axes: Axes, words: str, start: float, end: float) -> None:
    """Shade a range, with words above it."""
    axes.axvspan(start, end, color=FAINT, alpha=0.16, linewidth=0)
    axes.annotate(
        words, ((start + end) / 2, 1), xycoords=("data", "axes fraction"),
        xytext=(0, 2), textcoords="offset points", ha="center", fontsize=9, color=INK,
    )  # fmt: skip


def _name(axes: Axes, end: float, last: Mapping[str, float]) -> None:
    """Write each network's name beside the end of its curve, none over another."""
    factor = (HIGHEST / LOWEST) ** LINE
    order = sorted(last, key=lambda name: last[name])
    colours = dict(zip(last, NETWORK_COLOURS, strict=False))
    # As low as the curves end, but low enough for those above to stay in the panel.
    room = [HIGHEST / factor ** (len(order) - n - 0.5) for n in range(len(order))]
    place = 0.0
    for name, highest in zip(order, room, strict=True):
        place = max(min(last[name], highest), place * factor)
        axes.annotate(
            name, (end, place), xytext=(9, 0), textcoords="offset points", va="center",
            fontsize=9, color=LETTERING[colours[name]], annotation_clip=False,
        )  # fmt: skip


@styled
def step_by_step(
    rows: Sequence[tuple[Sequence, Sequence[str], Mapping[str, Sequence[int]]]],
    label: int,
) -> Figure:
    """A digit under several changes, a row for each; below, what networks read.

    Args:
        rows: for each change the pictures (steps, rows, columns), a title for each
            step, and the answers of each network (at most five) to each step.
        label: what the digit is. Other answers stand out.
    """
    steps = max(len(pictures) for pictures, _, _ in rows)
    networks = max(len(answers) for _, _, answers in rows)
    height = 1.12 + 0.19 * networks
    figure, grid = plt.subplots(
        len(rows),
        steps,
        figsize=(0.5 + 0.86 * steps, height * len(rows)),
        squeeze=False,
    )
    for axes in grid.flat:
        axes.axis("off")
    for line, (pictures, titles, answers) in zip(grid, rows, strict=True):
        for axes, picture, title in zip(line, pictures, titles, strict=False):
            axes.axis("on")
            show_digit(axes, picture, title)
        for depth, (name, read) in enumerate(answers.items()):
            colour = NETWORK_COLOURS[depth]
            place = {"xycoords": "axes fraction", "textcoords": "offset points"}
            place |= {"xytext": (0, -9 - 14 * depth), "va": "center", "fontsize": 9}
            line[0].annotate(
                f"{name}  ", (0, 0), ha="right", color=LETTERING[colour], **place
            )
            for axes, answer in zip(line, read, strict=False):
                axes.annotate(
                    str(answer), (0.5, 0), ha="center", **place,
                    **(_plain(colour) if answer == label else _wrong(colour)),
                )  # fmt: skip
    return figure


def _plain(colour: str) -> dict:
    return {"color": LETTERING[colour]}


def _wrong(colour: str) -> dict:
    """White on the network's colour, in a box."""
    box = {"boxstyle": "round,pad=0.18", "facecolor": LETTERING[colour], "linewidth": 0}
    return {"color": "white", "bbox": box}
