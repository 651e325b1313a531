"""Figures of LeNet-5's steps: how long they are, and what a shortcut leaves out."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from lenet_lib.plotting.lenet5 import LAYER_COLOURS
from lenet_lib.plotting.style import COLOURS, INK, styled

DASHES = (0, (4, 3))
HALO = [withStroke(linewidth=3.5, foreground="white")]


@styled
def step_sizes(
    rates: Sequence[float],
    sizes: Mapping[str, np.ndarray],
    published: tuple[float, float],
) -> Figure:
    """The global rate of each pass, and the steps of single weights in the first.

    Args:
        rates: global rates, one a pass.
        sizes: for each layer, the step sizes of all its weights and biases.
        published: the smallest and the largest step in the paper's first pass.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.6, 2.9))
    ends = np.arange(len(rates) + 1) + 0.5
    left.stairs(rates, ends, baseline=None, color=COLOURS["convolution"], lw=1.6)
    left.set(yscale="log", xlabel="pass", title="Global rate η")
    left.set(xlim=(0, len(rates) + 1), xticks=[1, 5, 10, 15, 20])
    ticks = sorted(set(rates))
    left.set_yticks(ticks, [f"{tick:.5f}".rstrip("0") for tick in ticks])
    left.minorticks_off()
    for row, (name, values) in enumerate(sizes.items()):
        low, first, middle, third, high = np.percentile(values, [0, 25, 50, 75, 100])
        colour = LAYER_COLOURS[name]
        right.hlines(row, low, high, colour, linewidth=1)
        right.hlines(row, first, third, colour, linewidth=5)
        right.plot(middle, row, "o", color="white", markersize=2.5)
    for value, side in zip(published, ("left", "right"), strict=True):
        right.axvline(value, color=INK, linewidth=0.8, linestyle=DASHES, zorder=0)
        number = f"{value:g}" if value >= 1e-4 else f"{value:.5f}"
        words = {"fontsize": 8.5, "ha": side, "va": "bottom"}
        right.text(value, -0.62, f" {number} in 1998 ", **words)
    right.set(xscale="log", ylim=(len(sizes) - 0.5, -1.25))
    right.set_yticks(range(len(sizes)), list(sizes))
    right.set(xlabel="step size in pass 1", title="Steps of single weights")
    right.tick_params(axis="y", length=0)
    right.spines["left"].set_visible(False)
    return figure


@styled
def curvature_found(
    shares: Mapping[str, Mapping[str, tuple[float, float]]],
) -> Figure:
    """What part of the true curvature a shortcut finds, layer by layer.

    Args:
        shares: for each state of the network, for each layer, the part that the
            recursion finds, and the part that is left if only the sharing of weights
            is disregarded.
    """
    figure, grid = plt.subplots(1, len(shares), figsize=(6.6, 2.5), sharey=True)
    for axes, (title, layers) in zip(np.atleast_1d(grid), shares.items(), strict=True):
        for row, (name, (found, unshared)) in enumerate(layers.items()):
            axes.barh(row, found, color=LAYER_COLOURS[name], height=0.62)
            axes.vlines(unshared, row - 0.4, row + 0.4, INK, linewidth=1.2)
            axes.text(
                max(found, unshared) + 0.03, row, f"{found:.2f}", fontsize=9,
                va="center", path_effects=HALO,
            )  # fmt: skip
        axes.axvline(1, color=INK, linewidth=0.8, linestyle=DASHES, zorder=0)
        axes.set(title=title, xlim=(0, 1.32), xticks=[0, 0.5, 1])
        axes.set_yticks(range(len(layers)), list(layers))
        axes.set_xlabel("recursion / exact")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    return figure
