"""LeNet-5 with some of the changes that came after 1998, and not yet the others."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lenet_lib import papers
from lenet_lib.layers import (
    EuclideanRBF,
    ScaledTanh,
    Subsampling,
    TableConv2d,
    by_root,
    initialize,
)
from lenet_lib.models import Network


@dataclass(frozen=True)
class Changes:
    """What has been changed in LeNet-5 since 1998. Nothing, unless it is said.

    Args:
        dense: each map of C3 reads all maps of S2, in place of P98's Table I.
        plain_pooling: S2 and S4 average; they have no coefficient, no bias, and
            nothing squashes them once more.
        softmax: ten weighted sums of F6 take the place of the distances to the codes.
        relu: max(0, a) takes the place of the scaled tanh.
        max_pooling: S2 and S4 take the largest of four.
        he: first weights as He et al. (2015) draw them for ReLU; biases begin at 0.
        batch_norm: C1, C3, C5 and F6 are normalised over the batch (Ioffe and Szegedy,
            2015). Their biases go, but for that of a C3 with the table: the
            normalisation has its own.
        dropout: the probability with which each unit of C5 is left out in training
            (Srivastava et al., 2014).
    """

    dense: bool = False
    plain_pooling: bool = False
    softmax: bool = False
    relu: bool = False
    max_pooling: bool = False
    he: bool = False
    batch_norm: bool = False
    dropout: float = 0.0


class ChangedLeNet5(Network):
    """LeNet-5 (P98, II.B) with changes. With none it computes what ``LeNet5`` does.

    With ``softmax`` the highest output wins, without it the lowest penalty.

    Raises:
        ValueError: if pooling takes the maximum and has a coefficient as well.
    """

    size = 32

    def __init__(self, changes: Changes):
        super().__init__()
        if changes.max_pooling and not changes.plain_pooling:
            raise ValueError("max_pooling has no coefficients: it needs plain_pooling.")
        self.changes = changes
        bias = not changes.batch_norm
        self.C1 = nn.Conv2d(1, 6, kernel_size=5, bias=bias)
        self.S2 = _pooling(6, changes)
        if changes.dense:
            self.C3 = nn.Conv2d(6, 16, kernel_size=5, bias=bias)
        else:
            self.C3 = TableConv2d(papers.LENET5_TABLE, kernel_size=5)
        self.S4 = _pooling(16, changes)
        self.C5 = nn.Conv2d(16, 120, kernel_size=5, bias=bias)
        self.F6 = nn.Linear(120, 84, bias=bias)
        if changes.softmax:
            self.output = nn.Linear(84, 10)
        else:
            self.output = EuclideanRBF.of_characters("0123456789")
        self.squash: Callable[[Tensor], Tensor] = F.relu
        if not changes.relu:
            self.squash = ScaledTanh()
        initialize(self, by_root)
        if changes.he:
            start_as_he(self)
        if changes.batch_norm:
            self.norms = nn.ModuleDict(
                {
                    "C1": nn.BatchNorm2d(6),
                    "C3": nn.BatchNorm2d(16),
                    "C5": nn.BatchNorm1d(120),
                    "F6": nn.BatchNorm1d(84),
                }
            )

    def states(self, images: Tensor) -> dict[str, Tensor]:  # noqa: D102
        x = {"input": self.checked(images)}  # (n, 1, 32, 32)
        x["C1"], x["S2"] = self._pooled("C1", self.C1(x["input"]), self.S2)
        x["C3"], x["S4"] = self._pooled("C3", self.C3(x["S2"]), self.S4)
        C5 = self.C5(x["S4"]).flatten(1)  # (n, 120)
        x["C5"] = self.squash(self._norm("C5", C5))
        kept = F.dropout(x["C5"], self.changes.dropout, self.training)
        x["F6"] = self.squash(self._norm("F6", self.F6(kept)))  # (n, 84)
        x["output"] = self.output(x["F6"])  # (n, 10)
        return x

    def _pooled(self, name: str, sums: Tensor, pool: nn.Module) -> tuple[Tensor, ...]:
        """States of a convolution and of the pooling after it.

        After max pooling, normalisation and ReLU have a quarter of the work to do, and
        come to the same for a map with a positive factor.
        """
        if self.changes.max_pooling:
            pooled = self.squash(self._norm(name, pool(sums)))
            return sums, pooled  # (n, maps, h, w), (n, maps, h / 2, w / 2)
        states = self.squash(self._norm(name, sums))
        pooled = pool(states)
        return states, pooled if self.changes.plain_pooling else self.squash(pooled)

    def _norm(self, name: str, sums: Tensor) -> Tensor:
        return self.norms[name](sums) if self.changes.batch_norm else sums

    @torch.no_grad()
    def read(self, images: Tensor) -> Tensor:
        """The digits that the network reads, (n,)."""
        outputs = self(images)
        best = outputs.argmax if self.changes.softmax else outputs.argmin
        return best(dim=1)


def _pooling(maps: int, changes: Changes) -> nn.Module:
    """S2 or S4."""
    if changes.max_pooling:
        return nn.MaxPool2d(2)
    return nn.AvgPool2d(2) if changes.plain_pooling else Subsampling(maps)


def start_as_he(network: nn.Module) -> None:
    """Draw first weights from N(0, 2 / F), F a unit's inputs; biases begin at 0.

    He et al. (2015), section 2.2.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
