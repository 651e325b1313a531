"""How long LeNet-1 takes: the chapter's recipe against the usual pipeline and recipe.

    python benchmarks/lenet1_time.py

Two questions, both sides measured in one run:

1. Two passes and the test, each side with its own pipeline: ours must take at most half
   of the usual time. Rounds alternate; the result is the ratio of the medians.
2. The time to reach the 1.7 % published for LeNet-1. Ours needs its two passes. For the
   usual recipe, the passes it needs are counted (three seeds, looking at the test error
   after each pass, which favours it), and each pass costs what it cost in question 1.
   The counting itself uses our faster pipeline, or it would take an hour.

Writes ``results/lenet1_time.json``, which the README quotes.
"""

import logging
import statistics
import tempfile
import time
import warnings
from pathlib import Path

import pytorch_lightning as pl
import torch
from chapter import definitions
from report import save
from usual import UsualDataModule, unpacked_mnist

from lenet_lib.data import CODINGS, MNISTDataModule
from lenet_lib.papers import MNIST_TEST_ERROR
from lenet_lib.training import trainer

ROUNDS = 3
TARGET = MNIST_TEST_ERROR["LeNet-1"]
LIMIT = 100  # passes that the usual recipe gets at most

chapter = definitions("lenet1")
LeNet1, UsualLeNet1 = chapter["LeNet1"], chapter["UsualLeNet1"]


def ours(seed: int) -> tuple[float, float]:
    """Seconds for data, two passes and test, and the test error in percent."""
    torch.manual_seed(seed)
    start = time.perf_counter()
    digits, model, run = MNISTDataModule(batch_size=64), LeNet1(), trainer(2)
    run.fit(model, digits)
    accuracy = run.test(model, digits, verbose=False)[0]["test_accuracy"]
    return time.perf_counter() - start, 100 * (1 - accuracy)


def usual(seed: int, folder: Path) -> tuple[float, float]:
    """The same for the usual pipeline, with Lightning's default trainer."""
    torch.manual_seed(seed)
    start = time.perf_counter()
    digits, model = UsualDataModule(folder / "data"), UsualLeNet1()
    run = pl.Trainer(max_epochs=2, default_root_dir=folder)
    run.fit(model, digits)
    accuracy = run.test(model, digits, verbose=False)[0]["test_accuracy"]
    return time.perf_counter() - start, 100 * (1 - accuracy)


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
        self.errors.append(100 * wrong.double().mean().item())
        trainer.should_stop = self.errors[-1] <= TARGET


def usual_passes(seed: int) -> list[float]:
    """Test error of the usual recipe after each pass, until it reaches the target."""
    torch.manual_seed(seed)
    digits = MNISTDataModule(batch_size=256, coding=CODINGS["raw"])
    digits.setup()
    watch = UntilTarget(digits)
    trainer(LIMIT, callbacks=[watch]).fit(UsualLeNet1(), digits)
    print(
        f"seed {seed}: the usual recipe stops after pass {len(watch.errors)} "
        f"at {watch.errors[-1]:.2f} %",
        flush=True,
    )
    return watch.errors


def main() -> None:
    """Measure, print, and write the results file."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")  # Lightning's advice on the usual pipeline
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpacked_mnist(folder / "data")
        UsualDataModule(folder / "data").prepare_data()  # unpack outside the clock
        pairs = []
        for turn in range(ROUNDS):
            pairs.append((ours(turn), usual(turn, folder)))
            (a, error_a), (b, error_b) = pairs[-1]
            print(
                f"round {turn + 1}: ours {a:.1f} s, {error_a:.2f} %; "
                f"usual {b:.1f} s, {error_b:.2f} %",
                flush=True,
            )
    curves = [usual_passes(seed) for seed in range(ROUNDS)]
    our_median = statistics.median(a for (a, _), _ in pairs)
    usual_median = statistics.median(b for _, (b, _) in pairs)
    passes = statistics.median(len(errors) for errors in curves)
    reached = all(errors[-1] <= TARGET for errors in curves)
    ratio = passes / 2 * usual_median / our_median  # usual_median is of two passes
    print(f"fit and test: ours / usual = {our_median / usual_median:.2f}")
    print(
        f"to {TARGET} %: usual / ours = {ratio:.0f}"
        f"{'' if reached else f' at least: not always reached in {LIMIT} passes'}"
    )
    save(
        "lenet1_time",
        {
            "ours": [{"seconds": a, "test_error": e} for (a, e), _ in pairs],
            "usual": [{"seconds": b, "test_error": e} for _, (b, e) in pairs],
            "fit_and_test_ratio": our_median / usual_median,
            "to_target": {
                "target": TARGET,
                "reached": reached,
                "usual_errors": curves,
                "usual_passes": passes,
                "ratio": ratio,
            },
        },
    )


if __name__ == "__main__":
    main()
