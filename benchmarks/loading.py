"""Images per second over one pass: the usual pipeline against the book's data module.

    python benchmarks/loading.py

All ways are measured in turn, several rounds, in one process; the result is the ratio
of the medians. Writes the results ``loading``, which ``chapters/digits.md`` shows.
"""

import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import torch
from report import save
from torch.utils.data import DataLoader
from usual import UsualDataModule, unpacked_mnist

from lenet_lib.data import MNISTDataModule

BATCH = 256
ROUNDS = 5


def rate(loader: Iterable) -> float:
    """Images per second over one whole pass, starting the loader included."""
    start = time.perf_counter()
    count = sum(len(labels) for _, labels in loader)
    return count / (time.perf_counter() - start)


def main() -> None:
    """Measure, print, and write the results file."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        usual = UsualDataModule(unpacked_mnist(Path(folder)), BATCH)
        usual.prepare_data()
        usual.setup()
        ours = MNISTDataModule(batch_size=BATCH)
        ours.prepare_data()
        ours.setup()
        ways = {
            "usual: an image at a time,\none worker process": usual.train_dataloader(),
            "tensors in memory,\nstock DataLoader": DataLoader(
                ours.train_set, BATCH, shuffle=True
            ),
            "tensors in memory,\none index a batch (ours)": ours.train_dataloader(),
        }
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(ROUNDS):
            for name, loader in ways.items():
                rates[name].append(rate(loader))
                shown = name.replace("\n", " ")
                print(f"round {turn + 1}: {rates[name][-1]:>12,.0f} images/s  {shown}")
    medians = [statistics.median(values) for values in rates.values()]
    ratio = medians[-1] / medians[0]
    print(f"ours / usual = {ratio:.0f} (medians of {ROUNDS} rounds)")
    ways_measured = [
        {"name": name, "images_per_second": [round(r) for r in values]}
        for name, values in rates.items()
    ]
    save("loading", {"batch_size": BATCH, "ways": ways_measured, "ratio": ratio})


if __name__ == "__main__":
    main()
