"""Other classifiers of 1998, on today's terms: nearest neighbours, hidden layers.

    python benchmarks/classifiers.py

LeCun et al. (1998), Figure 9, compare LeNet-5 with many ways to read a digit. Those
made of nothing but full connections, and the nearest neighbours, are measured here; the
linear classifier and the hidden layer of 300 are in ``baselines``. The networks are
trained just like these two (55,000 digits, cross-entropy, one cycle of SGD with
momentum), so that all rows can be compared with each other.

Nothing is chosen by the test error: the learning rate and the number of neighbours have
the lowest error on the 5,000 validation digits. Then the neighbours come from all
60,000 training digits, as in 1998. Writes the results ``classifiers``.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from baselines import SCHEDULES, SEEDS, hidden_layer, study
from report import save
from torch import Tensor, nn

from lenet_lib.data import MNISTDataModule

DIGITS = 55_000  #: for training a network
NEIGHBOURS = (1, 3, 5, 7, 9)  #: numbers of neighbours to choose from
BLOCK = 500  #: digits whose distances are computed at once


def two_hidden_layers(first: int, second: int) -> nn.Sequential:
    """Full connections: 784 pixels, two layers of units, ten scores."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, first),
        nn.Tanh(),
        nn.Linear(first, second),
        nn.Tanh(),
        nn.Linear(second, 10),
    )


#: By their names in Figure 9: what makes each network, and the learning rates to
#: choose from, which are those of the hidden layer of 300.
NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[float, ...]]] = {
    "28x28-1000-10": (partial(hidden_layer, 1000), (0.05, 0.1, 0.2)),
    "28x28-300-100-10": (partial(two_hidden_layers, 300, 100), (0.05, 0.1, 0.2)),
    "28x28-500-150-10": (partial(two_hidden_layers, 500, 150), (0.05, 0.1, 0.2)),
}


def nearest(images: Tensor, among: Tensor, count: int) -> Tensor:
    """The nearest of the known images to each image, the very nearest first.

    Of the squared distance ``|x|² - 2 x·y + |y|²`` the first term is the same for all
    known images ``y``, so a product of matrices is all the work there is.

    Args:
        images: (n, ...) pixels.
        among: (m, ...) pixels of the known images.
        count: how many to find.

    Returns:
        Their numbers, (n, count).
    """
    images, among = images.flatten(1), among.flatten(1)  # (n, 784), (m, 784)
    squares = among.square().sum(dim=1)  # (m,)
    found = [
        (squares - 2 * block @ among.T).topk(count, largest=False).indices
        for block in images.split(BLOCK)
    ]
    return torch.cat(found)  # (n, count)


def vote(labels: Tensor) -> Tensor:
    """The commonest label of each row; of equally common ones, the nearest's.

    Args:
        labels: (n, k) labels of the neighbours, the nearest first.
    """
    # What the places add is less than one voice in all, and each adds more than all
    # behind it.
    voices = 1 + 0.5 ** torch.arange(1, labels.shape[1] + 1, dtype=torch.float64)
    votes = torch.zeros(len(labels), 10, dtype=torch.float64)
    votes.scatter_add_(1, labels, voices.expand(labels.shape))
    return votes.argmax(dim=1)  # (n,)


def percent_wrong(answers: Tensor, truth: Tensor) -> float:
    """The share of wrong answers, with the two decimals that 10,000 digits have."""
    return round(100 * (answers != truth).double().mean().item(), 2)


def nearest_neighbours() -> dict[str, Any]:
    """Choose the number of neighbours on validation digits, then read the test's."""
    data = MNISTDataModule(coding="raw")
    data.prepare_data()
    data.setup()
    (known, labels), (held_out, truth) = data.train_set.tensors, data.val_set.tensors
    found = labels[nearest(held_out, known, max(NEIGHBOURS))]
    tried = {k: percent_wrong(vote(found[:, :k]), truth) for k in NEIGHBOURS}
    k = min(tried, key=tried.get)
    known, labels = torch.cat([known, held_out]), torch.cat([labels, truth])
    images, truth = data.test_set.tensors
    error = percent_wrong(vote(labels[nearest(images, known, k)]), truth)
    print(f"{k} nearest of {len(known):,}: {error:.2f} %", flush=True)
    return {
        "digits": len(known),
        "validation_errors": {str(k): error for k, error in tried.items()},
        "neighbours": k,
        "test_error": error,
    }


def main() -> None:
    """Measure everything and write the results file."""
    torch.set_num_threads(1)
    neighbours = nearest_neighbours()
    networks = [study(name, DIGITS, networks=NETWORKS) for name in NETWORKS]
    passes, batch_size = SCHEDULES[DIGITS]
    save(
        "classifiers",
        {
            "seeds": [*SEEDS],
            "schedule": {"passes": passes, "batch_size": batch_size},
            "nearest_neighbours": neighbours,
            "networks": networks,
        },
    )


if __name__ == "__main__":
    main()
