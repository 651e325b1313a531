"""The kinds of layer that the papers' networks have and PyTorch has not.

Each layer gives weighted sums, as ``nn.Conv2d`` and ``nn.Linear`` do. The networks in
``lenet_lib.models`` squash them.

P89, P90 and P98 stand for LeCun et al. of 1989, 1990 and 1998.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lenet_lib import papers


class ScaledTanh(nn.Module):
    """The squashing function f(a) = A tanh(S a): P98, equation 6 and Appendix A.

    With A = 1.7159 and S = 2/3, f(1) = 1 and f(-1) = -1: the targets of training lie
    close to where the curve bends most, and not on its flat ends.
    """

    A = 1.7159
    S = 2 / 3

    def forward(self, sums: Tensor) -> Tensor:
        """Squash weighted sums of any shape to states between -A and A."""
        return self.A * torch.tanh(self.S * sums)


class Subsampling(nn.Module):
    """Halve each map: coefficient times the sum of each 2x2 square, plus a bias.

    Both numbers are trainable, one pair a map (P98, II.B, layer S2; P90 likewise).
    P98 calls it an average in II.A and a sum in II.B. We take the sum; the factor of
    four between them only rescales the coefficient.

    Args:
        maps: number of maps, read and given.
    """

    kernel_size = stride = 2

    def __init__(self, maps: int):
        super().__init__()
        self.maps = maps
        self.weight = nn.Parameter(torch.empty(maps))
        self.bias = nn.Parameter(torch.empty(maps))
        initialize(self)

    def forward(self, maps: Tensor) -> Tensor:
        """Take maps (n, maps, 2h, 2w); give weighted sums (n, maps, h, w)."""
        sums = 4 * F.avg_pool2d(maps, kernel_size=2)  # (n, maps, h, w)
        return self.weight[:, None, None] * sums + self.bias[:, None, None]

    def extra_repr(self) -> str:  # noqa: D102
        return str(self.maps)


class TableConv2d(nn.Module):
    """A convolution in which each output map reads only the maps that a table names.

    It has the weights of the links that exist and no others: ``weight`` is of shape
    (links, kernel, kernel), in the order in which the table names the links. P90,
    Table 1; P98, Table I.

    Args:
        table: for each output map, the input maps that it reads, counted from 0. The
            highest number in it says how many input maps there are.
        kernel_size: width and height of the window.
        stride: step of the window.

    Raises:
        ValueError: if there is no output map, or one reads no map, or a map twice.
    """

    def __init__(
        self, table: Sequence[Sequence[int]], kernel_size: int = 5, stride: int = 1
    ):
        super().__init__()
        if not len(table):
            raise ValueError("The table is empty: name the maps of one output map.")
        for to, sources in enumerate(table):
            if not sources or len(set(sources)) < len(sources) or min(sources) < 0:
                raise ValueError(
                    f"Output map {to} reads {list(sources)}: name at least one input "
                    "map, counted from 0, and none twice."
                )
        self.table = tuple(tuple(sources) for sources in table)
        self.kernel_size = kernel_size
        self.stride = stride
        links = [(to, source) for to, row in enumerate(self.table) for source in row]
        targets, sources = torch.tensor(links).unbind(1)  # (links,) each
        self.register_buffer("targets", targets, persistent=False)
        self.register_buffer("sources", sources, persistent=False)
        self.weight = nn.Parameter(torch.empty(len(links), kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.empty(len(self.table)))
        initialize(self)

    def dense_weight(self) -> Tensor:
        """The weights as ``nn.Conv2d`` keeps them, with 0 where there is no link.

        Shape (output maps, input maps, kernel, kernel).
        """
        sources = 1 + max(max(row) for row in self.table)
        shape = (len(self.table), sources, self.kernel_size, self.kernel_size)
        none = self.weight.new_zeros(shape)
        return none.index_put((self.targets, self.sources), self.weight)

    def forward(self, maps: Tensor) -> Tensor:
        """Take maps (n, in, h, w); give weighted sums (n, out, h', w')."""
        return F.conv2d(maps, self.dense_weight(), self.bias, self.stride)

    def extra_repr(self) -> str:  # noqa: D102
        return (
            f"{len(self.table)} maps, {len(self.weight)} links, "
            f"kernel_size={self.kernel_size}, stride={self.stride}"
        )


class UnitBiasConv2d(TableConv2d):
    """The zip-code network's convolution: shared weights, but a bias for each unit.

    The window moves in steps of two. Where it hangs over the border, it reads a
    constant background (P89). Three pixels of border fit the counts; that the upper
    and left sides have two of them is our choice, since P89 does not say.

    Args:
        table: for each output map, the input maps that it reads, counted from 0.
        size: units along an edge of an output map.
        background: what lies beyond the border.
    """

    def __init__(
        self, table: Sequence[Sequence[int]], size: int, background: float = -1.0
    ):
        super().__init__(table, kernel_size=5, stride=2)
        self.size = size
        self.background = background
        self.bias = nn.Parameter(torch.empty(len(self.table), size, size))
        initialize(self)

    def forward(self, maps: Tensor) -> Tensor:
        """Take maps (n, in, 2 size, 2 size); give sums (n, out, size, size)."""
        framed = F.pad(maps, (2, 1, 2, 1), value=self.background)
        return F.conv2d(framed, self.dense_weight(), stride=self.stride) + self.bias


class EuclideanRBF(nn.Module):
    """Squared distances from a vector to one fixed code for each class: P98, eq. 7.

    The smallest distance wins. The codes are chosen by hand, not trained: they are a
    buffer and not a parameter.

    Args:
        codes: one code for each class, (classes, features), of +1 and -1.
    """

    def __init__(self, codes: Tensor):
        super().__init__()
        self.register_buffer("codes", codes)

    @classmethod
    def of_characters(cls, characters: str) -> "EuclideanRBF":
        """The layer whose codes are the 7x12 pictures of P98, Figure 3.

        Args:
            characters: the classes, in order; printable ASCII has codes.

        Raises:
            ValueError: if a character has no code.
        """
        pictures = papers.output_codes()
        for character in characters:
            if character not in pictures:
                raise ValueError(
                    f"There is no output code for {character!r}: the codes are those "
                    "of the printable characters of ASCII."
                )
        cells = ["".join(pictures[character]) for character in characters]
        signs = [[1.0 if cell == "#" else -1.0 for cell in row] for row in cells]
        return cls(torch.tensor(signs))  # (classes, 84)

    def forward(self, features: Tensor) -> Tensor:
        """Take features (n, features); give squared distances (n, classes)."""
        differences = features.unsqueeze(1) - self.codes  # (n, classes, features)
        return differences.square().sum(dim=2)

    def extra_repr(self) -> str:  # noqa: D102
        classes, features = self.codes.shape
        return f"features={features}, classes={classes}"


def by_inputs(inputs: Tensor) -> Tensor:
    """2.4/F for F inputs: P89, and P98, Appendix A, which explains the choice."""
    return 2.4 / inputs


def by_root(inputs: Tensor) -> Tensor:
    """1/√F for F inputs: sums of inputs of size 1 then have a variance of about 1/3."""
    return inputs.float().rsqrt()


def initialize(
    network: nn.Module, bound: Callable[[Tensor], Tensor] = by_inputs
) -> None:
    """Draw weights and biases from U(-b, b), where b depends on a unit's inputs.

    P89 and P98 take b = 2.4/F, F being the number of inputs. Neither says whether the
    bias counts as an input; here it does not.

    Args:
        network: a network, or a single layer.
        bound: gives b for each F in a tensor: :func:`by_inputs` or :func:`by_root`.
            The same seed gives the same numbers with either, but for their size.

    Raises:
        TypeError: if a layer has parameters of its own and is of an unknown kind.
    """
    for layer in network.modules():
        if not any(True for _ in layer.parameters(recurse=False)):
            continue
        if isinstance(layer, TableConv2d):
            window = layer.kernel_size**2
            links = [window * len(row) for row in layer.table for _ in row]
            _draw(layer.weight, bound, links)
            _draw(layer.bias, bound, [window * len(row) for row in layer.table])
            continue
        if isinstance(layer, Subsampling):
            inputs = layer.kernel_size**2
        elif isinstance(layer, (nn.Conv2d, nn.Linear)):
            inputs = layer.weight[0].numel()
        else:
            raise TypeError(f"Cannot tell the inputs of a unit of {layer}.")
        for parameter in layer.parameters(recurse=False):
            _draw(parameter, bound, [inputs])


@torch.no_grad()
def _draw(
    parameter: nn.Parameter, bound: Callable[[Tensor], Tensor], inputs: list[int]
) -> None:
    """Fill with uniform numbers of size at most bound(inputs), one for each row.

    The numbers are drawn on the CPU: a seed gives the same ones on every device.
    """
    bounds = bound(torch.tensor(inputs, device="cpu"))  # (rows,), or (1,) for all
    spread = torch.rand(parameter.shape, device="cpu") * 2 - 1  # (rows, ...)
    parameter.copy_(bounds.reshape(-1, *[1] * (spread.dim() - 1)) * spread)
