"""The zip-code network trained as in 1989, on digits of MNIST, over ten seeds.

    python benchmarks/zipcode1989.py

1. The learning rate, which the paper does not give, is chosen on held-out training
   digits, and nothing else is chosen: the rate of a small grid whose runs misread the
   fewest of them after the last pass, mean over two seeds that are not used below.
2. Ten seeds train for 23 passes with that rate. A seed gives the first weights and the
   order of the digits, which is the same in each pass, as in the paper.

The same for variants, each of which changes one thing, with five seeds or ten. Writes
the results ``zipcode1989``, which the chapter shows.
"""

import multiprocessing
import os
import statistics
import sys
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch and NumPy are imported

import numpy as np
import torch
import torch.nn.functional as F
from report import save
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from lenet_lib import papers, rejection
from lenet_lib.byhand import zipcode
from lenet_lib.data import InputCoding, ZipCodeDigits, zip_code_digits
from lenet_lib.layers import ScaledTanh, initialize
from lenet_lib.models import ZipCodeNet

PASSES = papers.ZIP_CODE_1989["passes"]  # 23
CHOICE_SEEDS = (101, 102)

#: Which maps of H1 each map of H2 reads in Karpathy's reconstruction (2022).
BLOCKS = (
    *[tuple(range(8))] * 4,
    *[tuple(range(4, 12))] * 4,
    *[(0, 1, 2, 3, 8, 9, 10, 11)] * 4,
)

#: The learning rates to choose from, and the networks that choose one.
RATES = (0.0025, 0.005, 0.01, 0.02, 0.04)
CHOOSING = ("ours", "2.4/sqrt(F)", "fully connected")

#: Each variant, whose learning rate it takes, and its seeds.
VARIANTS = {
    "ours": ("ours", range(1, 11)),
    "blocks": ("ours", range(1, 11)),
    "2.4/sqrt(F)": ("2.4/sqrt(F)", range(1, 6)),
    "whole field": ("ours", range(1, 6)),
    "fully connected": ("fully connected", range(1, 11)),
}

#: Karpathy's coding (2022): the whole field of 28x28, reduced to 16x16.
WHOLE_FIELD = InputCoding(16, background=-1.0, ink=1.0)


class FullyConnected(nn.Module):
    """The paper's control: 256 inputs, one hidden layer of 40 units, 10 outputs."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(256, papers.FULLY_CONNECTED_1989["hidden"])
        self.output = nn.Linear(papers.FULLY_CONNECTED_1989["hidden"], 10)
        self.squash = ScaledTanh()
        initialize(self)

    def forward(self, images: Tensor) -> Tensor:
        """Take coded digits (n, 1, 16, 16); give the outputs (n, 10)."""
        return self.squash(self.output(self.squash(self.hidden(images.flatten(1)))))


class FullyConnectedByHand:
    """Its training step in NumPy."""

    def __init__(self, network: FullyConnected):
        parameters = [p.detach().clone().numpy() for p in network.parameters()]
        self.w1, self.b1, self.w2, self.b2 = parameters

    def state_dict(self) -> dict[str, Tensor]:
        """The weights as they are now."""
        names = ("hidden.weight", "hidden.bias", "output.weight", "output.bias")
        arrays = (self.w1, self.b1, self.w2, self.b2)
        return {
            n: torch.from_numpy(a.copy()) for n, a in zip(names, arrays, strict=True)
        }

    def train(self, digits: np.ndarray, targets: np.ndarray, rate: float) -> None:
        """One pass."""
        squash, slope = zipcode.squash, zipcode.slope
        for digit, target in zip(digits, targets, strict=True):
            x1 = squash(self.w1.dot(digit) + self.b1)  # (40,)
            x2 = squash(self.w2.dot(x1) + self.b2)  # (10,)
            d2 = rate * 2 / 10 * (x2 - target) * slope(x2)  # (10,)
            d1 = d2.dot(self.w2) * slope(x1)  # (40,)
            self.w2 -= np.multiply.outer(d2, x1)
            self.b2 -= d2
            self.w1 -= np.multiply.outer(d1, digit)
            self.b1 -= d1


def first(variant: str) -> nn.Module:
    """An untrained network, with first weights from torch's generator."""
    if variant == "fully connected":
        return FullyConnected()
    network = ZipCodeNet(BLOCKS) if variant == "blocks" else ZipCodeNet()
    if variant == "2.4/sqrt(F)":
        inputs = {"H1": 25, "H2": 8 * 25, "H3": 192, "output": 30}
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                parameter *= inputs[name.partition(".")[0]] ** 0.5
    return network


def trainer(network: nn.Module) -> tuple[Any, Callable[..., None]]:
    """The arrays of a network by hand, and what trains them for one pass."""
    if isinstance(network, FullyConnected):
        arrays = FullyConnectedByHand(network)
        return arrays, arrays.train
    arrays = zipcode.ZipCodeByHand(network)
    return arrays, lambda *step: zipcode.train(arrays, *step)


def place_code(labels: Tensor) -> Tensor:
    """Targets (n, 10): +1 for the digit, -1 for the others."""
    return 2.0 * F.one_hot(labels, 10) - 1


def digits_of(variant: str) -> ZipCodeDigits:
    """The digits, coded as a variant sees them."""
    if variant == "whole field":
        return zip_code_digits(WHOLE_FIELD)
    return zip_code_digits()


def run(job: tuple[str, float, int]) -> dict[str, Any]:
    """Train one network for all passes, then count and measure."""
    variant, rate, seed = job
    torch.set_num_threads(1)
    digits = digits_of(variant)
    torch.manual_seed(seed)
    network = first(variant)
    images, labels = digits.train.tensors
    order = torch.randperm(len(images))  # one order, the same in each pass
    inputs = images[order].flatten(1).numpy()  # (7291, 256)
    targets = place_code(labels[order]).numpy()  # (7291, 10)
    arrays, train = trainer(network)
    for _ in range(PASSES):
        train(inputs, targets, rate)
    network.load_state_dict(arrays.state_dict())
    record: dict[str, Any] = {}
    for name, part in digits._asdict().items():
        wrong, mse, outputs = measure(network, part)
        record |= {f"{name}_wrong": wrong, f"{name}_mse": float(f"{mse:.4g}")}
    # Of the test digits, so that at most 1 % of the rest are misread.
    wrong = outputs.argmax(dim=1) != part.tensors[1]
    kept = rejection.curve(rejection.gap(-outputs), wrong)
    record["rejected"] = round(kept.rejected_for(1.0), 2)
    return record


@torch.no_grad()
def measure(network: nn.Module, part: TensorDataset) -> tuple[int, float, Tensor]:
    """The number of misread digits, the mean squared error, and all outputs."""
    images, labels = part.tensors
    outputs = network(images)
    wrong = (outputs.argmax(dim=1) != labels).sum().item()
    return wrong, F.mse_loss(outputs, place_code(labels)).item(), outputs


def run_all(pool: Any, jobs: list[tuple[str, float, int]]) -> dict[tuple, dict]:
    """The record of every job, as they come."""
    records = {}
    for job, record in zip(jobs, pool.imap(run, jobs), strict=True):
        records[job] = record
        print(f"{len(records)} of {len(jobs)}: {job} {record}", flush=True)
    return records


def main(processes: int = 2) -> None:
    """Choose the rates, run all variants, print, and write the results file."""
    choice: dict[str, dict[str, list[int]]] = {}
    rates: dict[str, float] = {}
    variants: dict[str, dict[str, Any]] = {}
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        jobs = [(v, rate, s) for v in CHOOSING for rate in RATES for s in CHOICE_SEEDS]
        records = run_all(pool, jobs)
        for variant in CHOOSING:
            wrong: dict[float, list[int]] = {}
            for rate in RATES:
                runs = [records[variant, rate, seed] for seed in CHOICE_SEEDS]
                wrong[rate] = [run["held_out_wrong"] for run in runs]
            rates[variant] = min(RATES, key=lambda rate: statistics.mean(wrong[rate]))
            choice[variant] = {str(rate): counts for rate, counts in wrong.items()}
            print(f"{variant}: rate {rates[variant]} of {wrong}", flush=True)

        jobs = [
            (variant, rates[whose], seed)
            for variant, (whose, seeds) in VARIANTS.items()
            for seed in seeds
        ]
        records = run_all(pool, jobs)
    for variant, (whose, seeds) in VARIANTS.items():
        runs = [records[variant, rates[whose], seed] for seed in seeds]
        variants[variant] = {"rate": rates[whose], "seeds": [*seeds]}
        variants[variant] |= {key: [run[key] for run in runs] for key in runs[0]}
        test = [100 * run["test_wrong"] / 2_007 for run in runs]
        mean, spread = statistics.mean(test), statistics.stdev(test)
        print(f"{variant:16} test error {mean:.2f} ± {spread:.2f} %", flush=True)
    save(
        "zipcode1989",
        {
            "passes": PASSES,
            "digits": {"train": 7_291, "held_out": 5_000, "test": 2_007},
            "choice_seeds": [*CHOICE_SEEDS],
            "choice": choice,
            "variants": variants,
        },
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
