"""The two ladders: what changes from rung to rung, and how each rung is trained.

The step sizes are not tuned by test digits: ``benchmarks/modern_rates.py`` chose them
on training digits that were held out.
"""

from dataclasses import dataclass, replace
from functools import partial

import torch

from lenet_lib.distortions import Affine
from lenet_lib.elastic import Elastic
from lenet_lib.models import Network
from lenet_lib.modern.changes import ChangedLeNet5, Changes
from lenet_lib.modern.minibatch import Plan
from lenet_lib.modern.zipcode import ChangedZipCodeNet, ZipCodeChanges


@dataclass(frozen=True)
class Rung:
    """One rung of a ladder: all changes so far, of the network and of its training.

    Args:
        name: short, as in figures.
        change: what is new on this rung, in words.
        changes: of the network.
        plan: of its training.
        digits: how many it trains on.
    """

    name: str
    change: str
    changes: Changes | ZipCodeChanges
    plan: Plan
    digits: int = 60_000

    def first(self, seed: int) -> Network:
        """The untrained network: the same for the same seed."""
        torch.manual_seed(seed)
        if isinstance(self.changes, Changes):
            return ChangedLeNet5(self.changes)
        return ChangedZipCodeNet(self.changes)


PASSES = 3
#: How far digits are bent: less than by Simard et al. (2003), whose network was larger
#: and saw more of them. ``benchmarks/modern_trials.py`` tells what other sizes give.
ALPHA = 10.0
#: The end point alone gets as many, and a network of it is kept.
MORE_PASSES = 12


def _lenet5() -> list[Rung]:
    """From LeNet-5 in minibatches to the end point."""
    changes = Changes()
    plan = Plan("lenet5", "equation 9", PASSES, 0.008)
    rungs = [Rung("AdamW", "AdamW and one cycle, batches of 64", changes, plan)]

    def climb(name: str, change: str, planned: dict | None = None, **changed) -> None:
        nonlocal changes, plan
        changes, plan = replace(changes, **changed), replace(plan, **(planned or {}))
        rungs.append(Rung(name, change, changes, plan))

    climb("dense C3", "each map of C3 reads all of S2", dense=True)
    climb("plain pooling", "averages without coefficients", plain_pooling=True)
    climb(
        "softmax",
        "ten weighted sums, softmax and cross-entropy",
        {"loss": "cross-entropy", "rate": 0.004},
        softmax=True,
    )
    climb("ReLU", "max(0, a) in place of the scaled tanh", {"rate": 0.016}, relu=True)
    climb("max pooling", "the largest of four", max_pooling=True)
    climb("He's start", "first weights of variance 2/F", he=True)
    climb("batch norm", "normalised over the batch", {"rate": 0.008}, batch_norm=True)
    climb("dropout", "a tenth of C5 left out in training", dropout=0.1)
    affine = (Affine(),)
    climb("affine", "digits shifted, scaled and sheared", {"distortions": affine})
    elastic = (Affine(), Elastic(alpha=ALPHA))
    climb("elastic", "digits bent as well", {"distortions": elastic})
    climb("more passes", f"{MORE_PASSES} in place of {PASSES}", {"passes": MORE_PASSES})
    return rungs


def _zip_code() -> list[Rung]:
    """Karpathy's steps (2022) from the network of 1989."""
    rung = partial(Rung, digits=7_291)
    softmax = ZipCodeChanges(softmax=True)
    last = ZipCodeChanges(softmax=True, relu=True, dropout=0.25)
    one = Plan("zipcode", "cross-entropy", 23, 0.004, batch=1)
    adam = Plan("zipcode", "cross-entropy", 46, 0.004)
    shift = replace(adam, passes=60, shift=1)
    kept = replace(shift, passes=80)
    rungs = [
        rung("softmax", "no squashing of outputs, cross-entropy", softmax, one),
        rung("AdamW", "AdamW and one cycle, batches of 64", softmax, adam),
        rung("shifts", "moved by a pixel at most", softmax, shift),
        rung("dropout, ReLU", "a quarter of H2 left out, max(0, a)", last, kept),
    ]
    much = replace(kept, passes=10)  # about as many digits shown as on the last rung
    rungs.append(Rung("60,000 digits", "all of MNIST's", last, much))
    return rungs


LADDERS = {"modern": tuple(_lenet5()), "modern1989": tuple(_zip_code())}
