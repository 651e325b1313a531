"""What LeNet-1's table and trainable averages change, and what the whole gives.

    python benchmarks/lenet1_published.py

First the chapter's own network and recipe, with each of the two replaced by what was
published, and with both: two passes, five seeds. Then the published network with its
targets and loss, under today's optimiser: ten passes, five seeds, on digits of 16x16
pixels as published and on the chapter's own. The networks are the cells of
``chapters/lenet1.md``. Writes the results ``lenet1_published``, which it shows.
The step size was chosen on the validation digits.
"""

import statistics
from itertools import product
from multiprocessing import get_context

import torch
from chapter import definitions
from report import save
from torch import nn

from lenet_lib import papers
from lenet_lib.data import MNISTDataModule
from lenet_lib.layers import Subsampling, TableConv2d
from lenet_lib.training import trainer

SEEDS = range(1, 6)
PASSES, PUBLISHED_PASSES = 2, 10
PROCESSES = 2

chapter = definitions("lenet1")
LeNet1, PublishedLeNet1 = chapter["LeNet1"], chapter["PublishedLeNet1"]


class Variant(LeNet1):
    """The chapter's network with the published table, or trainable averages, or both.

    Each begins where the chapter's begins: the links that exist have its first weights,
    and the averages are plain means.
    """

    def __init__(self, table: bool, trainable: bool):
        super().__init__()
        if table:
            dense, sparse = self.network[3], TableConv2d(papers.LENET1_TABLE)
            with torch.no_grad():
                sparse.weight.copy_(dense.weight[sparse.targets, sparse.sources])
                sparse.bias.copy_(dense.bias)
            self.network[3] = sparse
        if trainable:
            for place, maps in ((2, 4), (5, 12)):
                average = Subsampling(maps)
                nn.init.constant_(average.weight, 1 / 4)  # of the sum of four
                nn.init.zeros_(average.bias)
                self.network[place] = nn.Sequential(average, nn.Tanh())


#: Each variant: whether it has the table, whether its averages are trainable.
VARIANTS = {
    "the hands-on network": (False, False),
    "with the table": (True, False),
    "with trainable averages": (False, True),
    "with both": (True, True),
}

#: The codings of the digits that the published network is trained with.
CODINGS = {"16 × 16 pixels": "lenet1", "20 × 20 pixels, standardised": "standardized"}


def test_error(name: str, seed: int) -> float:
    """Train one network with one seed; give its test error in percent."""
    if name in VARIANTS:
        digits, passes = MNISTDataModule(batch_size=128), PASSES
        torch.manual_seed(seed)
        model = Variant(*VARIANTS[name])
    else:
        digits = MNISTDataModule(batch_size=32, coding=CODINGS[name])
        passes = PUBLISHED_PASSES
        torch.manual_seed(seed)
        model = PublishedLeNet1()
    run = trainer(passes, enable_progress_bar=False)
    run.fit(model, digits)
    accuracy = run.test(model, digits, verbose=False)[0]["test_accuracy"]
    return round(100 * (1 - accuracy), 2)


def parameters(model: nn.Module) -> int:
    """The number of free parameters."""
    return sum(p.numel() for p in model.parameters())


def main() -> None:
    """Train every network with every seed and write the results file."""
    names = [*VARIANTS, *CODINGS]
    runs = list(product(names, SEEDS))
    with get_context("spawn").Pool(PROCESSES) as pool:
        measured = dict(zip(runs, pool.starmap(test_error, runs, 1), strict=True))
    errors = {name: [measured[name, seed] for seed in SEEDS] for name in names}
    for name, values in errors.items():
        mean, spread = statistics.mean(values), statistics.stdev(values)
        print(f"{name:24} {mean:5.2f} ± {spread:.2f} %   {values}")
    counts = {name: parameters(Variant(*has)) for name, has in VARIANTS.items()}
    save(
        "lenet1_published",
        {
            "seeds": [*SEEDS],
            "passes": PASSES,
            "variants": {name: errors[name] for name in VARIANTS},
            "parameters": counts,
            "published_passes": PUBLISHED_PASSES,
            "published": {name: errors[name] for name in CODINGS},
        },
    )


if __name__ == "__main__":
    main()
