"""What each experiment is: network, digits, loss, first weights, steps and schedule.

What a paper gives comes from ``lenet_lib.papers``. What it leaves open was chosen on
training digits that were held out: for LeNet-5 by ``benchmarks/lenet5_choice.py``.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from lenet_lib import papers
from lenet_lib.byhand.criteria import (
    MaximumAPosteriori,
    MaximumLikelihood,
    SquaredError,
)
from lenet_lib.distortions import Affine
from lenet_lib.elastic import Elastic
from lenet_lib.layers import by_root, initialize
from lenet_lib.models import LeNet1, LeNet5, Network, ZipCodeNet

NETWORKS = {kind.__name__: kind for kind in (ZipCodeNet, LeNet1, LeNet5)}


@dataclass(frozen=True)
class Recipe:
    """All that an experiment's outcome depends on, but for the seed.

    Args:
        network: name of a class of ``lenet_lib.models``.
        coding: of its digits, a key of ``lenet_lib.data.CODINGS``.
        rates: the global learning rate of each pass.
        digits: how many to train on.
        start: of weights and biases: ``"published"``, U(±2.4/F), or ``"roots"``,
            U(±1/√F), where F is a unit's number of inputs.
        criterion: ``"SquaredError"``, ``"MaximumLikelihood"`` (P98, eq. 8) or
            ``"MaximumAPosteriori"`` (eq. 9).
        j: penalty of the rubbish class in eq. 9.
        curvature: ``"recursion"``, the paper's, or ``"exact"``, by random probes.
        mu: keeps steps small where the loss hardly bends.
        curvature_digits: how many give the curvature before each pass.
        distortions: of which kind and how far, if there are any.
        copies: with distortions, how many versions of each digit there are; the first
            is the digit itself.
    """

    network: str
    coding: str
    rates: Sequence[float]
    digits: int = 60_000
    start: str = "roots"
    criterion: str = "MaximumAPosteriori"
    j: float | None = None
    curvature: str = "recursion"
    mu: float = papers.LENET5_STEPS["mu"]
    curvature_digits: int = papers.LENET5_STEPS["digits"]
    distortions: Affine | Elastic | None = None
    copies: int = 1

    def first(self, seed: int) -> Network:
        """The untrained network: the same for the same seed."""
        torch.manual_seed(seed)
        network = NETWORKS[self.network]()
        if self.start == "roots":
            initialize(network, by_root)
        return network

    def loss(self) -> SquaredError | MaximumLikelihood:
        """What one digit costs, and how that begins the sweeps back."""
        if self.criterion == "MaximumAPosteriori":
            return MaximumAPosteriori(self.j)
        kinds = {"SquaredError": SquaredError, "MaximumLikelihood": MaximumLikelihood}
        return kinds[self.criterion]()

    def as_json(self) -> dict[str, Any]:
        """The recipe as it stands in a results file."""
        return {**asdict(self), "rates": list(self.rates)}


#: The published rates, halved. The recursion takes the loss to bend less than it does
#: along shared weights, and so makes their steps too long.
RATES = tuple(rate / 2 for rate in papers.LENET5_RATES)

LENET5 = Recipe("LeNet5", "lenet5", RATES, j=1.0)

#: LeNet-5's mu is for a sum of squares. A mean over ten outputs bends a tenth as much.
SQUARED_MU = papers.LENET5_STEPS["mu"] / 10

#: The experiments by name. The papers give no rates for the zip-code network and for
#: LeNet-1: these were chosen on held-out training digits, with one seed. A trained
#: network of each is kept under the same name.
EXPERIMENTS = {
    "zipcode-1989": Recipe(
        "ZipCodeNet",
        "zipcode",
        [0.0001] * papers.ZIP_CODE_1989["passes"],
        digits=papers.ZIP_CODE_1989["train_digits"],
        criterion="SquaredError",
        mu=SQUARED_MU,
    ),
    "lenet1-1998": Recipe(
        "LeNet1",
        "lenet1",
        tuple(2 * rate for rate in papers.LENET5_RATES),
        criterion="SquaredError",
        mu=SQUARED_MU,
    ),
    "lenet5-1998": LENET5,
    "lenet5-1998-15000": replace(LENET5, digits=15_000),
    "lenet5-1998-30000": replace(LENET5, digits=30_000),
    "lenet5-1998-distorted": replace(LENET5, distortions=Affine(), copies=10),
    "lenet5-1998-elastic": replace(LENET5, distortions=Elastic(), copies=10),
}

#: How many seeds each experiment takes if nobody says otherwise.
SEEDS = {"zipcode-1989": 10, "lenet5-1998": 10, "lenet5-1998-distorted": 10}
USUAL_SEEDS = 5
