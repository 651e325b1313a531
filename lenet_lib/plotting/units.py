"""Figures of what single units of LeNet-5 look for: kernels, patches, F6's cells."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lenet_lib.plotting.convolution import show_signed
from lenet_lib.plotting.dataset import show_digit
from lenet_lib.plotting.lenet5 import LAYER_COLOURS
from lenet_lib.plotting.lenet5_codes import show_code
from lenet_lib.plotting.lenet5_states import LIMIT, show_state
from lenet_lib.plotting.style import COLOURS, INK, LETTERING, SIGNED, styled


def _close(figure: Figure) -> None:
    """Let small pictures stand close together."""
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.03, wspace=0.02, hspace=0.02)


@styled
def kernel_maps(
    kernels: Sequence, images: Mapping[str, Sequence], states: Sequence
) -> Figure:
    """The kernels of a first layer, and below each the maps that it makes of images.

    Args:
        kernels: (maps, k, k), of both signs.
        images: coded images (size, size), by a word for each.
        states: of all maps for each image, (images, maps, h, w).
    """
    kernels = np.asarray(kernels)
    rows, columns = 1 + len(images), 1 + len(kernels)
    figure, grid = plt.subplots(rows, columns, figsize=(7.2, 1.03 * rows + 0.3))
    _scale(grid[0, 0])
    strongest = np.abs(kernels).max()
    for number, (axes, kernel) in enumerate(zip(grid[0, 1:], kernels, strict=True)):
        show_signed(axes, kernel, f"map {number}", strongest)
    for line, (word, image), maps in zip(grid[1:], images.items(), states, strict=True):
        show_digit(line[0], np.asarray(image))
        line[0].set_ylabel(word)
        for axes, state in zip(line[1:], maps, strict=True):
            show_signed(axes, np.asarray(state), "", LIMIT)
    _close(figure)
    return figure


def _scale(axes: Axes) -> None:
    """What the two colours mean, in the place of a picture."""
    axes.axis("off")
    bar = axes.inset_axes((0.08, 0.42, 0.84, 0.13))
    bar.imshow([np.linspace(-1, 1, 64)], aspect="auto", cmap=SIGNED)
    bar.set(yticks=[])
    bar.set_xticks([0, 31.5, 63], ["−", "0", "+"])
    bar.tick_params(length=0)
    for spine in bar.spines.values():
        spine.set(visible=True, color=INK, linewidth=0.7)


@styled
def contributions(
    number: int,
    sources: Sequence[int],
    below: Sequence,
    kernels: Sequence,
    parts: Sequence,
    states: Sequence,
) -> Figure:
    """How one map of C3 comes about: what it reads, how it weighs that, what each adds.

    Args:
        number: of the map of C3.
        sources: the numbers of the maps of S2 that it reads.
        below: these maps, (sources, h, w).
        kernels: one for each, (sources, k, k).
        parts: what each adds to the weighted sum, (sources, h', w').
        states: of the map itself, (h', w').
    """
    rows = [np.asarray(row) for row in (below, kernels, parts)]
    columns = 1 + len(sources)
    figure, grid = plt.subplots(3, columns, figsize=(1.03 * columns, 3.4))
    scales = (LIMIT, np.abs(rows[1]).max(), np.abs(rows[2]).max())
    words = ("S2", "kernel", "adds")
    for line, row, scale, word in zip(grid, rows, scales, words, strict=True):
        for axes, picture in zip(line, row, strict=False):
            show_signed(axes, picture, "", scale)
        line[0].set_ylabel(word)
    for axes, source in zip(grid[0], sources, strict=False):
        axes.set_title(f"map {source}", loc="center", pad=3)
    _scale(grid[0, -1])
    grid[1, -1].axis("off")
    show_signed(grid[2, -1], np.asarray(states), f"C3, map {number}", LIMIT)
    _close(figure)
    return figure


#: Digits (n, 32, 32), the corners of the fields in them (n, 2), and two mean patches.
Found = tuple[Sequence, Sequence, Sequence, Sequence]


@styled
def waiting_for(units: Mapping[tuple[str, int], Found]) -> Figure:
    """For each unit the digits that excite it most, framed where, and mean patches.

    Args:
        units: for a layer's name and a map's number the coded digits (n, 32, 32), the
            row and column where each field begins (n, 2), the mean of the patches that
            excite the map most (size, size), and of those that do so least.
    """
    shown = len(next(iter(units.values()))[0])
    figure, grid = plt.subplots(
        len(units), 1 + shown + 2, figsize=(7.2, 0.9 * len(units) + 0.35),
        width_ratios=(0.72, *[1] * (shown + 2)), squeeze=False,
    )  # fmt: skip
    for ((layer, number), found), (label, *line) in zip(
        units.items(), grid, strict=True
    ):
        images, corners, *means = found
        size = len(means[0])
        colour = LAYER_COLOURS[layer]
        lettering = LETTERING[colour]
        label.axis("off")
        at = {"transform": label.transAxes, "va": "center", "linespacing": 1.1}
        label.text(0, 0.68, layer, fontsize=11, color=lettering, **at)
        words = f"map {number}\n{size} × {size}"
        label.text(0, 0.34, words, fontsize=8.5, **at)
        for axes, image, corner in zip(line, images, corners, strict=False):
            show_digit(axes, np.asarray(image))
            row, column = np.asarray(corner)
            axes.add_patch(
                Rectangle(
                    (column - 0.5, row - 0.5), size, size, facecolor="none",
                    edgecolor=colour, linewidth=1.3, clip_on=False,
                )
            )  # fmt: skip
        for axes, patch in zip(line[-2:], means, strict=True):
            show_digit(axes, np.asarray(patch))
            axes.images[0].set_clim(-0.1, 1.175)  # paper and ink, as LeNet-5 has them
            for spine in axes.spines.values():
                spine.set(color=colour, linewidth=1.3)
    grid[0, 1].set_title("excited most by", pad=3)
    for axes, word in zip(grid[0, -2:], ("mean, most", "least"), strict=True):
        axes.set_title(word, loc="center", pad=3)
    _close(figure)
    # The layout's solver may differ in the last bit from call to call.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(np.round(axes.get_position().bounds, 6))
    return figure


@styled
def f6_classes(
    codes: Sequence[Sequence[str]],
    means: Sequence,
    images: Sequence,
    features: Sequence,
    answers: Sequence[int],
) -> Figure:
    """For each digit its code, F6's mean, and F6 for a misread one, wrong cells dotted.

    Args:
        codes: of the ten digits, rows of ``#`` and ``.``.
        means: the mean state of F6 for each digit, (10, 84).
        images: a misread digit of each, (10, 28, 28).
        features: what F6 says to these, (10, 84).
        answers: as what each is read.
    """
    figure, grid = plt.subplots(
        4, len(codes), figsize=(7.2, 5.1), height_ratios=(12, 12, 7, 12)
    )
    for digit, (code, mean, image, feature) in enumerate(grid.T):
        colour = LAYER_COLOURS["F6"]
        show_code(code, codes[digit], LIMIT)
        code.set_title(str(digit), loc="center", pad=3)
        show_state(mean, np.asarray(means[digit]).reshape(12, 7), colour, LIMIT)
        show_digit(image, np.asarray(images[digit]))
        drawn = np.asarray(features[digit]).reshape(12, 7)
        show_state(feature, drawn, colour, LIMIT)
        black = np.array([[cell == "#" for cell in row] for row in codes[digit]])
        rows, columns = np.nonzero((drawn > 0) != black)
        feature.plot(columns, rows, "o", color=COLOURS["output"], markersize=2.6)
        feature.set_title(f"→ {answers[digit]}", loc="center", pad=3)
        feature.set_xlabel(f"{84 - len(rows)}", labelpad=3)
    for axes, words in zip(
        grid[:, 0], ("code", "F6, mean", "misread", "F6"), strict=True
    ):
        axes.set_ylabel(words, fontsize=9)
    _close(figure)
    return figure
