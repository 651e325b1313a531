"""Figures of maps of blame: which pixels spoke for the answer, and what a map is worth.

In all maps blue spoke for the right digit and vermilion against it.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lenet_lib.plotting.dataset import show_digit
from lenet_lib.plotting.style import COLOURS, FAINT, INK, LETTERING, SIGNED, styled

#: An edge of a picture, in inches.
EDGE = 1.08
#: The colours of orders that know the network, and of those that do not.
KNOWING, BLIND = COLOURS["convolution"], COLOURS["input"]


def show_map(axes: Axes, blame: np.ndarray, digit: np.ndarray) -> None:
    """Draw a map in two colours, the strongest at its largest value, over an outline.

    Args:
        axes: where.
        blame: the map, (rows, columns).
        digit: grey, (rows, columns); its outline is drawn.
    """
    limit = max(np.abs(blame).max(), 1e-12)  # a map of zeros is white
    show_digit(axes, np.zeros_like(blame))
    axes.imshow(blame, cmap=SIGNED, vmin=-limit, vmax=limit)
    if np.ptp(digit):
        half = (digit.max() + float(digit.min())) / 2
        axes.contour(digit, levels=[half], colors=INK, linewidths=0.6, alpha=0.75)


@styled
def blame_maps(
    rows: Mapping[str, Sequence],
    digits: Sequence,
    titles: Sequence[str] = (),
    notes: Mapping[str, Sequence[str]] | None = None,
    frames: Mapping[str, Sequence[tuple[int, int, int]]] | None = None,
) -> Figure:
    """Rows of pictures, one column for each digit: grey digits, and maps over them.

    Args:
        rows: for each row (its name stands at the left) the pictures, (rows, columns);
            whole numbers are a digit, floating-point numbers a map.
        digits: grey digits, whose outlines the maps get, one for each column.
        titles: a line above each column.
        notes: for some rows, a line below each picture.
        frames: for some rows, a patch to frame in each picture: the row and column of
            its middle, and its edge.
    """
    notes, frames = notes or {}, frames or {}
    height = EDGE * len(rows) + 0.2 * (bool(titles) + len(notes))
    figure, grid = plt.subplots(
        len(rows), len(digits), figsize=(EDGE * len(digits) + 0.25, height),
        squeeze=False,
    )  # fmt: skip
    for line, (name, pictures) in zip(grid, rows.items(), strict=True):
        line[0].set_ylabel(name, fontsize=9)
        for column, (axes, picture) in enumerate(zip(line, pictures, strict=True)):
            picture = np.asarray(picture)
            if np.issubdtype(picture.dtype, np.floating):
                show_map(axes, picture, np.asarray(digits[column]))
            else:
                show_digit(axes, picture)
                axes.images[0].set_clim(0, 255)
            if name in notes:
                axes.set_xlabel(notes[name][column], fontsize=9, labelpad=2)
            if name in frames:
                middle, across, size = frames[name][column]
                corner = across - size / 2, middle - size / 2
                axes.add_patch(
                    Rectangle(
                        corner,
                        size,
                        size,
                        fill=False,
                        linewidth=1.2,
                        edgecolor=COLOURS["output"],
                        clip_on=True,
                    )  # fmt: skip
                )
    for axes, title in zip(grid[0], titles, strict=False):
        axes.set_title(title, loc="center", pad=3, fontsize=9)
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.02, hspace=0.02)
    return figure


@styled
def gap_by_ink(amounts: Sequence[float], gaps: Sequence[float]) -> Figure:
    """The gap while a digit appears: from blank paper to more ink than it has.

    Args:
        amounts: shares of the digit's own ink, 0 for blank paper, 1 for the digit.
        gaps: for each of them.
    """
    figure, axes = plt.subplots(figsize=(5.4, 2.7))
    axes.axhline(0, color=FAINT, linewidth=0.7)
    axes.plot(amounts, gaps, color=COLOURS["convolution"])
    now = int(np.abs(np.asarray(amounts) - 1).argmin())
    axes.plot(amounts[now], gaps[now], "o", color=COLOURS["output"])
    axes.annotate(
        "the digit as it is:\nhere the gradient is taken", (amounts[now], gaps[now]),
        xytext=(0, -12), textcoords="offset points", ha="center", va="top", fontsize=9,
        color=LETTERING[COLOURS["output"]],
    )  # fmt: skip
    axes.text(
        amounts[-1], 0, "above: read right", va="bottom", ha="right", fontsize=9,
        color=LETTERING[COLOURS["input"]],
    )  # fmt: skip
    axes.set(xlabel="share of its ink that the digit has", ylabel="gap")
    axes.set_xlim(amounts[0], amounts[-1])
    return figure


@styled
def deletion_counts(
    counts: Mapping[str, Sequence[float]], knowing: Sequence[str]
) -> Figure:
    """How many pixels go until the answer is wrong, a line for each order.

    Args:
        counts: for each order the counts of all digits; infinite where it stays right.
        knowing: the orders that know the network; the others are grey.
    """
    figure, axes = plt.subplots(figsize=(6.2, 0.27 * len(counts) + 0.75))
    names = sorted(counts, key=lambda name: np.median(counts[name]))
    for place, name in enumerate(names):
        # Not interpolated: the mean of a count and infinity would be infinite.
        low, middle, high = np.quantile(
            counts[name], (0.25, 0.5, 0.75), method="inverted_cdf"
        )
        colour = KNOWING if name in knowing else BLIND
        axes.plot([low, high], [place, place], color=colour, linewidth=3, alpha=0.35)
        axes.plot(middle, place, "o", color=colour, markersize=6)
        axes.annotate(
            f"{middle:.0f}", (middle, place), xytext=(0, 4), fontsize=8, ha="center",
            textcoords="offset points", color=LETTERING[colour],
        )  # fmt: skip
    axes.set_yticks(range(len(names)), names)
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        label.set_color(LETTERING[KNOWING if name in knowing else BLIND])
    axes.set(
        xlabel="pixels gone when the answer changes", ylim=(len(names) - 0.4, -0.8)
    )
    axes.set_xlim(left=0)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return figure
