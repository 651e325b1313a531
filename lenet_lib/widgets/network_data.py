"""A network as data for a script: what its layers are, and its weights as text."""

import base64
import hashlib
import itertools
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lenet_lib.layers import EuclideanRBF, Subsampling, TableConv2d
from lenet_lib.models import Network

#: The largest number of 24 bits with a sign: see :func:`packed`.
_MOST = 2**23 - 1


def packed(values: Tensor) -> dict[str, str]:
    """Weights as text: whole numbers of 24 bits, and what they are multiples of.

    Each row of the tensor, the weights of one unit or map, has a unit of its own, such
    that its largest weight becomes ±(2^23 - 1). The others are off by half a unit at
    most, as little as ``float32`` rounds the largest. A vector is one row.

    Raises:
        ValueError: if a weight is infinite or not a number.
    """
    numbers = values.detach().cpu().double().numpy()
    if not np.isfinite(numbers).all():
        raise ValueError("The weights must be finite numbers, and some are not.")
    rows = numbers.reshape(len(numbers) if numbers.ndim > 1 else 1, -1)
    most = np.abs(rows).max(axis=1, keepdims=True)
    units = np.where(most > 0, most, 1.0) / _MOST  # (rows, 1)
    whole = np.round(rows / units).astype("<i4")
    low = whole.view(np.uint8).reshape(-1, 4)[:, :3]  # the fourth byte is the sign's
    return {"units": as_text(units.astype("<f8")), "bytes": as_text(low)}


def held_weights(model: Network) -> dict[str, Any]:
    """All weights of a network by name, and a key that equal ones share.

    Raises:
        ValueError: if a weight is infinite or not a number.
    """
    tensors = {name: packed(values) for name, values in model.state_dict().items()}
    key = hashlib.sha256(repr(sorted(tensors.items())).encode()).hexdigest()[:16]
    return {"key": key, "tensors": tensors}


def described(model: Network) -> list[dict[str, Any]]:
    """What a figure needs to know of each layer, from the input on.

    Returns:
        For each layer its ``name``; ``kind`` (``"input"``, ``"convolution"``,
        ``"subsampling"``, ``"maximum"``, ``"full"`` or ``"distances"``); ``colour``, a
        key of :data:`lenet_lib.plotting.COLOURS`; how many ``maps``, of what ``size``;
        and for a convolution its ``table`` and ``padding``.
    """
    parameter = next(model.parameters())
    blank = parameter.new_zeros(1, 1, model.size, model.size)
    with torch.no_grad():
        states = model.states(blank)
    layers: list[dict[str, Any]] = []
    for name, state in states.items():
        maps, size = state.shape[1], state.shape[2] if state.dim() == 4 else 1
        layer = getattr(model, name, None)
        made = {"name": name, **_kind(layer, layers), "maps": maps, "size": size}
        if name == "output":
            made["colour"] = "output"
        layers.append(made)
    return layers


def _kind(layer: nn.Module | None, before: list[dict[str, Any]]) -> dict[str, Any]:
    """A layer's kind, its colour, and how it reads the layer before."""
    if layer is None:
        return {"kind": "input", "colour": "input"}
    if isinstance(layer, TableConv2d):
        table = [list(reads) for reads in layer.table]
        return {
            "kind": "convolution",
            "colour": "convolution",
            "table": table,
            "padding": 0,
        }
    if isinstance(layer, nn.Conv2d):
        every = list(range(before[-1]["maps"]))
        return {
            "kind": "convolution",
            "colour": "convolution",
            "table": [every] * layer.out_channels,
            "padding": layer.padding[0],
        }
    if isinstance(layer, Subsampling):
        return {"kind": "subsampling", "colour": "subsampling"}
    if isinstance(layer, nn.MaxPool2d):
        return {"kind": "maximum", "colour": "subsampling"}
    if isinstance(layer, EuclideanRBF):
        return {"kind": "distances", "colour": "output"}
    return {"kind": "full", "colour": "full connection"}


def as_text(numbers: np.ndarray) -> str:
    """The bytes of an array as base64."""
    return base64.b64encode(np.ascontiguousarray(numbers).tobytes()).decode()


def without_zeros(values: np.ndarray) -> np.ndarray:
    """Bytes in which one 0 and a count stand for up to 255 zeros in a row.

    Most pixels of a digit are blank paper: it takes about a quarter of the room.
    """
    kept: list[int] = []
    for value, run in itertools.groupby(values.ravel().tolist()):
        count = len(list(run))
        if value:
            kept += [value] * count
            continue
        for start in range(0, count, 255):
            kept += [0, min(count - start, 255)]
    return np.array(kept, np.uint8)
