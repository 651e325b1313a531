"""What a figure of a network needs to know of it: the tensors that its layers give.

No size is typed in: a blank image is sent through the network, and each layer is noted
as the tensor that it gave. So a figure cannot disagree with the code.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from lenet_lib.layers import EuclideanRBF, Subsampling, TableConv2d

#: The output codes of LeNet-5 are pictures seven cells wide, and so is what meets them.
CODE_WIDTH = 7


@dataclass(frozen=True)
class Stage:
    """One tensor on its way through the network, and the layer that made it."""

    name: str  #: the layer's name; "" where it has none
    kind: str  #: a key of COLOURS
    operation: str  #: what made it, in words; "" for the input
    field: int  #: width of the window that one unit sees in the stage before
    maps: int
    size: int  #: pixels along an edge; 1 for plain units
    columns: int = 1  #: in which plain units stand

    @property
    def title(self) -> str:
        """Name and size, in lines."""
        if self.kind == "input":
            size = f"input\n{self.size} × {self.size}"
        elif self.size > 1:
            size = f"{self.maps} maps\n{self.size} × {self.size}"
        else:
            size = f"{self.maps} units"
        return f"{self.name}\n{size}" if self.name else size


def stages(network: nn.Module, size: int) -> list[Stage]:
    """Send one blank image through the network and note what each layer gives.

    Args:
        network: convolutions, subsampling or pooling layers, full connections and
            output codes, called in order.
        size: pixels along an edge of the input image.
    """
    found = [Stage("", "input", "", 0, 1, size)]
    names = {layer: name for name, layer in network.named_modules()}

    def note(layer: nn.Module, _: tuple, output: Tensor) -> None:
        maps, edge = output.shape[1], output.shape[2] if output.dim() == 4 else 1
        name = "" if names[layer].isdigit() else names[layer]
        if isinstance(layer, (nn.Conv2d, TableConv2d)):
            field = _edge(layer.kernel_size)
            words = f"convolution\n{field} × {field}"
            if _edge(layer.stride) > 1:
                words += f", step {_edge(layer.stride)}"
            kind = "convolution"
        elif isinstance(layer, (Subsampling, nn.AvgPool2d, nn.MaxPool2d)):
            field = _edge(layer.kernel_size)
            verb = "maximum" if isinstance(layer, nn.MaxPool2d) else "average"
            verb = "subsampling" if isinstance(layer, Subsampling) else f"{verb} of"
            words, kind = f"{verb}\n{field} × {field}", "subsampling"
        elif isinstance(layer, EuclideanRBF):
            field, words, kind = 0, "distance\nto codes", "output"
            found[-1] = replace(found[-1], columns=CODE_WIDTH)
        elif isinstance(layer, nn.Linear):
            field, words, kind = 0, "full\nconnection", "full connection"
        else:
            return
        columns = -(-maps // 20) if edge == 1 else 1
        found.append(Stage(name, kind, words, field, maps, edge, columns))

    hooks = [layer.register_forward_hook(note) for layer in network.modules()]
    try:
        with torch.no_grad():
            network(torch.zeros(1, 1, size, size))
    finally:
        for hook in hooks:
            hook.remove()
    found[-1] = replace(found[-1], kind="output", columns=1)
    return found


def _edge(extent: int | tuple[int, int]) -> int:
    """One number for a square window; PyTorch's convolutions keep two."""
    return extent if isinstance(extent, int) else extent[0]
