"""How many test digits the trained networks misread: measured anew, in seconds.

``python -m lenet_lib evaluate lenet5`` does it for all whose names begin so, and says
whether it comes out as the run that trained them noted.
"""

import argparse
import os
import time
from dataclasses import dataclass

import torch
from torch import Tensor

from lenet_lib import mnist, weights
from lenet_lib.data import CODINGS, EVALUATION_BATCH, zip_code_digits
from lenet_lib.models import Network, ZipCodeNet


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a network read, and what the digits are."""

    read: Tensor  #: what the network says, (n,)
    labels: Tensor  #: what is right, (n,)

    @property
    def misread(self) -> Tensor:
        """Which digits were misread, in order: numbers from 0 on, (wrong,)."""
        return (self.read != self.labels).nonzero().squeeze(1)

    @property
    def wrong(self) -> int:
        """How many were misread."""
        return len(self.misread)

    @property
    def digits(self) -> int:
        """How many there were."""
        return len(self.labels)

    @property
    def error(self) -> float:
        """The share that was misread, in percent."""
        return 100 * self.wrong / self.digits


def evaluate(
    name: str,
    data_dir: str | os.PathLike | None = None,
    folder: str | os.PathLike = weights.FOLDER,
) -> Evaluation:
    """Let a trained network read the test digits.

    They are MNIST's 10,000, in MNIST's order; for the zip-code network they are the
    2,007 of ``zip_code_digits().test``, in the order there.

    Args:
        name: one of ``lenet_lib.weights.names()``.
        data_dir: the folder that holds ``MNIST/raw``; by default the book's own.
        folder: where the weights lie; by default within the package.

    Raises:
        ValueError: if there is no network of that name.
        lenet_lib.weights.WeightsError: if its file is missing or damaged.
        lenet_lib.mnist.MNISTError: if one of MNIST's is, and cannot be restored.
    """
    network = weights.load(name, folder)
    coding = CODINGS[weights.facts(name, folder)["coding"]]
    if isinstance(network, ZipCodeNet):
        inputs, labels = zip_code_digits(coding, data_dir).test.tensors
    else:
        data_dir = mnist.default_data_dir() if data_dir is None else data_dir
        mnist.ensure(data_dir)
        images, labels = mnist.read(data_dir, train=False)  # (10000, 28, 28)
        inputs = coding(images)
    return Evaluation(_read(network, inputs), labels)


def _read(network: Network, inputs: Tensor) -> Tensor:
    """What the network says to each of many digits, (n,)."""
    return torch.cat([network.read(some) for some in inputs.split(EVALUATION_BATCH)])


def chosen(prefix: str, names: list[str]) -> list[str]:
    """The one of this very name, or else all whose names begin so.

    Raises:
        ValueError: if there is none.
    """
    if prefix in names:
        return [prefix]
    found = [name for name in names if name.startswith(prefix)]
    if not found:
        known = f"there are {', '.join(names)}" if names else "there is none at all"
        raise ValueError(f"No trained network's name begins with {prefix!r}: {known}.")
    return found


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "name",
        nargs="?",
        default="",
        help="of a trained network, or how its name begins; without it, all of them",
    )
    parser.add_argument(
        "--data-dir", metavar="DIR", help="the folder that holds MNIST/raw"
    )
    parser.add_argument(
        "--weights-dir",
        metavar="DIR",
        default=weights.FOLDER,
        help="the folder that holds weights of your own and their index.json",
    )


def main(options: argparse.Namespace) -> int:
    """Print a line for each network; return 1 if one does not do as its run noted."""
    names = chosen(options.name, weights.names(options.weights_dir))
    width, disagree = max(map(len, names)), False
    for name in names:
        start = time.perf_counter()
        found = evaluate(name, options.data_dir, options.weights_dir)
        seconds = time.perf_counter() - start
        known = weights.facts(name, options.weights_dir)
        noted = f"{known['test_wrong']:,} of {known['test_digits']:,}"
        measured = f"{found.wrong:,} of {found.digits:,}"
        verdict = "as its run noted"
        if noted != measured:
            disagree = True
            verdict = f"but its run noted {noted}"
        print(
            f"{name:{width}}  {measured:>15} misread, {found.error:5.2f} %, {verdict} "
            f"in results/{known['results']}.json ({seconds:.1f} s)",
            flush=True,
        )
    return int(disagree)
