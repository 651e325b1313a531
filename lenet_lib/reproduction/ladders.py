"""All rungs of a ladder with all seeds: ``python -m lenet_lib reproduce modern``.

A run of one rung with one seed takes a minute or two. It is kept when it is done, so
that a study that was stopped goes on with what is missing.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from lenet_lib import mnist, results, weights
from lenet_lib.data import CODINGS, zip_code_choice
from lenet_lib.distortions import Affine
from lenet_lib.models import ModernLeNet5, Network
from lenet_lib.modern.ladder import LADDERS, Rung
from lenet_lib.modern.minibatch import fit
from lenet_lib.reproduction.digits import VALIDATION_SEED, VALIDATION_SIZE, Digits
from lenet_lib.reproduction.kept import fingerprint, once
from lenet_lib.reproduction.run import misread_by

SEEDS = range(1, 6)


class LadderStudy:
    """A ladder, climbed once with each seed.

    Args:
        ladder: a key of ``lenet_lib.modern.ladder.LADDERS``, and the results' name.
        kept: under which name the last rung's network is kept, if it shall be.
    """

    def __init__(self, ladder: str, kept: str | None = None):
        self.name, self.kept, self.rungs = ladder, kept, LADDERS[ladder]

    def jobs(self) -> list[tuple[int, int]]:
        """The runs to be made: rung and seed, the long ones first."""
        last = len(self.rungs) - 1
        order = [last, *range(last)]
        return [(number, seed) for number in order for seed in SEEDS]

    def run(
        self, job: tuple[int, int], folder: Path, progress: Callable[[float], None]
    ) -> dict[str, Any]:
        """Train and count, or tell what an earlier call found.

        Args:
            job: rung, counted from 0, and seed.
            folder: keeps finished runs.
            progress: is told now and then which share of the run is done.
        """
        number, seed = job
        rung, stem = self.rungs[number], self.stem(folder, *job)

        def make() -> dict[str, Any]:
            record, network = climb(rung, seed, progress)
            save_file(network.state_dict(), stem.with_suffix(".safetensors"))
            return record | {"rung": number}

        return once(stem.with_suffix(".json"), make)

    def stem(self, folder: Path, number: int, seed: int) -> Path:
        """What the names of a run's files begin with; another recipe has others."""
        rung = self.rungs[number]
        recipe = [asdict(rung.changes), rung.plan.as_json(), rung.digits]
        return folder / f"rung-{number:02}-seed-{seed}-{fingerprint(recipe)}"

    def write(
        self,
        records: list[dict[str, Any]],
        folder: Path,
        results_folder: Path,
        weights_folder: Path,
    ) -> Path:
        """Write the results, and keep the last rung's best network, if one is kept.

        Which is best is decided by validation digits, never by test digits.
        """
        rungs = [
            {
                "name": rung.name,
                "change": rung.change,
                "parameters": sum(p.numel() for p in rung.first(1).parameters()),
                "digits": rung.digits,
                "changes": asdict(rung.changes),
                "plan": rung.plan.as_json(),
                "runs": [
                    {key: value for key, value in record.items() if key != "rung"}
                    for record in records
                    if record["rung"] == number
                ],
            }
            for number, rung in enumerate(self.rungs)
        ]
        result = {"experiment": self.name, "test_digits": _test_digits(self.rungs[0])}
        result["rungs"] = rungs
        if self.kept:
            runs = rungs[-1]["runs"]
            best = min(runs, key=lambda run: run["validation_misread"])
            result["chosen_seed"] = best["seed"]
            self._keep(best, folder, weights_folder)
        return results.save(self.name, result, results_folder)

    def _keep(self, best: dict[str, Any], folder: Path, weights_folder: Path) -> None:
        """Save the last rung's network of a seed among the book's weights."""
        rung, seed = self.rungs[-1], best["seed"]
        stem = self.stem(folder, len(self.rungs) - 1, seed)
        network = ModernLeNet5()
        network.load_state_dict(load_file(stem.with_suffix(".safetensors")))
        weights.save(
            self.kept,
            network,
            coding=rung.plan.coding,
            results=self.name,
            test_wrong=best["test_misread"],
            test_digits=_test_digits(rung),
            folder=weights_folder,
            seed=seed,
        )


def climb(
    rung: Rung, seed: int, progress: Callable[[float], None] = lambda share: None
) -> tuple[dict[str, Any], Network]:
    """Train one rung with one seed, and count: the record, and the network.

    The validation digits are training digits, distorted in ways that no run has seen.
    """
    train, test = _digits(rung)
    network, start = rung.first(seed), time.perf_counter()
    fit(network, *train, rung.plan, seed, progress)
    seconds = time.perf_counter() - start
    unseen = torch.Generator().manual_seed(VALIDATION_SEED)
    images, labels = (part[:VALIDATION_SIZE] for part in train)
    validation = Affine()(images, unseen), labels
    parts = {"test": test, "train": train, "validation": validation}
    code = CODINGS[rung.plan.coding]
    record = {"seed": seed}
    for name, (images, labels) in parts.items():
        record[f"{name}_misread"] = misread_by(network, Digits(code(images), labels))
    record["seconds"] = round(seconds)
    record["machine"] = results.circumstances()["machine"]
    return record, network


def _digits(rung: Rung) -> tuple[tuple[torch.Tensor, torch.Tensor], ...]:
    """Training and test digits, uncoded: images (n, 28, 28) and labels (n,)."""
    folder = mnist.default_data_dir()
    mnist.ensure(folder)
    train, test = mnist.read(folder, train=True), mnist.read(folder, train=False)
    if rung.plan.coding == "zipcode":
        chosen, _, of_test = zip_code_choice()
        if rung.digits == len(chosen):
            train = tuple(part[chosen] for part in train)
        test = tuple(part[of_test] for part in test)
    return train, test


def _test_digits(rung: Rung) -> int:
    return len(_digits(rung)[1][1])
