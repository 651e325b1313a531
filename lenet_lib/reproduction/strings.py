"""LeNet-5 trained for strings, and how well lines are read with it and without.

``python -m lenet_lib reproduce strings`` trains it with each seed, and reads lines set
from test digits, some with wide gaps and some that overlap. LeNet-5 as of 1998 reads
the same lines, without any training for it.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from lenet_lib import mnist, results, weights
from lenet_lib.data import CODINGS
from lenet_lib.models import LeNet5, StringLeNet5
from lenet_lib.reproduction.digits import Digits
from lenet_lib.reproduction.kept import fingerprint, once
from lenet_lib.reproduction.run import misread_by
from lenet_lib.strings import training
from lenet_lib.strings.grammar import zip_code
from lenet_lib.strings.lines import DIGITS, lines
from lenet_lib.strings.reading import edit_distance, losses, penalties
from lenet_lib.strings.viterbi import naive, viterbi

#: Seeds of the training.
SEEDS = range(1, 4)

#: The last training digits: no window has one of them, and lines of them decide all
#: choices. LeNet-5 as of 1998, where the training starts, has seen them one by one.
HELD_OUT = 5_000

#: Pixels between the digits' boxes in the lines that are read.
GAPS = (-4, -2, 0, 2, 4, 8)

#: Lines for each gap, of test digits and of those held out; and the seed of all lines.
LINES, HELD_OUT_LINES, LINES_SEED = 500, 250, 1998

#: The penalties j of the rubbish class among which each way of reading has its choice.
PENALTIES = (6.0, 12.0, 20.0, 30.0, 50.0)

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

        def make() -> dict[str, Any]:
            train, held_out, test = _digits()
            seconds = 0.0
            if what == "as it was":
                network = weights.load(training.START)
            elif network_file.exists():
                network, seconds = _kept(network_file)
            else:
                start = time.process_time()
                network = training.train(
                    *train, seed, progress=lambda share: progress(0.8 * share)
                )
                seconds = time.process_time() - start
                told = {"seconds": f"{seconds:.1f}"}
                partial = network_file.with_suffix(".partial")
                save_file(network.state_dict(), partial, told)
                partial.replace(network_file)
            images, labels = test
            alone = Digits(CODINGS["lenet5"](images), labels)
            return {
                "seed": seed,
                "network": type(network).__name__,
                **measure(network, held_out, test),
                "test_misread": misread_by(network, alone),  # a blank is wrong as well
                "seconds": round(seconds),  # of the processor, to train
                "machine": results.circumstances()["machine"],
            }

        return once(record_file, make)

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
        weights.save(
            KEPT,
            _kept(_files(folder, best["seed"])[1])[0],
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
            "penalties": PENALTIES,
            "digits": DIGITS,
            training.START: before,
            "runs": runs,
            "chosen_seed": best["seed"],
        }
        return results.save("strings", result, results_folder)


def measure(
    network: LeNet5, held_out: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]
) -> dict[str, Any]:
    """How many lines are misread for each gap, with the grammar and without.

    Each way reads with the j of ``PENALTIES`` that serves it best on lines held out.

    Args:
        network: reads the lines.
        held_out: digits, and what they are, to choose j by.
        test: digits, and what they are, to measure with.

    Returns:
        ``"j"`` for ``"viterbi"`` and ``"naive"``. Then, for lines ``"held_out"`` and of
        the ``"test"``, for either way, how many ``"strings"`` are misread and how many
        ``"digits"``, these as edit distances added up: a number for each of ``GAPS``.
    """
    to_choose = _lines_of(network, held_out, HELD_OUT_LINES)
    to_test = _lines_of(network, test, LINES)
    found: dict[str, Any] = {"j": {}, "held_out": {}, "test": {}}
    for way in ("viterbi", "naive"):
        tried = {j: _misread_lines(to_choose, way, j) for j in PENALTIES}
        j = min(tried, key=lambda j: sum(tried[j]["strings"]))
        found["j"][way], found["held_out"][way] = j, tried[j]
        found["test"][way] = _misread_lines(to_test, way, j)
    return found


def _lines_of(
    network: LeNet5, digits: tuple[Tensor, Tensor], count: int
) -> list[tuple[Tensor, list[str]]]:
    """For each gap the penalties over lines, and what these spell."""
    every = (lines(*digits, gap, LINES_SEED, count) for gap in GAPS)
    return [(penalties(network, some.pictures), some.texts) for some in every]


def _misread_lines(
    every: list[tuple[Tensor, list[str]]], way: str, j: float
) -> dict[str, list[int]]:
    """For each gap: strings misread, and digits to be put right in them."""
    machine, counts = zip_code(), {"strings": [], "digits": []}
    for given, texts in every:
        tables = losses(given, j).numpy()
        if way == "viterbi":
            read = [viterbi(table, machine).text for table in tables]
        else:
            read = [naive(table) for table in tables]
        apart = [edit_distance(*pair) for pair in zip(read, texts, strict=True)]
        counts["strings"].append(sum(wrong > 0 for wrong in apart))
        counts["digits"].append(sum(apart))
    return counts


def _digits() -> tuple[tuple[Tensor, Tensor], ...]:
    """Digits to train on, those held out, and the test digits: images and labels."""
    folder = mnist.default_data_dir()
    mnist.ensure(folder)
    images, labels = mnist.read(folder, train=True)
    train = images[:-HELD_OUT], labels[:-HELD_OUT]
    held_out = images[-HELD_OUT:], labels[-HELD_OUT:]
    return train, held_out, mnist.read(folder, train=False)


def _kept(file: Path) -> tuple[StringLeNet5, float]:
    """A network that a run has kept, and the seconds that its training took."""
    network = StringLeNet5()
    with safe_open(file, framework="pt") as opened:
        names = opened.keys()
        network.load_state_dict({name: opened.get_tensor(name) for name in names})
        return network.eval(), float(opened.metadata()["seconds"])


def _files(folder: Path, seed: int) -> tuple[Path, Path]:
    """Where a run's record and its network are kept; another plan has other files."""
    plan = training.plan()
    measured = [plan, GAPS, LINES, HELD_OUT_LINES, LINES_SEED, PENALTIES]
    record, network = (f"seed-{seed}-{fingerprint(told)}" for told in (measured, plan))
    return folder / f"{record}.json", folder / f"{network}.safetensors"
