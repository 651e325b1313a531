"""LeNet-5 trained for strings, and how well lines are read with it and without.

``python -m lenet_lib reproduce strings`` trains it with each seed, and reads lines set
from test digits, some with wide gaps and some that overlap. LeNet-5 as of 1998 reads
the same lines, without any training for it.
"""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from lenet_lib import mnist, results, weights
from lenet_lib.data import CODINGS, EVALUATION_BATCH
from lenet_lib.models import LeNet5, StringLeNet5
from lenet_lib.strings import training
from lenet_lib.strings.grammar import zip_code
from lenet_lib.strings.lines import DIGITS, Lines, lines
from lenet_lib.strings.reading import edit_distance, swept
from lenet_lib.strings.viterbi import naive, viterbi

#: Seeds of the training.
SEEDS = range(1, 4)

#: The last training digits, on which nothing is trained and all choices are made.
HELD_OUT = 5_000

#: Pixels between the digits' boxes in the lines that are read.
GAPS = (-4, -2, 0, 2, 4, 8)

#: Lines for each gap, of test digits and of those held out; and the seed of all lines.
LINES, HELD_OUT_LINES, LINES_SEED = 1_000, 500, 1998

#: Under which name the best network is kept.
KEPT = "lenet5-strings"


class StringsStudy:
    """The network for strings, trained with each seed, against LeNet-5 as it was."""

    def jobs(self) -> list[tuple[str, int]]:
        """The runs to be made: seeds to train with, and the network as it was."""
        return [*(("trained", seed) for seed in SEEDS), ("as it was", 0)]

    def run(
        self, job: tuple[str, int], folder: Path, progress: Callable[[float], None]
    ) -> dict[str, Any]:
        """Train and read, or tell what an earlier call found.

        Args:
            job: what is to be done, and the seed.
            folder: keeps finished runs.
            progress: is told now and then which share of the run is done.
        """
        what, seed = job
        record_file, network_file = _files(folder, seed)
        if record_file.exists():
            return json.loads(record_file.read_text(encoding="utf-8"))
        start = time.perf_counter()
        (images, labels), held_out, test = _digits()
        if what == "trained":
            network = training.train(
                images, labels, seed, progress=lambda share: progress(0.8 * share)
            )
        else:
            network = weights.load(training.START)
        seconds = time.perf_counter() - start
        record = {
            "seed": seed,
            "network": type(network).__name__,
            "held_out": measure(network, held_out, HELD_OUT_LINES),
            "test": measure(network, test, LINES),
            "test_misread": misread(network, *test),
            "seconds": round(seconds),
            **{"machine": results.circumstances()["machine"]},
        }
        folder.mkdir(parents=True, exist_ok=True)
        save_file(network.state_dict(), network_file)
        partial = record_file.with_suffix(".partial")
        partial.write_text(json.dumps(record), encoding="utf-8")
        partial.replace(record_file)
        progress(1.0)
        return record

    def write(
        self,
        records: list[dict[str, Any]],
        folder: Path,
        results_folder: Path,
        weights_folder: Path,
    ) -> Path:
        """Write the results, and keep the network that reads most lines held out.

        Lines held out, not test lines, decide, read with the grammar over all gaps.
        """
        (before,) = (each for each in records if not each["seed"])
        runs = [each for each in records if each["seed"]]
        best = min(runs, key=lambda run: sum(run["held_out"]["viterbi"]["strings"]))
        network = StringLeNet5()
        network.load_state_dict(load_file(_files(folder, best["seed"])[1]))
        weights.save(
            KEPT,
            network,
            coding="lenet5",
            results="strings",
            test_wrong=best["test_misread"],
            test_digits=len(_digits()[2][1]),
            folder=weights_folder,
            seed=best["seed"],
        )
        result = {
            "experiment": "strings",
            "plan": training.plan(),
            "gaps": GAPS,
            "lines": LINES,
            "held_out_lines": HELD_OUT_LINES,
            "digits": DIGITS,
            training.START: before,
            "runs": runs,
            "chosen_seed": best["seed"],
        }
        return results.save("strings", result, results_folder)


def measure(network: LeNet5, digits: tuple[Tensor, Tensor], count: int) -> dict:
    """How many lines are misread for each gap, with the grammar and without.

    Returns:
        For ``"viterbi"`` and ``"naive"``: ``"strings"``, the lines misread, and
        ``"digits"``, their edit distances added up; a number for each of ``GAPS``.
    """
    found: dict[str, dict[str, list[int]]] = {
        way: {"strings": [], "digits": []} for way in ("viterbi", "naive")
    }
    machine = zip_code()
    for gap in GAPS:
        some: Lines = lines(*digits, gap, LINES_SEED, count)
        tables = swept(network, some.pictures)
        read = {
            "viterbi": [viterbi(table, machine).text for table in tables],
            "naive": [naive(table) for table in tables],
        }
        for way, texts in read.items():
            pairs = zip(texts, some.texts, strict=True)
            apart = [edit_distance(text, right) for text, right in pairs]
            found[way]["strings"].append(sum(wrong > 0 for wrong in apart))
            found[way]["digits"].append(sum(apart))
    return found


def misread(network: LeNet5, images: Tensor, labels: Tensor) -> int:
    """How many single digits are misread; a blank is wrong as well."""
    inputs = CODINGS["lenet5"](images).split(EVALUATION_BATCH)
    pairs = zip(inputs, labels.split(EVALUATION_BATCH), strict=True)
    return sum(int((network.read(some) != right).sum()) for some, right in pairs)


def _digits() -> tuple[tuple[Tensor, Tensor], ...]:
    """Digits to train on, those held out, and the test digits: images and labels."""
    folder = mnist.default_data_dir()
    mnist.ensure(folder)
    images, labels = mnist.read(folder, train=True)
    train = images[:-HELD_OUT], labels[:-HELD_OUT]
    held_out = images[-HELD_OUT:], labels[-HELD_OUT:]
    return train, held_out, mnist.read(folder, train=False)


def _files(folder: Path, seed: int) -> tuple[Path, Path]:
    """Where a run's record and network are kept; other plans have other files."""
    told = json.dumps([training.plan(), GAPS, LINES, HELD_OUT_LINES, LINES_SEED])
    mark = hashlib.sha256(told.encode()).hexdigest()[:8]
    stem = f"seed-{seed}-{mark}"
    return folder / f"{stem}.json", folder / f"{stem}.safetensors"
