"""Figures of lines: how they look, and what a network swept over them says.

A strip is a line of writing in grey, (32, width), 0 for paper. Step k of a sweep looks
at its pixels from 4 k to 4 k + 31, and stands below the middle of these.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lenet_lib.plotting.dataset import show_digit
from lenet_lib.plotting.style import COLOURS, FAINT, INK, LETTERING, styled
from lenet_lib.strings.sweep import STEP, WINDOW

#: Nothing is white, and certainty has the colour of outputs.
CERTAINTY = LinearSegmentedColormap.from_list("certainty", ["white", COLOURS["output"]])
#: Inches across a strip, to its left for names, and along a cell of a table.
ACROSS, LEFT, CELL = 6.0, 0.62, 0.145


@styled
def strips(lines: Sequence, titles: Sequence[str]) -> Figure:
    """Lines below one another on one scale, each with a title."""
    widest = max(np.asarray(line).shape[1] for line in lines)
    height = ACROSS * WINDOW / widest + 0.24  # inches
    figure, grid = plt.subplots(
        len(lines), 1, figsize=(ACROSS, height * len(lines)), squeeze=False
    )
    for axes, line, title in zip(grid[:, 0], lines, titles, strict=True):
        show_digit(axes, np.asarray(line))
        axes.images[0].set_extent((0, np.asarray(line).shape[1], WINDOW, 0))
        axes.set_title(title, loc="left", pad=3)
        axes.set(xlim=(0, widest), ylim=(WINDOW, 0))
        _only_frame(axes, 0, np.asarray(line).shape[1], WINDOW)
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, hspace=0.03)
    return figure


@styled
def wide_maps(
    strip: np.ndarray,
    layers: Mapping[str, tuple[str, int, int, int]],
    windows: tuple[int, int],
) -> Figure:
    """How wide each layer's maps are over a line, and what two windows share of them.

    Args:
        strip: the line, (32, width).
        layers: for each layer its kind (a key of ``COLOURS``), how many units stand
            side by side, how many pixels one of them sees, and the pixels from one to
            the next.
        windows: the steps of two windows: the units of the first are filled, those of
            the second have a dashed frame.
    """
    width = strip.shape[1]
    top = 0.15 + ACROSS * WINDOW / width
    figure = plt.figure(figsize=(LEFT + ACROSS + 0.45, top + 0.33 * len(layers) + 0.05))
    figure.set_layout_engine("none")
    above = _place(figure, 0.05, ACROSS * WINDOW / width, width)
    show_digit(above, strip)
    above.images[0].set_extent((0, width, WINDOW, 0))
    above.set(xlim=(0, width), ylim=(WINDOW, 0))
    below = _place(figure, top, 0.33 * len(layers), width)
    for row, (name, (kind, units, field, step)) in enumerate(layers.items()):
        colour = COLOURS[kind]
        middles = step * np.arange(units) + field / 2
        for middle in middles:
            left = middle - step / 2
            inside = STEP * windows[0] + field / 2 - 0.1 <= middle
            inside &= middle <= STEP * windows[0] + WINDOW - field / 2 + 0.1
            below.add_patch(
                Rectangle(
                    (left, row + 0.16), step, 0.68, facecolor=colour,
                    alpha=0.75 if inside else 0.18, edgecolor="white", linewidth=0.4,
                )
            )  # fmt: skip
        first = STEP * windows[1] + field / 2 - step / 2
        last = STEP * windows[1] + WINDOW - field / 2 + step / 2
        below.add_patch(
            Rectangle(
                (first, row + 0.08), last - first, 0.84, fill=False, edgecolor=INK,
                linewidth=0.9, linestyle=(0, (2, 1.5)),
            )
        )  # fmt: skip
        below.text(
            -2, row + 0.5, name, ha="right", va="center", color=LETTERING[colour]
        )
        below.text(
            width + 2, row + 0.5, f"{units}", va="center", color=LETTERING[colour]
        )
    below.set(xlim=(0, width), ylim=(len(layers), 0), xticks=[], yticks=[])
    for spine in below.spines.values():
        spine.set_visible(False)
    for step, line in zip(windows, ("-", (0, (2, 1.5))), strict=True):
        above.add_patch(
            Rectangle(
                (STEP * step, 0),
                WINDOW,
                WINDOW,
                fill=False,
                edgecolor=INK,
                linewidth=1.1,
                linestyle=line,
                clip_on=False,
            )
        )
    return figure


@styled
def readings(
    rows: Sequence[tuple[str, np.ndarray]],
    paths: Mapping[str, Sequence[int]] | None = None,
    words: Mapping[str, str] | None = None,
) -> Figure:
    """Lines, and below them how sure a network is of what stands where.

    Args:
        rows: from top to bottom a title and either a line, (32, width) of whole
            numbers, or a table, (classes, steps) of numbers from 0 to 1: the digits
            and, in its last row, the blank.
        paths: for some of the tables, by title, the class at each step, (steps,).
        words: for some of the rows, by title, what stands above their right end, such
            as the string that was read.
    """
    paths, words = paths or {}, words or {}
    arrays = [np.asarray(array) for _, array in rows]
    width = max(array.shape[1] for array in arrays if _is_strip(array))
    heights = [
        ACROSS * WINDOW / width if _is_strip(array) else CELL * len(array)
        for array in arrays
    ]
    figure = plt.figure(
        figsize=(LEFT + ACROSS + 0.1, sum(heights) + 0.27 * len(rows) + 0.4)
    )
    figure.set_layout_engine("none")
    top = 0.0
    for (title, _), array, height in zip(rows, arrays, heights, strict=True):
        axes = _place(figure, top + 0.24, height, width)
        top += 0.27 + height
        start = 0
        if _is_strip(array):
            show_digit(axes, array)
            axes.images[0].set_extent((0, array.shape[1], WINDOW, 0))
            axes.set(xlim=(0, width), ylim=(WINDOW, 0))
            _only_frame(axes, 0, array.shape[1], WINDOW)
        else:
            start = _show_table(axes, array, width)
        axes.set_title(title, loc="left", pad=3, fontsize=9, x=start / width)
        if title in words:
            end = start + (1 if _is_strip(array) else STEP) * array.shape[1]
            axes.set_title(words[title], loc="right", pad=3, fontsize=9, x=end / width)
        if title in paths:
            middles = STEP * np.arange(array.shape[1]) + WINDOW / 2
            axes.plot(
                middles, np.asarray(paths[title]) + 0.5, "-o", color=INK,
                markersize=2.6, linewidth=0.9,
            )  # fmt: skip
    axes.set_xticks(range(WINDOW // 2, width, WINDOW))
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlabel("pixels from the left", fontsize=8, labelpad=2)
    return figure


def _show_table(axes: Axes, table: np.ndarray, width: int) -> float:
    """Draw what is held probable, each column below its window; give the left end."""
    rows, steps = table.shape
    left = (WINDOW - STEP) / 2
    axes.imshow(
        table, cmap=CERTAINTY, vmin=0, vmax=1, aspect="auto",
        extent=(left, left + STEP * steps, rows, 0),
    )  # fmt: skip
    letters = [*map(str, range(rows - 1)), "none"]
    axes.set_yticks(np.arange(rows) + 0.5, letters, fontsize=7.5)
    axes.tick_params(axis="y", length=0, pad=2)
    axes.set(xlim=(0, width), ylim=(rows, 0), xticks=[])
    _only_frame(axes, left, STEP * steps, rows)
    return left


def _is_strip(array: np.ndarray) -> bool:
    return not np.issubdtype(array.dtype, np.floating)


def _only_frame(axes: Axes, left: float, width: float, height: float) -> None:
    """A hairline around a part of the axes, in place of the axes' own."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.add_patch(
        Rectangle(
            (left, 0), width, height, fill=False, edgecolor=FAINT, linewidth=0.5,
            clip_on=False,
        )
    )  # fmt: skip


def _place(figure: Figure, top: float, height: float, width: int) -> Axes:
    """Axes across the figure, so many inches below its upper edge."""
    across, tall = figure.get_size_inches()
    return figure.add_axes(
        (LEFT / across, 1 - (top + height) / tall, ACROSS / across, height / tall)
    )
