"""A network drawn as the papers draw it: stacks of maps, to scale."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, ConnectionPatch, Rectangle
from torch import Tensor, nn

from lenet_lib.plotting.stages import Stage, stages
from lenet_lib.plotting.style import COLOURS, INK, LETTERING, styled

# All lengths are inches on the page.
INPUT = 1.064  # edge of the input; it sets the scale of all maps
SHIFT = 0.075  # from one map of a stack to the next
DEPTH = 0.42  # of a deep stack, whose maps stand closer
GAP, WIDE_GAP = 0.45, 0.62  # before a stack of maps, before plain units
UNIT = 0.062  # radius of an output unit
UNIT_STEP = 0.16  # between two output units
CELL = 0.066  # edge of a unit in a block of many
TOP, BOTTOM = 1.15, -1.12


@styled
def architecture(network: nn.Module, image: Tensor) -> Figure:
    """Draw a network of convolutions, subsampling layers and plain units.

    Args:
        network: called with inputs of shape (1, 1, size, size).
        image: what to show as the input, (size, size), the lowest value for paper.
    """
    parts = stages(network, len(image))
    pixel = INPUT / parts[0].size
    figure, axes = plt.subplots()
    axes.set_aspect("equal")
    axes.axis("off")
    right = 0.0
    row: list[_Drawn] = []
    for stage in parts:
        gap = 0.0 if not row else GAP if stage.size > 1 else WIDE_GAP
        row.append(_Drawn(stage, right + gap, pixel))
        right = row[-1].left + row[-1].width
    right += 0.2  # the digits beside the outputs
    # A long figure is shown smaller: its words must stay readable.
    plt.rcParams["font.size"] = 9 * max(1, min(right / 7.6, 1.15))
    for before, after in zip(row, row[1:], strict=False):
        _link(axes, before, after)
    for drawn in row:
        drawn.draw(axes)
    extent = (0, INPUT, -INPUT / 2, INPUT / 2)
    axes.imshow(np.asarray(image), cmap="gray_r", extent=extent, alpha=0.8, zorder=1.5)
    axes.set(xlim=(-0.05, right), ylim=(BOTTOM, TOP))
    figure.set_size_inches(right + 0.05, TOP - BOTTOM)
    return figure


class _Drawn:
    """A stage at its place on the page: a stack of maps, a block or a row of units."""

    def __init__(self, stage: Stage, left: float, pixel: float):
        self.stage, self.left, self.pixel = stage, left, pixel
        self.colour = COLOURS[stage.kind]
        self.edge = stage.size * pixel
        self.shift = min(SHIFT, DEPTH / max(stage.maps - 1, 1))
        self.depth = (stage.maps - 1) * self.shift
        self.rows = -(-stage.maps // stage.columns)

    @property
    def is_maps(self) -> bool:
        return self.stage.size > 1

    @property
    def width(self) -> float:
        if self.is_maps:
            return self.edge + self.depth
        if self.stage.kind == "output":
            return 2 * UNIT
        return self.stage.columns * CELL

    @property
    def height(self) -> float:
        """Of the units, which are centred on height 0."""
        if self.stage.kind == "output":
            return (self.stage.maps - 1) * UNIT_STEP
        return self.rows * CELL

    @property
    def front(self) -> tuple[float, float]:
        """The lower left corner of the frontmost map of a stack."""
        return self.left + self.depth, -self.edge / 2 - self.depth / 4

    def draw(self, axes: Axes) -> None:
        if self.is_maps:
            self._draw_maps(axes)
        elif self.stage.kind == "output":
            self._draw_outputs(axes)
        else:
            self._draw_units(axes)
        axes.text(
            self.left + self.width / 2, TOP - 0.02, self.stage.title,
            ha="center", va="top", color=INK, linespacing=1.1,
        )  # fmt: skip

    def _draw_maps(self, axes: Axes) -> None:
        x, y = self.front
        for behind in reversed(range(self.stage.maps)):
            corner = (x - behind * self.shift, y + behind * self.shift / 2)
            outline = Rectangle(corner, self.edge, self.edge, edgecolor=self.colour)
            outline.set(facecolor="white", linewidth=0.9 if self.shift > 0.04 else 0.6)
            axes.add_patch(outline)

    def _draw_outputs(self, axes: Axes) -> None:
        for digit in range(self.stage.maps):
            height = self.height / 2 - digit * UNIT_STEP
            unit = Circle((self.left + UNIT, height), UNIT, edgecolor=self.colour)
            unit.set(facecolor="white", linewidth=1)
            axes.add_patch(unit)
            axes.text(
                self.left + 3 * UNIT, height, str(digit),
                fontsize=8, va="center", color=INK,
            )  # fmt: skip

    def _draw_units(self, axes: Axes) -> None:
        for unit in range(self.stage.maps):
            row, column = divmod(unit, self.stage.columns)
            x = self.left + column * CELL
            y = self.height / 2 - (row + 1) * CELL
            cell = Rectangle((x, y), CELL, CELL, edgecolor=self.colour)
            cell.set(facecolor="white", linewidth=0.6)
            axes.add_patch(cell)


def _link(axes: Axes, before: _Drawn, after: _Drawn) -> None:
    """Show what one unit of the later stage sees, and name the operation below."""
    colour = after.colour
    corners = _seen(axes, before, after)
    if after.is_maps:
        x, y = after.front
        goal = (x + 0.25 * after.edge, y + 0.72 * after.edge)
        axes.plot(*goal, marker="s", markersize=2.4, color=colour, zorder=6)
        ends = [goal, goal]
    else:
        ends = [(after.left, after.height / 2), (after.left, -after.height / 2)]
    for corner, end in zip(corners, ends, strict=True):
        line = ConnectionPatch(corner, end, "data", color=colour, linewidth=0.6)
        line.set_zorder(5)
        axes.add_patch(line)
    middle = (before.left + before.width + after.left) / 2
    axes.text(
        middle, BOTTOM + 0.04, after.stage.operation,
        ha="center", va="bottom", color=LETTERING[colour], linespacing=1.1,
    )  # fmt: skip


def _seen(axes: Axes, before: _Drawn, after: _Drawn) -> list[tuple[float, float]]:
    """Mark what a unit sees; give the two right-hand corners that lines start from."""
    if not before.is_maps:
        right = before.left + before.width
        return [(right, before.height / 2), (right, -before.height / 2)]
    x, y = before.front
    field = (after.stage.field or before.stage.size) * before.pixel
    # The window sits to the upper right, as in the papers; a full connection sees all.
    wx, wy = x + 0.62 * (before.edge - field), y + 0.7 * (before.edge - field)
    if after.stage.field:
        window = Rectangle((wx, wy), field, field, edgecolor=after.colour, linewidth=1)
        window.set(facecolor=to_rgba(after.colour, 0.18), zorder=3)  # above the image
        axes.add_patch(window)
    return [(wx + field, wy + field), (wx + field, wy)]
