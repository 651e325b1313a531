"""LeNet-5 swept over a line: the same weights as one wide convolutional network.

Where two windows overlap, most of what LeNet-5 computes in them is the same. Given the
whole line at once, its layers compute each state a single time; C5, F6 and the output
become maps with one row. P98, section VII, calls this a space displacement neural
network.
"""

import torch
from torch import Tensor

from lenet_lib.anatomy import connections as layer_connections
from lenet_lib.anatomy import input_shapes, receptive_field
from lenet_lib.models import LeNet5

#: Pixels along an edge of LeNet-5's window, and from one place of it to the next: S2
#: and S4 halve their maps, so the output moves in steps of four pixels.
WINDOW, STEP = 32, 4


def steps(width: int) -> int:
    """How many places a window has on a line of so many pixels: (width - 32) // 4 + 1.

    Raises:
        ValueError: if the line is narrower than one window.
    """
    if width < WINDOW:
        raise ValueError(
            f"A line must be at least {WINDOW} pixels wide, one window, got {width}."
        )
    return (width - WINDOW) // STEP + 1


def middles(width: int) -> Tensor:
    """The middle of each window on a line, (steps,), in pixels from its left edge."""
    return WINDOW // 2 + STEP * torch.arange(steps(width))


def sweep_states(network: LeNet5, line: Tensor) -> dict[str, Tensor]:
    """Every layer's states over a line, by the layer's name, ``"input"`` first.

    Args:
        network: a ``LeNet5`` or ``StringLeNet5``.
        line: coded lines, (n, 1, 32, width), of at least 32 pixels.

    Returns:
        Maps (n, maps, rows, columns); for ``"output"`` penalties (n, classes, steps).

    Raises:
        ValueError: if the line has another shape, or is not of the network's type.
    """
    x = {"input": _checked(network, line)}  # (n, 1, 32, width)
    for name in ("C1", "S2", "C3", "S4", "C5"):
        before = list(x.values())[-1]
        x[name] = network.squash(getattr(network, name)(before))
    at_each = x["C5"].squeeze(2).transpose(1, 2)  # (n, steps, 120)
    features = network.squash(network.F6(at_each))  # (n, steps, 84): 1x1 windows
    x["F6"] = features.transpose(1, 2).unsqueeze(2)  # (n, 84, 1, steps)
    penalties = network.output(features.flatten(0, 1))  # (n * steps, classes)
    x["output"] = penalties.unflatten(0, features.shape[:2]).transpose(1, 2)
    return x


def sweep(network: LeNet5, line: Tensor) -> Tensor:
    """The penalties of all classes, every four pixels of a line.

    They are those that the network gives for the windows cut out one by one, the first
    at the left edge, each next one four pixels further.

    Args:
        network: a ``LeNet5`` or ``StringLeNet5``.
        line: coded lines, (n, 1, 32, width), of at least 32 pixels.

    Returns:
        Penalties (n, classes, steps) with steps = (width - 32) // 4 + 1.

    Raises:
        ValueError: if the line has another shape, or is not of the network's type.
    """
    return sweep_states(network, line)["output"]


def crops(line: Tensor) -> Tensor:
    """The windows of a line, cut out every four pixels: what a sweep saves.

    Args:
        line: (n, 1, 32, width), of at least 32 pixels.

    Returns:
        Windows (n, steps, 1, 32, 32).
    """
    windows = line.unfold(3, WINDOW, STEP)  # (n, 1, 32, steps, 32)
    return windows.permute(0, 3, 1, 2, 4)


def connections(network: LeNet5, width: int) -> tuple[int, int]:
    """Connections of one sweep over a line, and of its windows one by one.

    Args:
        network: a ``LeNet5`` or ``StringLeNet5``.
        width: of the line, in pixels.

    Raises:
        ValueError: if the line is narrower than one window.
    """
    places, swept, cropped = steps(width), 0, 0
    shapes = input_shapes(network)
    for before, (name, shape) in zip(["input", *shapes], shapes.items(), strict=False):
        layer = getattr(network, name)
        cropped += places * layer_connections(layer, shape)
        if len(shape) == 1:  # F6 and the output have a unit's worth at each place
            swept += places * layer_connections(layer, shape)
            continue
        # What it reads is as wide as the windows of the layer before have places.
        field, stride = receptive_field(network, before)
        wide = (width - field) // stride + 1
        swept += layer_connections(layer, (*shape[:2], wide))
    return swept, cropped


def _checked(network: LeNet5, line: Tensor) -> Tensor:
    """Return the line, or say what is wrong with it."""
    if line.dim() != 4 or line.shape[1:3] != (1, WINDOW) or line.shape[3] < WINDOW:
        raise ValueError(
            f"Expected lines of shape (n, 1, {WINDOW}, width) with a width of at least "
            f"{WINDOW}, got {tuple(line.shape)}."
        )
    kind = next(network.parameters()).dtype
    if line.dtype != kind:
        raise ValueError(
            f"{type(network).__name__} reads lines of {kind}, got {line.dtype}: code "
            "them with lenet_lib.strings.coded."
        )
    return line
