"""A network measured on itself: its layers, parameters, connections, fields of view.

Nothing here looks up a published number. The tests hold what is measured here against
``lenet_lib.papers``.
"""

from copy import deepcopy

import pandas as pd
import torch
from torch import Tensor, nn

from lenet_lib.layers import EuclideanRBF, UnitBiasConv2d
from lenet_lib.models import Network


def count(network: Network) -> pd.DataFrame:
    """Count the maps, units, free parameters and connections of each layer.

    Returns:
        One row for each layer, by its name. ``size`` is the number of units along an
        edge of a map; ``units`` is ``maps`` times ``size`` squared.
    """
    shapes = input_shapes(network)
    rows = {}
    for name, state in _blank_states(network).items():
        if name == "input":
            continue
        layer = getattr(network, name)
        maps, size = state.shape[1], state.shape[2] if state.dim() == 4 else 1
        rows[name] = {
            "maps": maps,
            "size": size,
            "units": maps * size**2,
            "parameters": sum(p.numel() for p in layer.parameters()),
            "connections": connections(layer, shapes[name]),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


@torch.no_grad()
def connections(layer: nn.Module, shape: tuple[int, ...]) -> int:
    """Count the weighted inputs of all units of a layer, biases included.

    If every input, every weight and every bias is 1, a unit's weighted sum *is* the
    number of its inputs: so set them to 1, and add up what all units say. In an output
    layer of codes each squared difference is set to 1 instead. A layer that weighs
    nothing, such as max pooling, has none. The zip-code network's background counts, as
    in its paper; PyTorch's zero padding does not, since nothing comes from there.

    Args:
        layer: one layer of a network.
        shape: what it reads, without the batch: (maps, height, width) or (units,).
    """
    ones = torch.ones(1, *shape, dtype=torch.float64)
    layer = deepcopy(layer).cpu().double()
    if isinstance(layer, EuclideanRBF):
        layer.codes.zero_()
    elif not any(True for _ in layer.parameters()):
        return 0
    for parameter in layer.parameters():
        parameter.fill_(1)
    if isinstance(layer, UnitBiasConv2d):
        layer.background = 1.0
    return round(layer(ones).sum().item())


def receptive_field(network: Network, name: str) -> tuple[int, int]:
    """How far a unit of a layer sees: (width of its field, step to the next unit's).

    Both in pixels of the input. A unit of a full connection sees the whole input, and
    so does each of its neighbours: its step is 0.

    Args:
        network: one whose layers stand in a row.
        name: a layer's name, or ``"input"``.

    Raises:
        ValueError: if the network has no layer of that name.
    """
    names = list(_blank_states(network))
    if name not in names:
        raise ValueError(
            f"{type(network).__name__} has no layer {name!r}: "
            f"choose one of {', '.join(names)}."
        )
    field, step = 1, 1
    for previous in names[1 : names.index(name) + 1]:
        layer = getattr(network, previous)
        if not hasattr(layer, "kernel_size"):
            return network.size, 0
        field += (_edge(layer.kernel_size) - 1) * step
        step *= _edge(layer.stride)
    return field, step


def input_shapes(network: Network) -> dict[str, tuple[int, ...]]:
    """The shape that each layer reads, without the batch, by the layer's name."""
    shapes: dict[str, tuple[int, ...]] = {}
    hooks = []
    for name in list(_blank_states(network))[1:]:

        def note(layer: nn.Module, inputs: tuple[Tensor], name: str = name) -> None:
            shapes[name] = tuple(inputs[0].shape[1:])

        hooks.append(getattr(network, name).register_forward_pre_hook(note))
    try:
        _blank_states(network)
    finally:
        for hook in hooks:
            hook.remove()
    return shapes


@torch.no_grad()
def _blank_states(network: Network) -> dict[str, Tensor]:
    """All states of a network that looks at one blank image."""
    like = next(network.parameters())
    return network.states(like.new_zeros(1, 1, network.size, network.size))


def _edge(extent: int | tuple[int, int]) -> int:
    """One number for a square window; PyTorch's convolutions keep two."""
    return extent if isinstance(extent, int) else extent[0]
