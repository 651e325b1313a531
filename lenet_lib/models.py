"""The networks, each written as its paper draws it.

P89, P90 and P98 stand for LeCun et al. of 1989, 1990 and 1998. Layers have the papers'
names. ``states`` gives what every layer answers, by that name; calling a network gives
its last layer alone.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lenet_lib import papers
from lenet_lib.layers import (
    EuclideanRBF,
    ScaledTanh,
    Subsampling,
    TableConv2d,
    UnitBiasConv2d,
    initialize,
)

#: Which maps of H1 each of the twelve maps of H2 reads in our zip-code network. P89
#: says that it is eight of twelve, and keeps the scheme to itself. In this one of ours
#: each map reads eight neighbours, in a circle, and no two read the same eight.
ZIP_CODE_TABLE = tuple(
    tuple(sorted((first + step) % 12 for step in range(8))) for first in range(12)
)


class Network(nn.Module):
    """What the networks have in common: an input of one size, and named layers."""

    #: Pixels along an edge of the input.
    size: int

    def states(self, images: Tensor) -> dict[str, Tensor]:
        """Every layer's states by the layer's name, in order, from ``"input"`` on.

        Args:
            images: coded digits, (n, 1, size, size).

        Raises:
            ValueError: if the images have another shape, or are not of the type of the
                network's own numbers.
        """
        raise NotImplementedError

    def forward(self, images: Tensor) -> Tensor:
        """Send coded digits (n, 1, size, size) through; give the outputs (n, 10)."""
        return self.states(images)["output"]

    @torch.no_grad()
    def read(self, images: Tensor) -> Tensor:
        """The digits that the network reads, (n,): those with the highest output."""
        return self(images).argmax(dim=1)

    def checked(self, images: Tensor) -> Tensor:
        """Return the images, or say what is wrong with them."""
        if tuple(images.shape[1:]) != (1, self.size, self.size):
            raise ValueError(
                f"{type(self).__name__} reads images of shape (n, 1, {self.size}, "
                f"{self.size}), got {tuple(images.shape)}."
            )
        kind = next(self.parameters()).dtype
        if images.dtype != kind:
            raise ValueError(
                f"{type(self).__name__} reads images of {kind}, got {images.dtype}: "
                f"code them with lenet_lib.data.CODINGS, or use .to({kind})."
            )
        return images


class ZipCodeNet(Network):
    """The zip-code network (P89): 9,760 parameters, 64,660 connections.

    Weights are shared within a map and biases are not. No layer averages; H1 and H2
    move their windows in steps of two instead.

    Args:
        table: for each map of H2, the eight maps of H1 that it reads.
    """

    size = 16

    def __init__(self, table: tuple[tuple[int, ...], ...] = ZIP_CODE_TABLE):
        super().__init__()
        self.H1 = UnitBiasConv2d(table=[[0]] * 12, size=8)
        self.H2 = UnitBiasConv2d(table, size=4)
        self.H3 = nn.Linear(12 * 4 * 4, 30)
        self.output = nn.Linear(30, 10)
        self.squash = ScaledTanh()
        initialize(self)

    def states(self, images: Tensor) -> dict[str, Tensor]:
        x = {"input": self.checked(images)}  # (n, 1, 16, 16)
        x["H1"] = self.squash(self.H1(x["input"]))  # (n, 12, 8, 8)
        x["H2"] = self.squash(self.H2(x["H1"]))  # (n, 12, 4, 4)
        x["H3"] = self.squash(self.H3(x["H2"].flatten(1)))  # (n, 30)
        x["output"] = self.squash(self.output(x["H3"]))  # (n, 10)
        return x


class LeNet1(Network):
    """LeNet-1 (P90): 2,578 parameters, 98,442 connections.

    P90 says that the convolutions are squashed and is silent about the subsampling
    layers. Here they are squashed as well, as in P98. Targets are +1 and -1.
    """

    size = 28

    def __init__(self):
        super().__init__()
        self.H1 = nn.Conv2d(1, 4, kernel_size=5)
        self.H2 = Subsampling(4)
        self.H3 = TableConv2d(papers.LENET1_TABLE, kernel_size=5)
        self.H4 = Subsampling(12)
        self.output = nn.Linear(12 * 4 * 4, 10)
        self.squash = ScaledTanh()
        initialize(self)

    def states(self, images: Tensor) -> dict[str, Tensor]:
        x = {"input": self.checked(images)}  # (n, 1, 28, 28)
        x["H1"] = self.squash(self.H1(x["input"]))  # (n, 4, 24, 24)
        x["H2"] = self.squash(self.H2(x["H1"]))  # (n, 4, 12, 12)
        x["H3"] = self.squash(self.H3(x["H2"]))  # (n, 12, 8, 8)
        x["H4"] = self.squash(self.H4(x["H3"]))  # (n, 12, 4, 4)
        x["output"] = self.squash(self.output(x["H4"].flatten(1)))  # (n, 10)
        return x


class LeNet5(Network):
    """LeNet-5 (P98, II.B): 60,000 parameters, 340,908 connections.

    Its outputs are penalties: squared distances from F6 to the code of each digit.
    The *smallest* wins.
    """

    size = 32

    def __init__(self):
        super().__init__()
        self.C1 = nn.Conv2d(1, 6, kernel_size=5)
        self.S2 = Subsampling(6)
        self.C3 = TableConv2d(papers.LENET5_TABLE, kernel_size=5)
        self.S4 = Subsampling(16)
        self.C5 = nn.Conv2d(16, 120, kernel_size=5)
        self.F6 = nn.Linear(120, 84)
        self.output = EuclideanRBF.of_characters("0123456789")
        self.squash = ScaledTanh()
        initialize(self)

    def states(self, images: Tensor) -> dict[str, Tensor]:
        x = {"input": self.checked(images)}  # (n, 1, 32, 32)
        x["C1"] = self.squash(self.C1(x["input"]))  # (n, 6, 28, 28)
        x["S2"] = self.squash(self.S2(x["C1"]))  # (n, 6, 14, 14)
        x["C3"] = self.squash(self.C3(x["S2"]))  # (n, 16, 10, 10)
        x["S4"] = self.squash(self.S4(x["C3"]))  # (n, 16, 5, 5)
        x["C5"] = self.squash(self.C5(x["S4"]))  # (n, 120, 1, 1)
        x["F6"] = self.squash(self.F6(x["C5"].flatten(1)))  # (n, 84)
        x["output"] = self.output(x["F6"])  # (n, 10)
        return x

    @torch.no_grad()
    def read(self, images: Tensor) -> Tensor:
        """The digits that the network reads, (n,): those with the *lowest* penalty."""
        return self(images).argmin(dim=1)


class StringLeNet5(LeNet5):
    """LeNet-5 with an eleventh class, the blank: for reading strings (P98, VII.B).

    The blank says that no digit stands in the middle of the window. Its code is that of
    the space among the codes of Figure 3: 84 cells of -1. Parameters are LeNet-5's, and
    so are the connections but for the 84 of the new class.
    """

    def __init__(self):
        super().__init__()
        self.output = EuclideanRBF.of_characters("0123456789 ")


class TutorialLeNet5(Network):
    """What most tutorials call LeNet-5: 61,706 parameters. Not the paper's network.

    C3 is dense, pooling takes the maximum and has nothing to learn, ReLU squashes
    nothing, and ten weighted sums take the place of the codes. Weights begin as PyTorch
    draws them. It is here to compare.
    """

    size = 28

    def __init__(self):
        super().__init__()
        self.C1 = nn.Conv2d(1, 6, kernel_size=5, padding=2)
        self.S2 = nn.MaxPool2d(2)
        self.C3 = nn.Conv2d(6, 16, kernel_size=5)
        self.S4 = nn.MaxPool2d(2)
        self.C5 = nn.Linear(16 * 5 * 5, 120)
        self.F6 = nn.Linear(120, 84)
        self.output = nn.Linear(84, 10)

    def states(self, images: Tensor) -> dict[str, Tensor]:
        x = {"input": self.checked(images)}  # (n, 1, 28, 28)
        x["C1"] = F.relu(self.C1(x["input"]))  # (n, 6, 28, 28)
        x["S2"] = self.S2(x["C1"])  # (n, 6, 14, 14)
        x["C3"] = F.relu(self.C3(x["S2"]))  # (n, 16, 10, 10)
        x["S4"] = self.S4(x["C3"])  # (n, 16, 5, 5)
        x["C5"] = F.relu(self.C5(x["S4"].flatten(1)))  # (n, 120)
        x["F6"] = F.relu(self.F6(x["C5"]))  # (n, 84)
        x["output"] = self.output(x["F6"])  # (n, 10)
        return x


class ModernLeNet5(Network):
    """LeNet-5 as one would build it today: 61,932 parameters.

    The shapes are those of 1998; what has changed is dense C3, max pooling, ReLU, batch
    norm (in place of biases), dropout in front of F6, and ten weighted sums, for
    softmax, in place of the codes. Normalisation and ReLU come after pooling, where
    they have a quarter of the work to do.

    Args:
        dropout: the probability with which a unit of C5 is left out in training.
    """

    size = 32

    def __init__(self, dropout: float = 0.1):
        super().__init__()
        self.C1 = nn.Conv2d(1, 6, kernel_size=5, bias=False)
        self.C3 = nn.Conv2d(6, 16, kernel_size=5, bias=False)
        self.C5 = nn.Conv2d(16, 120, kernel_size=5, bias=False)
        self.F6 = nn.Linear(120, 84, bias=False)
        self.output = nn.Linear(84, 10)
        self.pool = nn.MaxPool2d(2)  # S2 and S4
        self.dropout = nn.Dropout(dropout)
        self.norms = nn.ModuleDict(
            {
                "C1": nn.BatchNorm2d(6),
                "C3": nn.BatchNorm2d(16),
                "C5": nn.BatchNorm1d(120),
                "F6": nn.BatchNorm1d(84),
            }
        )
        for layer in (self.C1, self.C3, self.C5, self.F6, self.output):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(self.output.bias)

    def states(self, images: Tensor) -> dict[str, Tensor]:
        norms = self.norms
        x = {"input": self.checked(images)}  # (n, 1, 32, 32)
        x["C1"] = self.C1(x["input"])  # (n, 6, 28, 28)
        x["S2"] = F.relu(norms["C1"](self.pool(x["C1"])))  # (n, 6, 14, 14)
        x["C3"] = self.C3(x["S2"])  # (n, 16, 10, 10)
        x["S4"] = F.relu(norms["C3"](self.pool(x["C3"])))  # (n, 16, 5, 5)
        C5 = self.C5(x["S4"]).flatten(1)  # (n, 120)
        x["C5"] = F.relu(norms["C5"](C5))
        F6 = self.F6(self.dropout(x["C5"]))  # (n, 84)
        x["F6"] = F.relu(norms["F6"](F6))
        x["output"] = self.output(x["F6"])  # (n, 10)
        return x
