"""Training in minibatches, as it is done today: one loop for every rung of a ladder."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lenet_lib.byhand.zipcode import ZipCodeByHand
from lenet_lib.data import CODINGS, EVALUATION_BATCH
from lenet_lib.distortions import Affine
from lenet_lib.elastic import Elastic
from lenet_lib.losses import maximum_a_posteriori
from lenet_lib.models import Network
from lenet_lib.modern.zipcode import ChangedZipCodeNet, train_by_hand


@dataclass(frozen=True)
class Plan:
    """How a network is trained, but for the seed.

    Args:
        coding: of its digits, a key of ``lenet_lib.data.CODINGS``.
        loss: a key of :data:`LOSSES`.
        passes: how often each digit is shown.
        rate: the step size; of a cycle, the largest.
        batch: digits in a batch. AdamW takes the steps, in one cycle of step sizes.
            With 1, they are plain steps of one size, and the digits come in the same
            order in each pass, as in 1989: for the zip-code network, by hand.
        distortions: what is done to each digit in each pass anew, in this order.
        shift: coded digits are moved by at most so many pixels, in each pass anew.
    """

    coding: str
    loss: str
    passes: int
    rate: float
    batch: int = 64
    distortions: tuple[Affine | Elastic, ...] = ()
    shift: int = 0

    def as_json(self) -> dict[str, Any]:
        """The plan as it stands in a results file."""
        names = [type(each).__name__ for each in self.distortions]
        each = dict(zip(names, map(asdict, self.distortions), strict=True))
        return {**asdict(self), "distortions": each}


def penalties(outputs: Tensor, labels: Tensor) -> Tensor:
    """P98's equation 9, with the j that this book trains LeNet-5 with."""
    return maximum_a_posteriori(outputs, labels, j=1.0)


#: The losses that a plan can name: means over the digits of a batch.
LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "equation 9": penalties,
    "cross-entropy": F.cross_entropy,
}


def fit(
    network: Network,
    images: Tensor,
    labels: Tensor,
    plan: Plan,
    seed: int,
    progress: Callable[[float], None] = lambda share: None,
) -> None:
    """Train a network in place. The same seed gives the same order and distortions.

    Args:
        network: its first weights are the caller's to draw.
        images: ``uint8`` of shape (n, 28, 28).
        labels: what they are, (n,).
        plan: how.
        seed: of the order of the digits, of distortions, shifts and dropout.
        progress: is told now and then which share of the training is done.
    """
    if plan.batch == 1:
        return _one_by_one(network, images, labels, plan, seed, progress)
    network.train().to(memory_format=torch.channels_last)  # faster on a CPU
    steps = plan.passes * -(-len(images) // plan.batch)
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.rate, fused=True)
    cycle = torch.optim.lr_scheduler.OneCycleLR
    schedule = cycle(optimizer, max_lr=plan.rate, total_steps=steps)
    loss, done = LOSSES[plan.loss], 0
    torch.manual_seed(seed)  # for dropout, which knows no other generator
    for number in range(plan.passes):
        draw = torch.Generator().manual_seed(1_000 * seed + number)
        inputs = _inputs(images, plan, draw)  # (n, 1, size, size)
        order = torch.randperm(len(inputs), generator=draw)
        for chosen in order.split(plan.batch):
            optimizer.zero_grad()
            loss(network(inputs[chosen]), labels[chosen]).backward()
            optimizer.step()
            schedule.step()
            done += 1
            if done % 100 == 0:
                progress(done / steps)
    network.eval().to(memory_format=torch.contiguous_format)
    if plan.distortions:
        settle(network, CODINGS[plan.coding](images))


@torch.no_grad()
def settle(network: Network, inputs: Tensor) -> None:
    """Take batch norm's means and variances once more, from digits as they are.

    A distorted digit is a little blurred, since its greys are interpolated. What batch
    norm has seen in training is not what it will meet: without this, sharp digits are
    misread more often than distorted ones. Weights stay what they are.

    Args:
        network: in ``eval`` mode; nothing happens if it has no batch norm.
        inputs: coded digits, (n, 1, size, size).
    """
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    norms = [layer for layer in network.modules() if isinstance(layer, kinds)]
    if not norms:
        return
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches counts each alike
        norm.train()
    for part in inputs.split(EVALUATION_BATCH):
        network(part)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
    network.eval()


def _one_by_one(
    network: ChangedZipCodeNet,
    images: Tensor,
    labels: Tensor,
    plan: Plan,
    seed: int,
    progress: Callable[[float], None],
) -> None:
    """Train with one digit at a time."""
    draw = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(images), generator=draw)
    inputs = CODINGS[plan.coding](images[order]).flatten(1).numpy()  # (n, 256)
    by_hand = ZipCodeByHand(network)
    for number in range(plan.passes):
        train_by_hand(by_hand, inputs, labels[order].numpy(), plan.rate)
        progress((number + 1) / plan.passes)
    network.load_state_dict(by_hand.state_dict())
    network.eval()


def _inputs(images: Tensor, plan: Plan, draw: torch.Generator) -> Tensor:
    """The digits of a pass, distorted and coded: (n, 1, size, size)."""
    for distort in plan.distortions:
        images = distort(images, draw)
    coding = CODINGS[plan.coding]
    inputs = coding(images)
    if plan.shift:
        inputs = shifted(inputs, plan.shift, coding.background, draw)
    return inputs


def shifted(
    inputs: Tensor, most: int, background: float, draw: torch.Generator
) -> Tensor:
    """Move each field by a whole number of pixels of its own, with paper coming in.

    Args:
        inputs: (n, 1, size, size).
        most: pixels in each direction, at most.
        background: what paper is in these inputs.
        draw: decides about each.
    """
    size = inputs.shape[-1]
    framed = F.pad(inputs, (most, most, most, most), value=background)
    moves = torch.randint(2 * most + 1, (2, len(inputs)), generator=draw)
    place = torch.arange(size)
    rows, columns = moves[:, :, None] + place  # (n, size) each
    each = torch.arange(len(inputs))[:, None, None]
    return framed[each, 0, rows[:, :, None], columns[:, None, :]].unsqueeze(1)
