"""How many passes the usual recipe needs until LeNet-1 reaches 1.7 % test error.

    python benchmarks/lenet1_passes.py

Counted with three seeds, looking at the test error after each pass (which favours the
usual recipe). Passes are counted here, not timed: the book's fast data module feeds
them. Writes the results ``lenet1_passes``, which ``lenet1_time`` turns into a time.
"""

import statistics

import pytorch_lightning as pl
import torch
from chapter import definitions
from report import save

from lenet_lib.data import CODINGS, MNISTDataModule
from lenet_lib.papers import MNIST_TEST_ERROR
from lenet_lib.training import trainer

SEEDS = range(1, 4)
TARGET = MNIST_TEST_ERROR["[16x16] LeNet-1"]
LIMIT = 100  # passes that the recipe gets at most

UsualLeNet1 = definitions("lenet1")["UsualLeNet1"]


class UntilTarget(pl.Callback):
    """Looks at the test error after each pass; stops training when it is low enough."""

    def __init__(self, digits: MNISTDataModule):
        self.inputs, self.labels = digits.test_set.tensors
        self.errors: list[float] = []

    def on_train_epoch_end(
        self, trainer: pl.Trainer, module: pl.LightningModule
    ) -> None:
        """Test, remember, and stop if that is enough."""
        with torch.no_grad():
            wrong = module(self.inputs).argmax(dim=1) != self.labels
        self.errors.append(round(100 * wrong.double().mean().item(), 2))
        trainer.should_stop = self.errors[-1] <= TARGET


def count(seed: int) -> list[float]:
    """Test error of the usual recipe after each pass, until it reaches the target."""
    torch.manual_seed(seed)
    digits = MNISTDataModule(batch_size=256, coding=CODINGS["raw"])
    digits.setup()
    watch = UntilTarget(digits)
    trainer(LIMIT, callbacks=[watch]).fit(UsualLeNet1(), digits)
    if watch.errors[-1] > TARGET:
        raise SystemExit(f"Seed {seed} did not reach {TARGET} % in {LIMIT} passes.")
    print(
        f"seed {seed}: {watch.errors[-1]:.2f} % after {len(watch.errors)} passes",
        flush=True,
    )
    return watch.errors


if __name__ == "__main__":
    errors = [count(seed) for seed in SEEDS]
    passes = statistics.median(len(curve) for curve in errors)
    print(f"median: {passes:.0f} passes to {TARGET} %")
    save(
        "lenet1_passes",
        {"target": TARGET, "seeds": [*SEEDS], "passes": passes, "test_errors": errors},
    )
