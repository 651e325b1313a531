"""Figures of the zip-code network: its tables, its training, and what it has learnt."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from lenet_lib.plotting.convolution import show_signed
from lenet_lib.plotting.dataset import show_digit
from lenet_lib.plotting.style import COLOURS, FAINT, INK, styled

TRAIN, TEST = COLOURS["convolution"], COLOURS["output"]
DASHES = (0, (4, 3))
HALO = [withStroke(linewidth=3.5, foreground="white")]


@styled
def link_tables(tables: Mapping[str, Sequence[Sequence[int]]]) -> Figure:
    """Which maps of H1 each map of H2 reads, for several schemes side by side.

    Args:
        tables: for each scheme's name, for each map of H2, the maps of H1 it reads.
    """
    figure, grid = plt.subplots(
        1, len(tables), figsize=(2.75 * len(tables), 2.75), squeeze=False
    )
    for axes, (name, table) in zip(grid.flat, tables.items(), strict=True):
        for to, sources in enumerate(table):
            for source in range(12):
                linked = source in sources
                axes.add_patch(
                    Rectangle(
                        (to - 0.42, source - 0.42),
                        0.84,
                        0.84,
                        facecolor=COLOURS["convolution"] if linked else "none",
                        edgecolor=COLOURS["convolution"] if linked else FAINT,
                        linewidth=0.3,
                    )
                )
        axes.set(xlim=(-0.7, 11.7), ylim=(11.7, -0.7), aspect="equal")
        axes.set(xticks=range(12), yticks=range(12), xlabel="map of H2")
        axes.set_title(name)
        axes.tick_params(length=0, labelsize=8)
        axes.spines[:].set_visible(False)
    grid[0, 0].set_ylabel("map of H1")
    return figure


@styled
def passes(history: pd.DataFrame, published: Mapping[str, float]) -> Figure:
    """Mean squared error and errors after each pass, with the paper's last values.

    Args:
        history: one row a pass, with ``train_mse``, ``test_mse``, and ``train_error``
            and ``test_error`` in percent; the index counts passes from 1.
        published: the same four after the last pass.
    """
    figure, grid = plt.subplots(1, 2, figsize=(6.6, 3.0))
    titles = {"mse": "Mean squared error", "error": "Misread digits in percent"}
    for axes, (kind, title) in zip(grid, titles.items(), strict=True):
        for part, colour in (("train", TRAIN), ("test", TEST)):
            values = history[f"{part}_{kind}"]
            axes.plot(values.index, values, "o-", color=colour, markersize=3)
            value = published[f"{part}_{kind}"]
            axes.axhline(value, color=colour, lw=0.8, ls=DASHES, zorder=0)
            shown = f"{value:g} %" if kind == "error" else f"{value:g}"
            left = kind == "mse"  # where the curves are not
            axes.annotate(
                f"1989, {part}: {shown}",
                (1 if left else len(values), value),
                xytext=(0, 2),
                textcoords="offset points",
                fontsize=8.5,
                ha="left" if left else "right",
                color=colour,
                path_effects=HALO,
            )
        axes.set(yscale="log", xlabel="passes", title=title)
        axes.set_ylim(0.6 * min(history.min().filter(like=kind).min(), value), None)
        axes.set_xlim(0, len(history) + 0.6)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    ticks = np.array([1, 2, 5, 10, 20, 50, 100])
    for axes, unit in ((grid[0], 0.001), (grid[1], 0.1)):
        axes.set_yticks(ticks * unit, [f"{tick * unit:g}" for tick in ticks])
        axes.minorticks_off()
    for part, colour, above in (("training", TRAIN, False), ("test", TEST, True)):
        end = history["test_mse" if above else "train_mse"].iloc[-1]
        grid[0].annotate(
            part,
            (len(history), end),
            xytext=(0, 6 if above else -14),
            textcoords="offset points",
            ha="right",
            color=colour,
            path_effects=HALO,
        )
    return figure


@styled
def kernels_and_biases(
    kernels: np.ndarray, biases: np.ndarray, first_biases: np.ndarray
) -> Figure:
    """The kernel of each map of H1, the biases of its units, and what became of them.

    Args:
        kernels: (12, 5, 5).
        biases: (12, 8, 8).
        first_biases: the same before training.
    """
    figure, grid = plt.subplots(3, len(kernels), figsize=(7.6, 2.35), squeeze=False)
    strongest = float(np.abs(biases).max())
    lines = {
        "kernel": (kernels, float(np.abs(kernels).max())),
        "biases": (biases, strongest),
        "learned": (biases - first_biases, strongest),
    }
    for row, (name, (pictures, scale)) in zip(grid, lines.items(), strict=True):
        for axes, picture in zip(row, pictures, strict=True):
            show_signed(axes, picture, "", scale)
        row[0].set_ylabel(name)
    for number, axes in enumerate(grid[0]):
        axes.set_title(f"{number}", loc="center", pad=3)
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.02, hspace=0.02)
    return figure


@styled
def layer_states(states: Mapping[str, np.ndarray], limit: float = 1.7159) -> Figure:
    """What every layer of the zip-code network answers to one digit.

    Args:
        states: ``input`` (16, 16), ``H1`` (12, 8, 8), ``H2`` (12, 4, 4), ``H3`` (30,)
            and ``output`` (10,).
        limit: the state with the strongest colour.
    """
    width, height = 7.6, 2.4  # inches, as are all lengths here
    figure = plt.figure(figsize=(width, height), layout="none")

    def place(left: float, bottom: float, wide: float, high: float) -> Axes:
        box = (left / width, bottom / height, wide / width, high / height)
        return figure.add_axes(box)

    show_digit(place(0.05, 0.82, 1.15, 1.15), np.asarray(states["input"]), "input")
    for name, bottom in (("H1", 1.9), ("H2", 1.36)):
        for number, state in enumerate(np.asarray(states[name])):
            axes = place(1.86 + 0.475 * number, bottom, 0.44, 0.44)
            show_signed(axes, state, "", limit)
    for name, bottom, edge in (("H3", 1.06, 0.189), ("output", 0.36, 0.44)):
        line = np.asarray(states[name])[None]  # (1, units)
        axes = place(1.86, bottom, edge * line.size, edge)
        show_signed(axes, line, "", limit)
    for name, middle in (("H1", 2.12), ("H2", 1.58), ("H3", 1.155), ("output", 0.58)):
        figure.text(1.78 / width, middle / height, name, ha="right", va="center")
    for digit in range(10):
        axes.text(digit, 0.95, f"{digit}", ha="center", va="center", fontsize=9)
    return figure


@styled
def rejection(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    published: Mapping[str, tuple[float, float]],
) -> Figure:
    """Errors on the digits that are kept, against the share of those rejected.

    Args:
        curves: for each network, percent rejected and percent misread of the rest.
        published: points of the same two numbers, by what to call them.
    """
    figure, axes = plt.subplots(figsize=(5.6, 3.0))
    colours = (COLOURS["convolution"], COLOURS["full connection"])
    for (name, (shares, errors)), colour in zip(curves.items(), colours, strict=False):
        axes.step(shares, errors, where="post", color=colour, lw=1.6)
        axes.annotate(
            name,
            (shares[0], errors[0]),
            xytext=(8, 0),
            textcoords="offset points",
            color=colour,
            path_effects=HALO,
        )
    for name, point in published.items():
        axes.plot(*point, "o", color=INK, markersize=4.5)
        axes.annotate(
            name,
            point,
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            path_effects=HALO,
        )
    right = max(share for share, _ in published.values())
    axes.axhline(1, color=INK, lw=0.7, ls=DASHES, zorder=0)
    axes.set(xlim=(0, right + 3), ylim=(0, None))
    axes.set(xlabel="rejected, percent of all", ylabel="misread, percent of the rest")
    return figure
