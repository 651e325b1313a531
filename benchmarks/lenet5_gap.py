"""Can LeNet-5's last tenth of a percent be had by other steps? Held-out digits say no.

    python benchmarks/lenet5_gap.py [PROCESSES] [SEEDS]

The book's LeNet-5 misreads a little more than the paper's. Here the experiment's own
settings stand beside others that the paper's words would allow, or that ought to keep
steps from growing when the curvature is measured anew. As in ``lenet5_choice.py``, each
trains on 50,000 of the training digits for ten passes, and reads the other 10,000. No
test digit is looked at. Writes the results ``lenet5_gap``.
"""

import os
import sys
from multiprocessing import get_context

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch and NumPy are imported

import numpy as np
import torch
from lenet5_choice import HELD_OUT, RATES, first, split
from report import save

from lenet_lib.byhand import sdlm
from lenet_lib.byhand.criteria import MaximumAPosteriori
from lenet_lib.byhand.networks import ByHand

#: What the book does; each variant changes some of it.
USUAL = {
    "j": 1.0,
    "factor": 0.5,  # on all published rates
    "curvature": "recursion",  # "exact", or "steady": the recursion from equation 8
    "memory": "none",  # "mean" or "largest" of the new curvature and the earlier
    "digits": 500,  # for the curvature
    "times": 1,  # it is measured in each pass
}
VARIANTS = {
    "as in the book": {},
    "j = 0.1": {"j": 0.1},
    "j = 3": {"j": 3.0},
    "half the rates": {"factor": 0.25},
    "exact curvature": {"curvature": "exact"},
    "exact curvature, published rates": {"curvature": "exact", "factor": 1.0},
    "steady curvature": {"curvature": "steady"},
    "steady curvature, j = 10": {"curvature": "steady", "j": 10.0},
    "steady curvature, published rates": {"curvature": "steady", "factor": 1.0},
    "mean curvature": {"memory": "mean"},
    "mean curvature, j = 10": {"memory": "mean", "j": 10.0},
    "largest curvature": {"memory": "largest"},
    "largest curvature, j = 10": {"memory": "largest", "j": 10.0},
    "largest exact curvature, j = 10": {
        "curvature": "exact", "memory": "largest", "j": 10.0,
    },
    "curvature from 5,000 digits": {"digits": 5_000},
    "curvature five times a pass": {"times": 5},
    "curvature five times a pass, j = 10": {"times": 5, "j": 10.0},
}  # fmt: skip
FIRST_SEED = 21


class Steady(MaximumAPosteriori):
    """Equation 9, but with equation 8's second derivatives: they never vanish."""

    def bends(self, features: np.ndarray, label: int) -> np.ndarray:
        """Second derivatives by F6's states, (84,)."""
        return np.full_like(features, 2)


def run(trial: tuple[str, int]) -> dict[str, object]:
    """Train once; tell how many were misread in passing and held out, each pass."""
    name, seed = trial
    chosen = {**USUAL, **VARIANTS[name]}
    torch.set_num_threads(1)
    inputs, digits, held_out, labels = split()

    torch.manual_seed(seed)
    network = first("roots")
    kind = Steady if chosen["curvature"] == "steady" else MaximumAPosteriori
    net, criterion = ByHand(network), kind(chosen["j"])
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(inputs))  # the same in each pass
    inputs, digits = inputs[order], digits[order]
    known, in_passing, misread = None, [], []
    for rate in RATES:
        wrong = 0
        for part in np.array_split(np.arange(len(inputs)), chosen["times"]):
            some = draw.choice(len(inputs), chosen["digits"], replace=False)
            if chosen["curvature"] == "exact":
                bends = sdlm.probed(net, criterion, inputs[some], digits[some], draw)
            else:
                bends = sdlm.estimate(net, criterion, inputs[some], digits[some])
            known = remember(known, bends, chosen["memory"])
            sizes = sdlm.steps(net, known, rate * chosen["factor"])
            wrong += sdlm.train(net, criterion, inputs[part], digits[part], sizes)
        network.load_state_dict(net.state_dict())
        in_passing.append(round(100 * wrong / len(inputs), 3))
        wrong = int((network.read(held_out) != labels).sum())
        misread.append(round(100 * wrong / HELD_OUT, 2))
    return {"name": name, "seed": seed, "in_passing": in_passing, "held_out": misread}


def remember(known: np.ndarray | None, new: np.ndarray, memory: str) -> np.ndarray:
    """Curvatures for the steps to come, from the new ones and what was known."""
    if known is None or memory == "none":
        return new
    return np.maximum(known, new) if memory == "largest" else (known + new) / 2


def main(processes: int = 2, seeds: int = 2) -> None:
    """Run all variants and write the results file."""
    trials = [
        (name, seed)
        for seed in range(FIRST_SEED, FIRST_SEED + seeds)
        for name in VARIANTS
    ]
    rows = []
    with get_context("spawn").Pool(processes) as pool:
        for row in pool.imap(run, trials, 1):
            rows.append(row)
            print(row["name"], row["seed"], row["held_out"][-1], flush=True)
    save(
        "lenet5_gap",
        {
            "digits": {"train": 50_000, "held_out": HELD_OUT},
            "rates": RATES,
            "usual": USUAL,
            "variants": VARIANTS,
            "trials": rows,
        },
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
