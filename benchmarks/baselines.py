"""Templates, a hidden layer, and shared local features, on few digits and on many.

    python benchmarks/baselines.py

The networks and their training are the cells of ``chapters/convolution.md``. Each is
trained on 1,000, 10,000 and 55,000 digits, and on all of them with their pixels
permuted; the linear one with the squared error of 1989, too, which is also solved
exactly. Five seeds each: a seed draws the first weights, the order of the digits, and
which digits there are.

Nothing is chosen by the test error. The learning rate of each row of the study is the
one with the lowest validation error among three, tried with a seed of its own. Writes
the results ``baselines``, which the chapter shows.
"""

import statistics
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from chapter import definitions
from report import save
from torch import nn
from torch.utils.data import TensorDataset

from lenet_lib.data import MNISTDataModule
from lenet_lib.training import trainer

SEEDS = range(1, 6)
TRIAL = 0  #: the seed with which learning rates are compared
PERMUTATION = 1989  #: the seed of the one permutation of the pixels

#: For each number of training digits: passes, and digits in a batch.
SCHEDULES = {1_000: (40, 32), 10_000: (12, 64), 55_000: (4, 128)}

chapter = definitions("convolution")
linear, hidden_layer = chapter["linear"], chapter["hidden_layer"]
convolutional, squared_error = chapter["convolutional"], chapter["squared_error"]
Reader, permuted = chapter["Reader"], chapter["permuted"]

#: For each network: what makes it, and the learning rates to choose from.
NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[float, ...]]] = {
    "linear": (linear, (0.003, 0.01, 0.03)),
    "hidden layer": (hidden_layer, (0.05, 0.1, 0.2)),
    "convolutional": (convolutional, (0.05, 0.1, 0.2)),
}
#: Learning rates for the squared error, whose gradients are smaller.
SQUARED_RATES = (0.003, 0.01, 0.03)


def digits(size: int, seed: int, scrambled: bool = False) -> MNISTDataModule:
    """``size`` of the training digits, drawn by a seed; all validation and test digits.

    Args:
        size: training digits, a key of ``SCHEDULES``.
        seed: draws them.
        scrambled: whether the pixels of all digits change places, always the same way.
    """
    module = MNISTDataModule(batch_size=SCHEDULES[size][1])
    module.setup()
    inputs, labels = module.train_set.tensors  # (55000, 1, 28, 28)
    drawn = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(seed))
    module.train_set = TensorDataset(inputs[drawn[:size]], labels[drawn[:size]])
    if scrambled:
        source = torch.Generator().manual_seed(PERMUTATION)
        module = permuted(module, torch.randperm(28 * 28, generator=source))
    return module


def train(
    make: Callable[[], nn.Module], rate: float, size: int, seed: int, **how: Any
) -> tuple[float, float]:
    """Train one network; return its validation and its test error in percent.

    Args:
        make: makes the network.
        rate: the highest learning rate of the run.
        size: number of training digits.
        seed: draws the digits, the first weights and the order.
        how: ``loss`` and ``scrambled``, where they are not the usual.
    """
    data = digits(size, seed, how.pop("scrambled", False))
    torch.manual_seed(seed)
    model = Reader(make(), rate, **how)
    run = trainer(SCHEDULES[size][0], enable_progress_bar=False)
    run.fit(model, data)
    validation = run.callback_metrics["val_error"].item()
    test = run.test(model, data, verbose=False)[0]["test_error"]
    return round(validation, 2), round(test, 2)


def study(
    name: str,
    size: int,
    rates: tuple[float, ...] | None = None,
    networks: dict[str, tuple[Callable[[], nn.Module], tuple[float, ...]]] = NETWORKS,
    **how: Any,
) -> dict[str, Any]:
    """One row: choose a learning rate on validation digits, then train each seed."""
    make, usual = networks[name]
    tried = {rate: train(make, rate, size, TRIAL, **how)[0] for rate in rates or usual}
    rate = min(tried, key=tried.get)
    errors = [train(make, rate, size, seed, **how)[1] for seed in SEEDS]
    mean, spread = statistics.mean(errors), statistics.stdev(errors)
    words = " ".join(key for key in how)
    print(
        f"{name:14} {size:6,} {words:9} rate {rate:<5} {mean:5.2f} ± {spread:.2f} %",
        flush=True,
    )
    return {
        "network": name,
        "parameters": sum(p.numel() for p in make().parameters()),
        "digits": size,
        "validation_errors": {str(rate): error for rate, error in tried.items()},
        "rate": rate,
        "test_errors": errors,
    }


def least_squares() -> float:
    """Test error of the ten templates with the least squared error there can be.

    They solve a system of linear equations; there is nothing to train or to choose.
    """
    data = MNISTDataModule()
    data.setup()

    def with_ones(images: torch.Tensor) -> torch.Tensor:  # for the biases
        return F.pad(images.flatten(1).double(), (0, 1), value=1.0)  # (n, 785)

    inputs, labels = data.train_set.tensors
    pixels, targets = with_ones(inputs), 2.0 * F.one_hot(labels, 10).double() - 1
    # Some pixels are paper in all digits: of all solutions this takes the smallest.
    products = torch.linalg.pinv(pixels.T @ pixels, hermitian=True)
    weights = products @ (pixels.T @ targets)  # (785, 10)
    inputs, labels = data.test_set.tensors
    wrong = (with_ones(inputs) @ weights).argmax(dim=1) != labels
    error = round(100 * wrong.double().mean().item(), 2)
    print(f"least squares, solved: {error:.2f} %", flush=True)
    return error


def main() -> None:
    """Train everything and write the results file."""
    sizes = [study(name, size) for name in NETWORKS for size in SCHEDULES]
    scrambled = [study(name, 55_000, scrambled=True) for name in NETWORKS]
    squared = study("linear", 55_000, SQUARED_RATES, loss=squared_error)
    save(
        "baselines",
        {
            "seeds": [*SEEDS],
            "schedules": {
                str(size): {"passes": passes, "batch_size": batch}
                for size, (passes, batch) in SCHEDULES.items()
            },
            "sizes": sizes,
            "permuted": scrambled,
            "squared": squared,
            "least_squares": {"test_error": least_squares()},
        },
    )


if __name__ == "__main__":
    main()
