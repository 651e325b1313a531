"""Figures of LeNet-5's plan: its input, its squashing, its fields, its account."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lenet_lib.plotting.dataset import show_digit
from lenet_lib.plotting.style import COLOURS, FAINT, INK, styled

#: The colour of each layer, by its name in the paper.
LAYER_COLOURS = {
    "C1": COLOURS["convolution"],
    "S2": COLOURS["subsampling"],
    "C3": COLOURS["convolution"],
    "S4": COLOURS["subsampling"],
    "C5": COLOURS["convolution"],
    "F6": COLOURS["full connection"],
    "output": COLOURS["output"],
}


def _frame(
    axes: Axes, corner: tuple[float, float], width: float, colour: str, dashed: bool
) -> None:
    """Outline a square of pixels; images count from -0.5."""
    left, top = corner
    axes.add_patch(
        Rectangle(
            (left - 0.5, top - 0.5),
            width,
            width,
            facecolor="none" if dashed else to_rgba(colour, 0.14),
            edgecolor=colour,
            linewidth=1.0 if dashed else 1.3,
            linestyle=(0, (2.5, 1.5)) if dashed else "-",
            clip_on=False,
        )
    )


@styled
def input_field(image: np.ndarray, first: float, step: float, units: int) -> Figure:
    """A digit in its margin, and the centres of the fields of one map's units.

    Args:
        image: a coded digit, (32, 32).
        first: the first centre, in pixels from the edge of the input.
        step: from one centre to the next.
        units: along an edge of the map.
    """
    figure, axes = plt.subplots(figsize=(3.6, 3.35))
    size = len(image)
    show_digit(axes, np.asarray(image))
    for width, kind, words in (
        (28, "input", "MNIST: 28 × 28"),
        (20, "output", "the middle 20 × 20"),
    ):
        margin = (size - width) / 2
        colour = COLOURS[kind]
        _frame(axes, (margin, margin), width, colour, dashed=True)
        axes.text(margin, margin - 1.1, words, fontsize=8.5, color=colour, va="bottom")
    centres = first + step * np.arange(units) - 0.5  # in the image's coordinates
    across, down = np.meshgrid(centres, centres)
    colour = COLOURS["convolution"]
    axes.plot(across.ravel(), down.ravel(), ".", color=colour, markersize=3.4)
    axes.set_xlabel("dots: centres of the fields of C3's units", color=colour)
    return figure


@styled
def squashing(
    sums: Sequence[float],
    values: Sequence[float],
    slope: Sequence[float],
    bend: Sequence[float],
    peak: float,
) -> Figure:
    """A squashing function with its first and second derivative.

    Args:
        sums: where the three curves are given.
        values: the function there.
        slope: its first derivative.
        bend: its second derivative.
        peak: where the second derivative is largest in size.
    """
    figure, grid = plt.subplots(1, 3, figsize=(6.6, 2.3))
    curves = {"f: the state": values, "f′: its slope": slope, "f″: its bend": bend}
    for axes, (title, curve) in zip(grid, curves.items(), strict=True):
        for at in (-1, 1):
            axes.axvline(at, color=FAINT, linewidth=0.7, linestyle=(0, (4, 3)))
        axes.axhline(0, color=FAINT, linewidth=0.5)
        axes.plot(sums, curve, color=COLOURS["convolution"])
        axes.set(title=title, xticks=[-4, -1, 1, 4], xlabel="weighted sum")
    first, _, last = grid
    first.plot([-1, 1], [-1, 1], "o", color=COLOURS["output"])
    first.set_yticks([-1.7159, -1, 0, 1, 1.7159], ["−1.7159", "−1", "0", "1", "1.7159"])
    at = [-peak, peak]
    last.plot(at, np.interp(at, sums, bend), "o", color=COLOURS["output"])
    return figure


@styled
def subsampling_kinds(
    on: Sequence[int], kinds: Mapping[str, Sequence[float]]
) -> Figure:
    """What a subsampling unit says to 0 to 4 inputs that are on, for some settings.

    Args:
        on: the numbers of inputs that are on, in order.
        kinds: for each setting's name, the states that it gives.
    """
    figure, grid = plt.subplots(1, len(kinds), figsize=(6.4, 2.2), sharey=True)
    for axes, (name, states) in zip(grid, kinds.items(), strict=True):
        axes.axhline(0, color=FAINT, linewidth=0.5)
        axes.vlines(on, 0, states, COLOURS["subsampling"], linewidth=1)
        axes.plot(on, states, "o", color=COLOURS["subsampling"], markersize=6)
        axes.set(title=name, xticks=on, ylim=(-1.95, 1.95), xlim=(-0.5, 4.5))
        axes.set_xlabel("inputs that are on")
    grid[0].set_ylabel("state")
    return figure


@styled
def receptive_fields(
    image: np.ndarray, fields: Mapping[str, tuple[int, int]]
) -> Figure:
    """The field of one unit of each layer, and its right neighbour's, on a digit.

    Args:
        image: a coded digit, (32, 32).
        fields: for each layer's name, the width of its field and its step in pixels.
    """
    figure, grid = plt.subplots(1, len(fields), figsize=(7.2, 1.95))
    size = len(image)
    for axes, (name, (width, step)) in zip(grid, fields.items(), strict=True):
        colour = LAYER_COLOURS[name]
        show_digit(axes, np.asarray(image))
        start = (size - width) // 2 // step * step  # a place where a unit stands
        _frame(axes, (start, start), width, colour, dashed=False)
        if start + width + step <= size:
            _frame(axes, (start + step, start), width, colour, dashed=True)
            words = f"next: {step} further"
        else:
            words = "the whole input"
        axes.set_title(f"{name}: {width} × {width}", color=colour)
        axes.set_xlabel(words, fontsize=9)
    figure.get_layout_engine().set(w_pad=0.02, wspace=0.02)
    return figure


@styled
def accounts(counts: pd.DataFrame) -> Figure:
    """Where the parameters and the connections are: two bars, cut by layers.

    Args:
        counts: a row for each layer, as ``anatomy.count`` gives them.
    """
    figure, axes = plt.subplots(figsize=(6.8, 1.9))
    for row, column in enumerate(("parameters", "connections")):
        total = counts[column].sum()
        left = 0.0
        for name, number in counts[column].items():
            share = 100 * number / total
            axes.barh(
                row,
                share,
                left=left,
                height=0.62,
                color=LAYER_COLOURS[name],
                edgecolor="white",
                linewidth=1,
            )
            if share > 4:
                words = (
                    f"{name}\n{share:.0f} %" if share < 12 else f"{name}: {share:.0f} %"
                )
                axes.text(
                    left + share / 2, row, words, ha="center", va="center",
                    color="white" if name != "F6" else INK, fontsize=9,
                    linespacing=1.0,
                )  # fmt: skip
            left += share
    names = [f"{counts[c].sum():,}\n{c}" for c in ("parameters", "connections")]
    axes.set_yticks([0, 1], names)
    axes.set(xlim=(0, 100), ylim=(1.42, -0.42), xlabel="percent of all")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure
