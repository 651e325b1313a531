"""Does LeNet-5's table matter? The chapter's network with its table, and dense.

    python benchmarks/lenet5_table.py

Both are trained with the chapter's own recipe, two passes, five seeds. Besides the test
error it measures how alike the maps of C3 are: the correlation between the states of
two maps at the same place, without its sign, mean over all pairs of maps. Network and
recipe are cells of ``chapters/lenet5.md``. Writes the results ``lenet5_table``, which
the chapter shows.
"""

import statistics
from itertools import product
from multiprocessing import get_context

import torch
from chapter import definitions
from report import save
from torch import Tensor, nn

from lenet_lib.data import MNISTDataModule
from lenet_lib.layers import initialize
from lenet_lib.training import trainer

SEEDS = range(1, 6)
PASSES = 2
PROCESSES = 2

chapter = definitions("lenet5")
LeNet5, Reader = chapter["LeNet5"], chapter["Reader"]


class DenseLeNet5(LeNet5):
    """LeNet-5, but each map of C3 reads all maps of S2."""

    def __init__(self):
        super().__init__()
        self.C3 = nn.Conv2d(6, 16, kernel_size=5)
        initialize(self.C3)


NETWORKS = {"with the table": LeNet5, "dense": DenseLeNet5}


def alikeness(maps: Tensor) -> float:
    """Mean size of the correlation between two maps; maps are (n, maps, h, w)."""
    rows = maps.transpose(0, 1).flatten(1)  # (maps, n h w)
    correlations = torch.corrcoef(rows).abs()
    apart = ~torch.eye(len(rows), dtype=torch.bool)
    return correlations[apart].mean().item()


def measure(name: str, seed: int) -> tuple[float, float]:
    """Train one network with one seed; give its test error and its maps' alikeness."""
    digits = MNISTDataModule(batch_size=64, coding="lenet5")
    torch.manual_seed(seed)
    network = NETWORKS[name]()
    model = Reader(network)
    run = trainer(PASSES, enable_progress_bar=False)
    run.fit(model, digits)
    error = run.test(model, digits, verbose=False)[0]["test_error"]
    network.eval()
    with torch.no_grad():
        states = network.states(digits.val_set.tensors[0])
    return round(error, 2), round(alikeness(states["C3"]), 4)


def main() -> None:
    """Train both networks with every seed and write the results file."""
    runs = list(product(NETWORKS, SEEDS))
    with get_context("spawn").Pool(PROCESSES) as pool:
        measured = dict(zip(runs, pool.starmap(measure, runs, 1), strict=True))
    errors = {name: [measured[name, seed][0] for seed in SEEDS] for name in NETWORKS}
    alike = {name: [measured[name, seed][1] for seed in SEEDS] for name in NETWORKS}
    for name, values in errors.items():
        mean, spread = statistics.mean(values), statistics.stdev(values)
        print(f"{name:16} {mean:5.2f} ± {spread:.2f} %   {values}  {alike[name]}")
    save(
        "lenet5_table",
        {
            "seeds": [*SEEDS],
            "passes": PASSES,
            "test_error": errors,
            "correlation": alike,
        },
    )


if __name__ == "__main__":
    main()
