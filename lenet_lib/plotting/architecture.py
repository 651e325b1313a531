"""A network drawn as the papers draw it: stacks of maps, to scale, from left to right.

The sizes are not typed in: an image is sent through the network, and each layer is
drawn as the tensor that it gave. So the figure cannot disagree with the code.
"""

from dataclasses import dataclass, replace

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, ConnectionPatch, Rectangle
from torch import Tensor, nn

from lenet_lib.plotting.style import COLOURS, INK, styled

# All lengths are inches on the page.
PIXEL = 0.038  # one pixel of a map
SHIFT = 0.075  # from one map of a stack to the next
GAP = 0.5  # between two stacks
UNIT = 0.062  # radius of an output unit
UNIT_STEP = 0.16  # between two output units


@dataclass(frozen=True)
class Stage:
    """One tensor on its way through the network, and the layer that made it."""

    kind: str  #: a key of COLOURS
    operation: str  #: what made it, in words; "" for the input
    field: int  #: width of the window that one unit sees in the stage before
    maps: int
    size: int  #: pixels along an edge; 1 for plain units


def stages(network: nn.Module, size: int) -> list[Stage]:
    """Send one blank image through the network and note what each layer gives.

    Args:
        network: convolutions, average poolings and linear layers, called in order.
        size: pixels along an edge of the input image.
    """
    found = [Stage("input", "", 0, 1, size)]

    def note(layer: nn.Module, _: tuple, output: Tensor) -> None:
        maps, edge = output.shape[1], output.shape[2] if output.dim() == 4 else 1
        if isinstance(layer, nn.Conv2d):
            field = layer.kernel_size[0]
            words = f"convolution\n{field} × {field}"
            found.append(Stage("convolution", words, field, maps, edge))
        elif isinstance(layer, nn.AvgPool2d):
            window = layer.kernel_size
            field = window if isinstance(window, int) else window[0]
            words = f"average of\n{field} × {field}"
            found.append(Stage("subsampling", words, field, maps, edge))
        elif isinstance(layer, nn.Linear):
            found.append(Stage("full connection", "full\nconnection", 0, maps, edge))

    hooks = [layer.register_forward_hook(note) for layer in network.modules()]
    try:
        with torch.no_grad():
            network(torch.zeros(1, 1, size, size))
    finally:
        for hook in hooks:
            hook.remove()
    found[-1] = replace(found[-1], kind="output")
    return found


@styled
def architecture(network: nn.Module, image: Tensor) -> Figure:
    """Draw a network of convolutions, average poolings and one final full connection.

    Args:
        network: called with inputs of shape (1, 1, size, size).
        image: what to show as the input, (size, size), 0 for paper.
    """
    parts = stages(network, len(image))
    figure, axes = plt.subplots()
    axes.set_aspect("equal")
    axes.axis("off")
    left = 0.0
    previous: tuple[Stage, float] | None = None
    for stage in parts:
        if previous is not None:
            _draw_link(axes, previous, (stage, left))
        _draw_stage(axes, stage, left)
        if stage.kind == "input":
            edge = stage.size * PIXEL
            extent = (left, left + edge, -edge / 2, edge / 2)
            axes.imshow(
                np.asarray(image), cmap="gray_r", extent=extent, alpha=0.8, zorder=1.5
            )
        previous = (stage, left)
        left += _width(stage) + GAP
    right = left - GAP + 0.2
    top, bottom = 1.02, -1.12
    axes.set(xlim=(-0.05, right), ylim=(bottom, top))
    figure.set_size_inches(right + 0.05, top - bottom)
    return figure


def _width(stage: Stage) -> float:
    if stage.size == 1:
        return 2 * UNIT
    return stage.size * PIXEL + (stage.maps - 1) * SHIFT


def _front(stage: Stage, left: float) -> tuple[float, float]:
    """The lower left corner of the frontmost map of a stack centred on height 0."""
    edge, depth = stage.size * PIXEL, (stage.maps - 1) * SHIFT
    return left + depth, -edge / 2 - depth / 4


def _draw_stage(axes: Axes, stage: Stage, left: float) -> None:
    colour = COLOURS[stage.kind]
    if stage.size == 1:
        heights = [
            (stage.maps - 1) / 2 * UNIT_STEP - i * UNIT_STEP for i in range(stage.maps)
        ]
        for digit, height in enumerate(heights):
            axes.add_patch(
                Circle(
                    (left + UNIT, height),
                    UNIT,
                    facecolor="white",
                    edgecolor=colour,
                    linewidth=1,
                )
            )
            axes.text(
                left + 3 * UNIT, height, str(digit), fontsize=8, va="center", color=INK
            )
        label = f"{stage.maps} units"
    else:
        x, y = _front(stage, left)
        edge = stage.size * PIXEL
        for behind in reversed(range(stage.maps)):
            axes.add_patch(
                Rectangle(
                    (x - behind * SHIFT, y + behind * SHIFT / 2),
                    edge,
                    edge,
                    facecolor="white",
                    edgecolor=colour,
                    linewidth=0.9,
                )
            )
        many = f"{stage.maps} maps" if stage.maps > 1 else "input"
        label = f"{many}\n{stage.size} × {stage.size}"
    middle = left + _width(stage) / 2
    axes.text(
        middle,
        0.98,
        label,
        ha="center",
        va="top",
        fontsize=9,
        color=INK,
        linespacing=1.1,
    )


def _draw_link(
    axes: Axes, source: tuple[Stage, float], target: tuple[Stage, float]
) -> None:
    """Show what one unit of the target sees, and name the operation below."""
    (before, before_left), (after, after_left) = source, target
    colour = COLOURS[after.kind]
    x, y = _front(before, before_left)
    edge = before.size * PIXEL
    field = (after.field or before.size) * PIXEL
    # The window sits to the upper right, as in the papers; a full connection sees all.
    wx, wy = (x + 0.62 * (edge - field), y + 0.7 * (edge - field))
    if after.field:
        window = Rectangle((wx, wy), field, field, edgecolor=colour, linewidth=1)
        window.set(facecolor=to_rgba(colour, 0.18), zorder=3)  # above the image
        axes.add_patch(window)
        tx, ty = _front(after, after_left)
        target_edge = after.size * PIXEL
        goal = (tx + 0.25 * target_edge, ty + 0.72 * target_edge)
        ends = [goal, goal]
    else:
        tops = (after.maps - 1) / 2 * UNIT_STEP
        ends = [(after_left, tops), (after_left, -tops)]
    corners = [(wx + field, wy + field), (wx + field, wy)]
    for corner, end in zip(corners, ends, strict=True):
        axes.add_patch(
            ConnectionPatch(corner, end, "data", color=colour, linewidth=0.6, zorder=5)
        )
    if after.field:
        axes.plot(*goal, marker="s", markersize=2.4, color=colour, zorder=6)
    middle = (before_left + _width(before) + after_left) / 2
    axes.text(
        middle,
        -1.08,
        after.operation,
        ha="center",
        va="bottom",
        fontsize=9,
        color=colour,
        linespacing=1.1,
    )
