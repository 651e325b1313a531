"""The line reader as a still picture: a line, what is said along it, and the string."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from lenet_lib.plotting.style import COLOURS, INK, LETTERING, styled
from lenet_lib.strings.grammar import BLANK
from lenet_lib.strings.sweep import STEP, WINDOW
from lenet_lib.strings.viterbi import Path

_WIDTH, _NAMES = 6.8, 0.5  # inches: the line, and the classes' names before it
_ROW = 0.16  # inches: one class of the heat map


@styled
def line_picture(line: np.ndarray, shares: np.ndarray, path: Path) -> Figure:
    """A line above a heat map of its windows' posteriors, with the path drawn into it.

    Args:
        line: (32, width), from 0 for paper to 1 for ink.
        shares: the posterior of ten digits and the blank at each step, (11, steps).
        path: what is read.
    """
    rows, width = line.shape
    classes, steps = shares.shape
    strip, heat = _WIDTH * rows / width, classes * _ROW
    figure = plt.figure(figsize=(_NAMES + _WIDTH, strip + heat + 0.6), layout="none")
    grid = figure.add_gridspec(
        2,
        1,
        height_ratios=[strip, heat],
        left=_NAMES / (_NAMES + _WIDTH),
        right=1,
        top=1,
        bottom=0.5 / (strip + heat + 0.6),
        hspace=0.15 / (strip + heat),
    )
    above = figure.add_subplot(grid[0])
    below = figure.add_subplot(grid[1], sharex=above)
    look = {"vmin": 0, "vmax": 1, "aspect": "auto", "interpolation": "none"}
    above.imshow(line, cmap="gray_r", extent=(0, width, rows, 0), **look)
    middles = WINDOW / 2 + STEP * np.arange(steps)
    ends = (middles[0] - STEP / 2, middles[-1] + STEP / 2)
    paper_to_ink = LinearSegmentedColormap.from_list("", ["white", COLOURS["output"]])
    place = (*ends, classes - 0.5, -0.5)
    below.imshow(shares, cmap=paper_to_ink, extent=place, **look)
    below.plot(middles, path.classes, color=INK, linewidth=1)
    names = [str(k) if k != BLANK else "none" for k in range(classes)]
    below.set_yticks(range(classes), names, fontsize=8)
    below.tick_params(length=0)
    for axes in (above, below):
        axes.set_xticks([])
        axes.set_xlim(0, width)
    for spine in (*above.spines.values(), *below.spines.values()):
        spine.set_visible(False)
    above.set_yticks([])
    for letter, (first, last) in zip(path.text, path.places, strict=True):
        middle = (middles[first] + middles[last]) / 2
        below.plot(
            [middles[first] - STEP / 2, middles[last] + STEP / 2],
            [classes - 0.1] * 2,
            color=COLOURS["output"],
            clip_on=False,
        )
        below.text(
            middle,
            classes + 0.2,
            letter,
            ha="center",
            va="top",
            fontsize=18,
            color=LETTERING[COLOURS["output"]],
        )
    return figure
