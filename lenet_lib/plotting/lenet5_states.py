"""Figures of what LeNet-5 says to a digit: every state, and F6 beside its codes."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from lenet_lib.plotting.dataset import show_digit
from lenet_lib.plotting.lenet5 import LAYER_COLOURS
from lenet_lib.plotting.lenet5_codes import show_code
from lenet_lib.plotting.style import COLOURS, FAINT, INK, LETTERING, styled

LIMIT = 1.7159  # no state is larger
# Lengths in inches on the page.
LABEL = 0.82  # the column of the layers' names
WIDTH = 6.4  # of the maps
GAP = 0.17  # between two rows
ROW = 0.6  # at least, from one row to the next: three lines of words


def show_state(axes: Axes, state: np.ndarray, colour: str, limit: float) -> None:
    """Draw a map of states, dark for high ones, in a frame of the layer's colour."""
    axes.imshow(np.asarray(state), vmin=-limit, vmax=limit, cmap="gray_r")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.8, color=colour)


@styled
def network_states(
    states: Mapping[str, np.ndarray], codes: Sequence[Sequence[str]]
) -> Figure:
    """All states of LeNet-5 for one digit, from its input to the ten distances.

    Args:
        states: what ``LeNet5.states`` gives for one digit, without the batch:
            ``input`` (1, 32, 32), ``C1`` (6, 28, 28) and so on to ``output`` (10,).
        codes: the codes of the ten digits, rows of ``#`` and ``.``.
    """
    states = {name: np.asarray(state) for name, state in states.items()}
    rows = {  # the edge of a map, the distance to the next, on the page
        "input": (0.92, 0), "C1": (0.92, WIDTH / 6), "S2": (0.92, WIDTH / 6),
        "C3": (0.355, WIDTH / 16), "S4": (0.355, WIDTH / 16),
    }  # fmt: skip
    c5 = (0.48, WIDTH)  # 3 rows of 40 units
    last = 1.32  # F6, the nearest code, the distances
    height = (
        sum(max(edge + GAP, ROW) for edge, _ in rows.values())
        + c5[0]
        + GAP
        + last
        + 0.42
    )
    width = LABEL + WIDTH
    figure = plt.figure(figsize=(width, height), layout="none")
    top = height - 0.04

    def place(left: float, down: float, wide: float, high: float) -> Axes:
        bottom = (down - high) / height
        return figure.add_axes((left / width, bottom, wide / width, high / height))

    def label(name: str, down: float, words: str) -> None:
        colour = LAYER_COLOURS.get(name, COLOURS["input"])
        at = {"x": 0, "va": "top", "ha": "left"}
        at["color"] = LETTERING[colour]
        figure.text(y=down / height, s=name, fontsize=11, **at)
        at |= {"y": (down - 0.17) / height, "color": INK}
        figure.text(s=words, fontsize=8.5, linespacing=1.1, **at)

    for name, (edge, step) in rows.items():
        maps = states[name]
        many = f"{len(maps)} maps" if len(maps) > 1 else "1 image"
        words = f"{many}\n{maps.shape[-1]} × {maps.shape[-1]}"
        label(name, top, words)
        colour = LAYER_COLOURS.get(name, COLOURS["input"])
        for number, state in enumerate(maps):
            axes = place(LABEL + number * step, top, edge, edge)
            show_state(axes, state, colour, LIMIT)
        if name == "input":
            _scale(place(LABEL + edge + 0.35, top - 0.3, 1.6, 0.1))
        top -= max(edge + GAP, ROW)
    label("C5", top, "120 units")
    axes = place(LABEL, top, WIDTH * 0.995, c5[0])
    show_state(axes, states["C5"].reshape(3, 40), LAYER_COLOURS["C5"], LIMIT)
    top -= c5[0] + GAP
    label("F6", top, "84 units\nas 7 × 12")
    nearest = int(states["output"].argmin())
    axes = place(LABEL, top, last * 7 / 12, last)
    show_state(axes, states["F6"].reshape(12, 7), LAYER_COLOURS["F6"], LIMIT)
    axes.set_xlabel("F6 says", fontsize=9)
    axes = place(LABEL + 1.0, top, last * 7 / 12, last)
    show_code(axes, codes[nearest], LIMIT)
    axes.set_xlabel(f"the code of {nearest}", fontsize=9)
    _distances(
        place(LABEL + 2.3, top - 0.12, WIDTH - 2.35, last - 0.12), states, nearest
    )
    return figure


def _scale(axes: Axes) -> None:
    """What the greys mean."""
    axes.imshow([np.linspace(-1, 1, 64)], aspect="auto", cmap="gray_r")
    axes.set(yticks=[])
    axes.set_xticks([0, 31.5, 63], ["−1.7", "0", "+1.7"])
    axes.set_title("state of a unit", fontsize=9, pad=3)
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.4, color=FAINT)


def _distances(axes: Axes, states: Mapping[str, np.ndarray], nearest: int) -> None:
    """The ten outputs as bars; the smallest is the answer."""
    outputs = states["output"]
    colour = COLOURS["output"]
    colours = [to_rgba(colour, 1.0 if i == nearest else 0.35) for i in range(10)]
    bars = axes.bar(range(10), outputs, color=colours, width=0.7)
    axes.bar_label(
        bars, [f"{y:.{int(y < 9.95)}f}" for y in outputs], fontsize=9, padding=1
    )
    axes.set(xticks=range(10), yticks=[], ylim=(0, outputs.max() * 1.15))
    axes.set_title("output: squared distance to each code", color=colour)
    axes.set_xlabel("digit (the smallest distance wins)", fontsize=9)
    axes.spines["left"].set_visible(False)
    axes.tick_params(length=0)


@styled
def f6_pictures(
    images: Sequence,
    features: Sequence,
    codes: Sequence[Sequence[str]],
    titles: Sequence[str],
) -> Figure:
    """Digits in a row; below each what F6 says to it, and the code it is nearest to.

    Args:
        images: grey images, (n, 28, 28).
        features: states of F6, (n, 84).
        codes: for each digit the code of the network's answer.
        titles: a short line for each.
    """
    figure, grid = plt.subplots(
        3, len(images), figsize=(0.82 * len(images), 3.6),
        height_ratios=(1, 1.6, 1.6), squeeze=False,
    )  # fmt: skip
    for column, image in enumerate(images):
        show_digit(grid[0, column], np.asarray(image), titles[column])
        picture = np.asarray(features[column]).reshape(12, 7)
        show_state(grid[1, column], picture, LAYER_COLOURS["F6"], LIMIT)
        show_code(grid[2, column], codes[column], LIMIT)
    for row, words in enumerate(("digit", "F6", "nearest code")):
        grid[row, 0].set_ylabel(words, fontsize=9)
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.03, hspace=0.03)
    return figure


@styled
def differences(spreads: Mapping[str, Mapping[str, float]]) -> Figure:
    """How much states differ from digit to digit, layer by layer, on a log axis.

    Args:
        spreads: for each way to draw the first weights, each layer's spread.
    """
    figure, axes = plt.subplots(figsize=(6.2, 2.9))
    colours = (COLOURS["output"], COLOURS["convolution"])
    for (name, values), colour in zip(spreads.items(), colours, strict=False):
        places, heights = range(len(values)), list(values.values())
        axes.plot(places, heights, "-o", color=colour)
        axes.annotate(
            name, (places[-1], heights[-1]), xytext=(8, 0), color=colour,
            textcoords="offset points", va="center", annotation_clip=False,
        )  # fmt: skip
    axes.set_xticks(list(places), list(values))
    axes.set(yscale="log", ylabel="standard deviation\nfrom digit to digit")
    axes.minorticks_off()
    axes.set_xlim(-0.3, len(values) - 1 + 1.3)
    return figure
