"""One run of an experiment: one seed, all passes. It can be stopped at any moment.

After each pass the weights and the counts are saved. All that a pass draws at random
comes from the seed and the number of the pass. So a run that was killed goes on from
its last whole pass, and ends with the same weights, to the last bit.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lenet_lib import results
from lenet_lib.byhand import sdlm
from lenet_lib.byhand.networks import ByHand
from lenet_lib.data import EVALUATION_BATCH
from lenet_lib.models import Network
from lenet_lib.reproduction.digits import Digits, Source
from lenet_lib.reproduction.recipes import Recipe

#: Digits between two words about how far the run is.
STRETCH = 1_000


@dataclass
class Run:
    """What is known of a run so far: its weights, the counts of each pass, and where.

    A state can be carried to another machine and go on there: ``machines`` tells all
    that had a part in it, with their versions, as :func:`results.circumstances` does.
    """

    weights: np.ndarray
    misread_in_passing: list[int] = field(default_factory=list)
    test_misread: list[int] = field(default_factory=list)
    seconds: float = 0.0
    machines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def passes(self) -> int:
        """Whole passes done."""
        return len(self.test_misread)


class StateError(ValueError):
    """A saved state cannot be used."""


def train(
    recipe: Recipe,
    seed: int,
    file: Path,
    progress: Callable[[float], None] = lambda share: None,
) -> Run:
    """Train with one seed, or go on where an earlier call was stopped.

    Args:
        recipe: the experiment.
        seed: gives the first weights, the order of the digits, and all later draws.
        file: keeps the state after each pass.
        progress: is told now and then which share of the run is done.

    Raises:
        StateError: if ``file`` belongs to another recipe or seed, or is damaged.
        lenet_lib.mnist.MNISTError: if a file of MNIST is missing or damaged.
    """
    network = recipe.first(seed)
    net, criterion = ByHand(network), recipe.loss()
    key = _fingerprint(recipe, seed)
    run = _load(file, key) if file.exists() else Run(net.weights.copy())
    if run.passes == len(recipe.rates):
        return run
    net.weights[:] = run.weights
    source, here = Source(recipe, seed), results.circumstances()
    if run.machines[-1:] != [here]:
        run.machines.append(here)
    for number in range(run.passes, len(recipe.rates)):
        start = time.perf_counter()
        inputs, labels = source.of_pass(number)
        sizes = _step_sizes(net, criterion, recipe, inputs, labels, [seed, 1 + number])
        misread = 0
        for first in range(0, len(inputs), STRETCH):
            part = slice(first, first + STRETCH)
            misread += sdlm.train(net, criterion, inputs[part], labels[part], sizes)
            progress((number + first / len(inputs)) / len(recipe.rates))
        network.load_state_dict(net.state_dict())
        run.weights = net.weights
        run.misread_in_passing.append(misread)
        run.test_misread.append(misread_by(network, source.test))
        run.seconds += time.perf_counter() - start
        _save(run, file, key)
    progress(1.0)
    return run


def trained(recipe: Recipe, seed: int, run: Run) -> Network:
    """The network that a run has come to."""
    network = recipe.first(seed)
    net = ByHand(network)
    net.weights[:] = run.weights
    network.load_state_dict(net.state_dict())
    return network.eval()


def misread_by(network: Network, digits: Digits) -> int:
    """How many of the digits the network reads wrongly."""
    pairs = zip(*(part.split(EVALUATION_BATCH) for part in digits), strict=True)
    return sum(int((network.read(x) != y).sum()) for x, y in pairs)


def _step_sizes(
    net: ByHand,
    criterion: object,
    recipe: Recipe,
    inputs: np.ndarray,
    labels: np.ndarray,
    draws: list[int],
) -> np.ndarray:
    """The step of each weight in the coming pass, from the curvature on some digits."""
    draw = np.random.default_rng(draws)
    some = draw.choice(len(inputs), recipe.curvature_digits, replace=False)
    if recipe.curvature == "exact":
        bends = sdlm.probed(net, criterion, inputs[some], labels[some], draw)
    else:
        bends = sdlm.estimate(net, criterion, inputs[some], labels[some])
    return sdlm.steps(net, bends, recipe.rates[draws[1] - 1], recipe.mu)


def _fingerprint(recipe: Recipe, seed: int) -> str:
    """What a saved state must agree with."""
    text = json.dumps([recipe.as_json(), seed], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _save(run: Run, file: Path, key: str) -> None:
    """Write the state, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    with partial.open("wb") as stream:
        np.savez(
            stream,
            key=key,
            weights=run.weights,
            misread_in_passing=run.misread_in_passing,
            test_misread=run.test_misread,
            seconds=run.seconds,
            machines=json.dumps(run.machines),
        )
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)


def _load(file: Path, key: str) -> Run:
    """Read a state back.

    Raises:
        StateError: if it is damaged, or another experiment's.
    """
    try:
        with np.load(file, allow_pickle=False) as saved:
            found, run = (
                str(saved["key"]),
                Run(
                    saved["weights"],
                    saved["misread_in_passing"].tolist(),
                    saved["test_misread"].tolist(),
                    float(saved["seconds"]),
                    json.loads(str(saved["machines"])),
                ),
            )
    except Exception as error:  # zipfile and NumPy raise many kinds
        raise StateError(f"{file} is damaged: remove it to begin anew.") from error
    if found != key:
        raise StateError(
            f"{file} was begun with other settings: remove it to begin anew, or choose "
            "another folder with --runs-dir."
        )
    return run
