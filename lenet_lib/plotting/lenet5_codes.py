"""Figures of LeNet-5's output codes: all of them, and how far apart they are."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lenet_lib.plotting.style import COLOURS, FAINT, INK, styled


def show_code(axes: Axes, rows: Sequence[str], limit: float = 1.0) -> None:
    """Draw a code, rows of ``#`` and ``.``, with a hairline frame.

    Its cells are +1 and -1; black stands for ``limit``, white for ``-limit``.
    """
    signs = [[1 if cell == "#" else -1 for cell in row] for row in rows]
    axes.imshow(signs, vmin=-limit, vmax=limit)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.4, color=FAINT)


@styled
def all_codes(codes: Mapping[str, Sequence[str]], columns: int = 16) -> Figure:
    """The codes of all characters, in order, row by row, as the paper prints them."""
    rows = -(-len(codes) // columns)
    figure, grid = plt.subplots(
        rows, columns, figsize=(0.42 * columns, 0.68 * rows), squeeze=False
    )
    for axes in grid.flat[len(codes) :]:
        axes.axis("off")
    for axes, code in zip(grid.flat, codes.values(), strict=False):
        show_code(axes, code)
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.02, hspace=0.02)
    return figure


@styled
def code_distances(distances: np.ndarray) -> Figure:
    """Squared distances between the codes of ten digits; the nearest are shaded most.

    Args:
        distances: (10, 10), zero on the diagonal.
    """
    distances = np.asarray(distances)
    apart = distances[~np.eye(len(distances), dtype=bool)]
    low, high = apart.min(), apart.max()
    figure, axes = plt.subplots(figsize=(4.9, 4.4))
    for (row, column), distance in np.ndenumerate(distances):
        near = 0.0 if row == column else ((high - distance) / (high - low)) ** 1.5
        axes.add_patch(
            Rectangle(
                (column - 0.5, row - 0.5),
                1,
                1,
                linewidth=1,
                edgecolor="white",
                facecolor=to_rgba(COLOURS["output"], round(0.75 * near, 3)),
            )  # fmt: skip
        )
        axes.text(
            column, row, f"{distance:.0f}", ha="center", va="center", fontsize=9,
            color=FAINT if row == column else INK,
        )  # fmt: skip
    ticks = range(len(distances))
    axes.set(xlim=(-0.5, len(ticks) - 0.5), ylim=(len(ticks) - 0.5, -0.5))
    axes.set(xticks=ticks, yticks=ticks, aspect="equal")
    axes.set(xlabel="code of the digit", ylabel="code of the digit")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure
