"""How long LeNet-1 takes: the chapter's recipe against the usual pipeline and recipe.

    python benchmarks/lenet1_time.py

1. Two passes and the test, each side with its own pipeline, in alternating rounds. The
   result is the ratio of the medians.
2. The time to reach the 1.7 % published for LeNet-1. Ours needs its two passes; how
   many the usual recipe needs is in the results ``lenet1_passes``; what a pass of each
   costs is measured in question 1.

Writes the results ``lenet1_time``, which the README and the chapter quote.
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

from lenet_lib import results
from lenet_lib.data import MNISTDataModule
from lenet_lib.training import trainer

ROUNDS = 5
PASSES = 2

chapter = definitions("lenet1")
LeNet1, UsualLeNet1 = chapter["LeNet1"], chapter["UsualLeNet1"]


def ours(seed: int) -> dict[str, float]:
    """Seconds for data, passes and test, and the test error in percent."""
    torch.manual_seed(seed)
    start = time.perf_counter()
    digits, model, run = MNISTDataModule(batch_size=128), LeNet1(), trainer(PASSES)
    run.fit(model, digits)
    accuracy = run.test(model, digits, verbose=False)[0]["test_accuracy"]
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "test_error": round(100 * (1 - accuracy), 2)}


def usual(seed: int, folder: Path) -> dict[str, float]:
    """The same for the usual pipeline, with Lightning's default trainer."""
    torch.manual_seed(seed)
    start = time.perf_counter()
    digits, model = UsualDataModule(folder / "data"), UsualLeNet1()
    run = pl.Trainer(max_epochs=PASSES, default_root_dir=folder)
    run.fit(model, digits)
    accuracy = run.test(model, digits, verbose=False)[0]["test_accuracy"]
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "test_error": round(100 * (1 - accuracy), 2)}


def main() -> None:
    """Measure, print, and write the results file."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")  # Lightning's advice on the usual pipeline
    sides: dict[str, list[dict[str, float]]] = {"ours": [], "usual": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpacked_mnist(folder / "data")
        UsualDataModule(folder / "data").prepare_data()  # unpack outside the clock
        for turn in range(1, ROUNDS + 1):
            sides["ours"].append(ours(turn))
            sides["usual"].append(usual(turn, folder))
            said = [f"{side} {runs[-1]}" for side, runs in sides.items()]
            print(f"round {turn}: {', '.join(said)}", flush=True)
    medians = {
        side: statistics.median(run["seconds"] for run in runs)
        for side, runs in sides.items()
    }
    share = medians["ours"] / medians["usual"]
    late = results.load("lenet1_passes")
    longer = late["passes"] / PASSES / share
    print(f"fit and test: ours / usual = {share:.2f} (medians of {ROUNDS} rounds)")
    print(f"to {late['target']} %: usual / ours = {longer:.0f}")
    save(
        "lenet1_time", {**sides, "fit_and_test_ratio": share, "to_target_ratio": longer}
    )


if __name__ == "__main__":
    main()
