"""Why LeNet-5 dies of its published first weights: traces, trials, ranges of the rates.

    python benchmarks/lenet5_start.py

All runs see the first 5,000 of 55,000 training digits, one at a time, under equation 9
and, unless they say otherwise, the published rates of the first pass. A seed gives the
first weights and the order of the digits.

1. Traces: what happens within the network, digit by digit at first, then ever wider.
2. Trials: which of the circumstances matters. Each changes one thing.
3. The range of the step sizes of the first pass for several first weights: the paper
   prints its own.

Errors are of 2,000 of the 5,000 held-out training digits; no test digit is used. Writes
the results ``lenet5_start``, which the chapter on training shows.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch and NumPy are imported

import numpy as np
import torch
from report import save
from torch import Tensor

from lenet_lib import papers
from lenet_lib.byhand.criteria import MaximumAPosteriori, MaximumLikelihood
from lenet_lib.byhand.networks import ByHand
from lenet_lib.byhand.sdlm import estimate, steps, train
from lenet_lib.data import MNISTDataModule
from lenet_lib.layers import ScaledTanh, Subsampling, by_inputs, by_root, initialize
from lenet_lib.models import LeNet5

DIGITS = 5_000
J = 1.0  # the penalty of the rubbish class
SEEDS = (1, 2, 3)
RATE_SEEDS = (1, 2, 3, 4, 5)
LAYERS = ("C1", "S2", "C3", "S4", "C5", "F6")
MARKS = (
    0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100, 200, 400, 800, 1500, 3000, 5000,
)  # fmt: skip

#: At most this share of the slope that the squashing function has at 0: saturated.
FLAT = 0.1


@dataclass(frozen=True)
class Start:
    """How a run begins.

    Args:
        bound: of the first weights, from a unit's inputs.
        coefficient: of all subsampling units, in place of random ones.
        biases: whether they are drawn as the weights are; else they are 0.
        competition: whether the loss is equation 9; else equation 8.
        mu: see ``sdlm.steps``.
        factor: on all step sizes.
        quiet: for as many digits, a tenth of the step sizes.
        measured: after which digits the curvature is estimated anew.
        lent: of other first weights, from the same random numbers, whose curvature is
            taken in place of the run's own.
    """

    bound: Callable[[Tensor], Tensor] = by_inputs
    coefficient: float | None = None
    biases: bool = True
    competition: bool = True
    mu: float = papers.LENET5_STEPS["mu"]
    factor: float = 1.0
    quiet: int = 0
    measured: tuple[int, ...] = ()
    lent: Callable[[Tensor], Tensor] | None = None


#: The runs whose course is shown.
TRACED = {
    "2.4/F": Start(),
    "2.4/F, mu x 10": Start(mu=0.2),
    "1/sqrt(F)": Start(bound=by_root),
}
#: A loss divided by 10 is the same as a mu ten times as large; and so for 84, for which
#: the squared distance becomes the mean over F6's units.
TRIALS = {
    **TRACED,
    "equation 8": Start(competition=False),
    "biases 0": Start(biases=False),
    "coefficients 1/2": Start(coefficient=0.5),
    "mu x 84": Start(mu=1.68),
    "rates x 1/2": Start(factor=0.5),
    "rates x 1/5": Start(factor=0.2),
    "rates x 1/10": Start(factor=0.1),
    "measured after each of 20": Start(measured=(*range(1, 21),)),
    "quiet, then measured": Start(quiet=1000, measured=(1000,)),
    "curvature of 1/sqrt(F)": Start(lent=by_root),
    "1/sqrt(F), curvature of 2.4/F": Start(bound=by_root, lent=by_inputs),
    "1/sqrt(F), halves, biases 0": Start(by_root, coefficient=0.5, biases=False),
}
RANGES = ("2.4/F", "coefficients 1/2", "1/sqrt(F)", "1/sqrt(F), halves, biases 0")


class Run:
    """One run: the network by hand, its digits in their order, its step sizes."""

    def __init__(self, start: Start, seed: int, digits: MNISTDataModule):
        self.start = start
        inputs, labels = digits.train_set.tensors
        draw = np.random.default_rng(seed)
        order = draw.permutation(len(labels))
        chosen, measured = order[:DIGITS], order[-papers.LENET5_STEPS["digits"] :]
        flat, labels = inputs.flatten(1).numpy(), labels.numpy()
        self.digits, self.labels = flat[chosen], labels[chosen]
        self.sample = flat[measured], labels[measured]
        self.criterion = (
            MaximumAPosteriori(J) if start.competition else MaximumLikelihood()
        )
        self.net = ByHand(first(start, seed))
        self.done = 0
        lender = self.net
        if start.lent:
            lender = ByHand(first(Start(bound=start.lent), seed))
        self.measure(lender)

    def measure(self, net: ByHand | None = None) -> None:
        """Estimate the curvature, and take steps accordingly."""
        curvature = estimate(net or self.net, self.criterion, *self.sample)
        rate = self.start.factor * papers.LENET5_RATES[0]
        self.published = steps(self.net, curvature, rate, self.start.mu)

    @property
    def sizes(self) -> np.ndarray:
        """The step sizes of the next digit."""
        quiet = self.done < self.start.quiet
        return self.published * np.float32(0.1 if quiet else 1)

    def go(self, until: int) -> None:
        """Learn from the digits up to this one."""
        turns = {until, self.start.quiet, *self.start.measured}
        for turn in sorted(t for t in turns if self.done < t <= until):
            digits = self.digits[self.done : turn], self.labels[self.done : turn]
            train(self.net, self.criterion, *digits, self.sizes)
            self.done = turn
            if turn in self.start.measured:
                self.measure()

    def features(self, digits: np.ndarray) -> np.ndarray:
        """F6's states for coded digits (n, 1024): (n, 84)."""
        return np.array([self.net.forward(digit).copy() for digit in digits])


def first(start: Start, seed: int) -> LeNet5:
    """The network before its first digit."""
    torch.manual_seed(seed)
    network = LeNet5()
    initialize(network, start.bound)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if not start.biases and name.endswith("bias"):
                parameter.zero_()
        if start.coefficient is not None:
            for layer in network.children():
                if isinstance(layer, Subsampling):
                    layer.weight.fill_(start.coefficient)
    return network


def bend(criterion: MaximumLikelihood, features: np.ndarray) -> np.ndarray:
    """The loss's second derivatives by F6's states, (84, 84)."""
    if not isinstance(criterion, MaximumAPosteriori):
        return 2 * np.eye(len(features))
    p, apart = criterion.posterior(features)  # (10,), (10, 84)
    mean = p.dot(apart)
    spread = (apart.T * p).dot(apart) - np.outer(mean, mean)
    return 2 * (1 - p.sum()) * np.eye(len(features)) + 4 * spread


def overshoot(run: Run, digit: np.ndarray) -> list[float]:
    """Step times curvature, for one digit's loss: of each layer alone, and of all.

    The largest eigenvalue of the matrix of second derivatives (Gauss-Newton) by all
    weights, each row times its weight's step. At 1 a step ends where the parabola has
    its lowest point; beyond 2 it ends higher than it began. With J the derivatives of
    F6's states by the weights, D the steps and B those second derivatives by F6's
    states, it is that of B J D J', which is but 84 x 84.
    """
    features = run.net.forward(digit).copy()
    jacobian = np.empty((len(features), run.net.weights.size), features.dtype)
    for row, unit in zip(jacobian, np.eye(*features.shape * 2), strict=True):
        run.net.backward(unit.astype(features.dtype))
        row[:] = run.net.gradient
    ends = np.cumsum([part.weight.size + part.bias.size for part in run.net.own])[:-1]
    shares = [
        (part * sizes).dot(part.T)
        for part, sizes in zip(
            np.split(jacobian, ends, axis=1), np.split(run.sizes, ends), strict=True
        )
    ]
    matrix = bend(run.criterion, features)
    return [
        float(np.linalg.eigvals(matrix.dot(share)).real.max())
        for share in (*shares, sum(shares))
    ]


def look(run: Run, digits: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """What a run's network is like now, by 200 held-out digits and by 5 of them."""
    features = run.features(digits[:200])
    products = np.median([overshoot(run, digit) for digit in digits[:5]], axis=0)
    loudness = []
    for digit in digits[:20]:
        run.net.forward(digit)
        loudness.append(np.abs(run.net.states[5][:-1]).mean())  # C5
    gaps = np.square(features - run.criterion.codes[labels[:200]]).sum(axis=1)
    found = {
        "penalty": gaps.mean(),
        "loudness": np.mean(loudness),
        "spread": features.std(axis=0).mean(),
        "saturated": saturated(features),
        **dict(zip((*LAYERS, "all"), products, strict=True)),
    }
    return {name: float(f"{value:.4g}") for name, value in found.items()}


def saturated(features: np.ndarray) -> float:
    """The share of F6's states whose slope is less than a tenth of that at 0."""
    return float((1 - (features / ScaledTanh.A) ** 2 < FLAT).mean())


def outcome(run: Run, digits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Error in percent and share of saturated states, on 2,000 held-out digits."""
    features = run.features(digits[:2000])
    answers = np.array([run.criterion.answer(row) for row in features])
    return 100 * float((answers != labels[:2000]).mean()), saturated(features)


def rates(run: Run) -> tuple[float, float, float]:
    """Smallest and largest step size, and the share above half of the ceiling."""
    sizes = run.published[run.net.exists > 0]
    ceiling = papers.LENET5_RATES[0] / papers.LENET5_STEPS["mu"]
    return float(sizes.min()), float(sizes.max()), float((sizes > ceiling / 2).mean())


def main() -> None:
    """Trace, try, measure, print, and write the results file."""
    torch.set_num_threads(1)
    data = MNISTDataModule(coding="lenet5")
    data.setup()
    inputs, labels = data.val_set.tensors
    held_out = inputs.flatten(1).numpy(), labels.numpy()

    traces: dict[str, Any] = {}
    for name, start in TRACED.items():
        traces[name] = {}
        for seed in SEEDS:
            run, found = Run(start, seed, data), []
            for mark in MARKS:
                run.go(mark)
                found.append(look(run, *held_out))
            traces[name][str(seed)] = {
                key: [entry[key] for entry in found] for key in found[0]
            }
        print(f"traced: {name}", flush=True)

    trials: dict[str, Any] = {}
    for name, start in TRIALS.items():
        trials[name] = {"errors": [], "saturated": []}
        for seed in SEEDS:
            run = Run(start, seed, data)
            run.go(DIGITS)
            error, flat = outcome(run, *held_out)
            trials[name]["errors"].append(round(error, 2))
            trials[name]["saturated"].append(round(flat, 3))
        print(f"{name}: {trials[name]}", flush=True)

    ranges: dict[str, Any] = {}
    for name in RANGES:
        found = [rates(Run(TRIALS[name], seed, data)) for seed in RATE_SEEDS]
        keys = ("smallest", "largest", "near_ceiling")
        ranges[name] = {
            key: [float(f"{value:.4g}") for value in values]
            for key, values in zip(keys, zip(*found, strict=True), strict=True)
        }
        print(f"rates, {name}: {ranges[name]}", flush=True)
    save(
        "lenet5_start",
        {
            "digits": DIGITS,
            "j": J,
            "seeds": [*SEEDS],
            "rate_seeds": [*RATE_SEEDS],
            "marks": [*MARKS],
            "traces": traces,
            "trials": trials,
            "ranges": ranges,
        },
    )


if __name__ == "__main__":
    main()
