"""The results file of an experiment, and the network that is kept of it."""

import json
from pathlib import Path
from typing import Any

from lenet_lib import results, weights
from lenet_lib.reproduction.digits import Source
from lenet_lib.reproduction.recipes import Recipe
from lenet_lib.reproduction.run import Run, misread_by, trained


def check(
    name: str, recipe: Recipe, seeds: list[int], folder: Path, replace: bool
) -> None:
    """See that no better documented results would be lost.

    Seeds that are not in the file are added to it, if the recipe is the same. Where
    seeds are run again, all of the file's must be.

    Raises:
        ValueError: if results with some seed would be lost, or mixed with those of
            another recipe.
    """
    had = _earlier(name, folder)
    if replace or had is None:
        return
    known, file = {run["seed"] for run in had["runs"]}, folder / f"{name}.json"
    if known <= set(seeds):
        return
    if known & set(seeds):
        raise ValueError(
            f"{file} tells of {len(known)} seeds, and not all of them would be run "
            "again: run all, or others only, keep the new results elsewhere with "
            "--results-dir, or give --replace."
        )
    if had["recipe"] != _plain(recipe):
        raise ValueError(
            f"{file} was made by another recipe, so no seeds can be added to it: run "
            "all anew, keep the new results elsewhere with --results-dir, or give "
            "--replace."
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
        "machines": run.machines,
    }


def write(
    name: str,
    recipe: Recipe,
    records: list[dict[str, Any]],
    runs: list[Run],
    test_digits: int,
    folder: Path,
    weights_folder: Path,
    replace: bool = False,
) -> Path:
    """Write the results, and keep the network that validation likes best.

    No test digit has a say in which it is. The first seed wins a tie. Results of other
    seeds that the file has stay in it, unless all are to be replaced.
    """
    had = None if replace else _earlier(name, folder)
    new = {entry["seed"]: entry for entry in records}
    old = {entry["seed"]: entry for entry in had["runs"]} if had else {}
    every = dict(sorted({**old, **new}.items()))
    best = min(every, key=lambda seed: every[seed]["validation_misread"])
    if best in new:  # else the network that is there remains
        weights.save(
            name,
            trained(recipe, best, runs[list(new).index(best)]),
            coding=recipe.coding,
            results=name,
            test_wrong=new[best]["test_misread"][-1],
            test_digits=test_digits,
            folder=weights_folder,
            seed=best,
        )
    return results.save(
        name,
        {
            "experiment": name,
            "recipe": recipe.as_json(),
            "test_digits": test_digits,
            "runs": list(every.values()),
            "chosen_seed": best,
        },
        folder,
    )


def _earlier(name: str, folder: Path) -> dict[str, Any] | None:
    """What the results file says now, if there is one."""
    file = folder / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def _plain(recipe: Recipe) -> dict[str, Any]:
    """The recipe as JSON gives it back."""
    return json.loads(json.dumps(recipe.as_json()))
