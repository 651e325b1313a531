"""Figures of the data: the digits, their counts, their centring, their coding."""

from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lenet_lib.plotting.style import COLOURS, FAINT, INK, styled


def show_digit(axes: Axes, image: np.ndarray, title: str = "") -> None:
    """Draw one grey image (0 is paper) with crisp pixels and a hairline frame."""
    axes.imshow(image, cmap="gray_r")
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, loc="center", pad=3)
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.4, color=FAINT)


@styled
def digits(images: Sequence, titles: Iterable[str] = (), columns: int = 10) -> Figure:
    """A grid of images (n, 28, 28), row by row, each with a short title above it."""
    rows = -(-len(images) // columns)
    titles = list(titles) or [""] * len(images)
    height = 0.62 if not any(titles) else 0.62 + 0.18 * (1 + titles[0].count("\n"))
    figure, grid = plt.subplots(
        rows, columns, figsize=(0.62 * columns, height * rows), squeeze=False
    )
    for axes in grid.flat[len(images) :]:
        axes.axis("off")
    for axes, image, title in zip(grid.flat, images, titles, strict=False):
        show_digit(axes, np.asarray(image), title)
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.02, hspace=0.02)
    return figure


@styled
def codes(images: Sequence, codes: Sequence[Sequence[str]]) -> Figure:
    """Digits (n, 28, 28) in a row; below each its code, rows of ``#`` and ``.``."""
    figure, grid = plt.subplots(
        2, len(images), figsize=(6.6, 1.95), height_ratios=(1, 1.55), squeeze=False
    )
    for axes, image in zip(grid[0], images, strict=True):
        show_digit(axes, np.asarray(image))
    for axes, code in zip(grid[1], codes, strict=True):
        on = np.array([[cell == "#" for cell in row] for row in code])  # (12, 7)
        show_digit(axes, on)
        axes.set_xticks(np.arange(0.5, 6), minor=True)
        axes.set_yticks(np.arange(0.5, 11), minor=True)
        axes.grid(which="minor", color=FAINT, linewidth=0.3)
        axes.tick_params(which="minor", length=0)
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.03, hspace=0.03)
    return figure


@styled
def class_counts(train: Sequence[int], test: Sequence[int]) -> Figure:
    """How many examples of each digit, 0 to 9, two sets side by side."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 2.8))
    for axes, counts, title in ((left, train, "Training"), (right, test, "Test")):
        bars = axes.bar(range(10), counts, width=0.72, color=COLOURS["input"])
        mean = np.mean(counts)
        axes.axhline(mean, color=INK, linewidth=0.7, linestyle=(0, (4, 3)))
        axes.bar_label(
            bars,
            [f"{c:,}" for c in counts],
            rotation=90,
            padding=-32,
            fontsize=9,
            color="white",
        )
        axes.set(title=f"{title} digits: {sum(counts):,}", xticks=range(10), yticks=[])
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="x", length=0)
        axes.set_xlabel("digit (dashed: a tenth of all)")
    return figure


@styled
def centring(mean_image: np.ndarray, centres: np.ndarray) -> Figure:
    """The mean of all images (28, 28) and where their centres of mass lie.

    Args:
        mean_image: mean grey of each pixel.
        centres: centres of mass (n, 2), as row and column, in pixels.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(5.6, 2.75))
    left.set_title("The mean of all digits")
    right.set_title("Their centres of mass")
    extent = (0, 28, 28, 0)
    left.imshow(mean_image, cmap="gray_r", extent=extent)
    box = plt.Rectangle(
        (4, 4), 20, 20, fill=False, linewidth=0.9, edgecolor=COLOURS["convolution"]
    )
    left.add_patch(box)
    left.text(4.2, 3.4, "20 × 20", color=COLOURS["convolution"], fontsize=9)
    for line in (right.axhline, right.axvline):
        line(14, color=INK, linewidth=0.7, linestyle=(0, (4, 3)))
    right.text(14.04, 12.75, "middle of the field", fontsize=9, va="center")
    row, column = centres.T + 0.5  # the middle of a pixel, in the frame's coordinates
    right.plot(column, row, ",", color=COLOURS["output"], alpha=0.25, rasterized=True)
    for axes in (left, right):
        axes.set(xticks=[0, 14, 28], yticks=[0, 14, 28])
        for spine in axes.spines.values():
            spine.set(visible=True, linewidth=0.4, color=FAINT)
    right.set(xlim=(12.6, 15.4), ylim=(15.4, 12.6), xticks=[13, 14, 15])
    right.set(yticks=[13, 14, 15], aspect="equal")
    return figure


@styled
def pixel_values(columns: dict[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Where the pixel values lie under each input coding, one above the other.

    Args:
        columns: for each coding's name, the values that the 256 greys take, and the
            share of pixels that have each grey.
    """
    figure, grid = plt.subplots(
        len(columns), 1, figsize=(6.2, 0.95 * len(columns)), sharex=True, squeeze=False
    )
    for axes, (name, (values, share)) in zip(grid.flat, columns.items(), strict=True):
        mean = (share * values).sum()
        deviation = np.sqrt((share * (values - mean) ** 2).sum())
        axes.hist(
            values,
            bins=24,
            weights=share,
            color=COLOURS["input"],
            edgecolor="white",
            linewidth=0.3,
        )
        axes.set_yscale("log")
        axes.set(ylim=(1e-3, 6), yticks=[])
        axes.minorticks_off()
        axes.spines["left"].set_visible(False)
        axes.hlines(2.2, mean - deviation, mean + deviation, INK, linewidth=1)
        axes.plot(mean, 2.2, "o", color=COLOURS["output"], markersize=5)
        mean = round(mean, 2) + 0.0  # no "-0.00"
        axes.set_title(f"{name}: mean {mean:.2f}, deviation {deviation:.2f}", pad=2)
    axes.set(xlabel="value at the network's input", xlim=(-1.2, 3.4))
    return figure


@styled
def rates(loaders: dict[str, list[float]]) -> Figure:
    """Images per second of each way to load them, on a logarithmic axis."""
    names = list(loaders)
    figure, axes = plt.subplots(figsize=(6.2, 0.5 + 0.42 * len(names)))
    median = [float(np.median(loaders[name])) for name in names]
    colours = [COLOURS["input"]] * (len(names) - 1) + [COLOURS["convolution"]]
    axes.barh(names, median, color=colours, height=0.6)
    for row, value in enumerate(median):
        axes.text(value * 1.12, row, f"{value:,.0f}", va="center", fontsize=9)
    axes.invert_yaxis()
    axes.set(xscale="log", xlim=(1e3, max(median) * 6), xlabel="images per second")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure
