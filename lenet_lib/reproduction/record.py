"""The results file of an experiment, and the network that is kept of it."""

import json
from pathlib import Path
from typing import Any

from lenet_lib import results, weights
from lenet_lib.reproduction.digits import Source
from lenet_lib.reproduction.recipes import Recipe
from lenet_lib.reproduction.run import Run, misread_by, trained


def check(name: str, seeds: list[int], folder: Path, replace: bool) -> None:
    """See that no better documented results would be lost.

    Raises:
        ValueError: if there are results with a seed that is not among these.
    """
    file = folder / f"{name}.json"
    if replace or not file.exists():
        return
    had = [run["seed"] for run in json.loads(file.read_text(encoding="utf-8"))["runs"]]
    if not set(had) <= set(seeds):
        raise ValueError(
            f"{file} tells of {len(had)} seeds, and not all of them would be run now: "
            "run as many, keep the new results elsewhere with --results-dir, or "
            "give --replace."
        )


def measure(recipe: Recipe, seed: int, run: Run) -> dict[str, Any]:
    """What a results file says of one finished run."""
    network, source = trained(recipe, seed, run), Source(recipe, seed)
    return {
        "seed": seed,
        "misread_in_passing": run.misread_in_passing,
        "test_misread": run.test_misread,
        "train_misread": misread_by(network, source.train),
        "validation_misread": misread_by(network, source.validation),
        "seconds": round(run.seconds),
    }


def write(
    name: str,
    recipe: Recipe,
    records: list[dict[str, Any]],
    runs: list[Run],
    test_digits: int,
    folder: Path,
    weights_folder: Path,
) -> Path:
    """Write the results, and keep the network that validation likes best.

    No test digit has a say in which it is. The first seed wins a tie.
    """
    best = min(range(len(runs)), key=lambda n: records[n]["validation_misread"])
    seed = records[best]["seed"]
    network = trained(recipe, seed, runs[best])
    weights.save(
        name,
        network,
        coding=recipe.coding,
        results=name,
        test_wrong=records[best]["test_misread"][-1],
        test_digits=test_digits,
        folder=weights_folder,
        seed=seed,
    )
    return results.save(
        name,
        {
            "experiment": name,
            "recipe": recipe.as_json(),
            "test_digits": test_digits,
            "runs": records,
            "chosen_seed": seed,
        },
        folder,
    )
