"""The zip-code network with some of what Karpathy (2022) changed in it."""

from dataclasses import dataclass

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from lenet_lib.byhand.layers import slope
from lenet_lib.byhand.zipcode import ZipCodeByHand, backward, forward
from lenet_lib.models import ZipCodeNet


@dataclass(frozen=True)
class ZipCodeChanges:
    """What has been changed in the zip-code network. Nothing, unless it is said.

    Args:
        softmax: the outputs are not squashed: they are for softmax and cross-entropy.
        relu: max(0, a) takes the place of the scaled tanh in H1, H2 and H3.
        dropout: the probability with which each unit of H2 is left out in training.
    """

    softmax: bool = False
    relu: bool = False
    dropout: float = 0.0


class ChangedZipCodeNet(ZipCodeNet):
    """The zip-code network (P89) with changes. With none it is ``ZipCodeNet``.

    Its parameters are those of ``ZipCodeNet``, and begin as they do.
    """

    def __init__(self, changes: ZipCodeChanges):
        super().__init__()
        self.changes = changes

    def states(self, images: Tensor) -> dict[str, Tensor]:  # noqa: D102
        squash = F.relu if self.changes.relu else self.squash
        x = {"input": self.checked(images)}  # (n, 1, 16, 16)
        x["H1"] = squash(self.H1(x["input"]))  # (n, 12, 8, 8)
        x["H2"] = squash(self.H2(x["H1"]))  # (n, 12, 4, 4)
        kept = F.dropout(x["H2"], self.changes.dropout, self.training)
        x["H3"] = squash(self.H3(kept.flatten(1)))  # (n, 30)
        sums = self.output(x["H3"])  # (n, 10)
        x["output"] = sums if self.changes.softmax else self.squash(sums)
        return x


def train_by_hand(
    net: ZipCodeByHand, digits: np.ndarray, labels: np.ndarray, rate: float
) -> None:
    """One pass on softmax and cross-entropy: a step after each digit, in their order.

    The same as ``lenet_lib.byhand.zipcode.train``, but for the loss.

    Args:
        net: its outputs are taken before they are squashed.
        digits: coded, (n, 256).
        labels: what they are, (n,).
        rate: the step size.
    """
    steps = rate * net.exists  # a weight that is not there does not move
    nothing = np.zeros(10, net.weights.dtype)
    even = 2 / 10 * slope(nothing)  # what ``backward`` multiplies with
    for digit, label in zip(digits, labels, strict=True):
        forward(net, digit)
        sums = net.w4.dot(net.x3) + net.b4  # (10,)
        share = np.exp(sums - sums.max())
        share /= share.sum()  # softmax
        share[label] -= 1  # the derivative of cross-entropy
        # ``backward`` is for squared errors of squashed sums. At states of 0 this
        # target gives the derivatives that are wanted here.
        net.x4 = nothing
        backward(net, -share / even)
        net.weights -= steps * net.gradient
