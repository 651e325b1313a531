r"""Minibatch training of the papers' networks in today's way, on one device or several.

    python -m lenet_lib train lenet5 --passes 6
    python -m lenet_lib train lenet5 --devices 2 --strategy ddp --accelerator cpu

Each network has the targets and the loss of its paper, but not the paper's optimiser:
AdamW, a cycle of step sizes and batches of 64 digits. ``--devices``, ``--num-nodes``,
``--strategy`` and ``--accelerator`` are Lightning's own. However many processes there
are, they take the steps that one would take: see ``lenet_lib.data.Batches``.

On several machines, start the same command on each, with the address and a free port
of the first and the machine's own number in the environment:

    MASTER_ADDR=10.0.0.1 MASTER_PORT=29500 NODE_RANK=0 \
        python -m lenet_lib train lenet5 --num-nodes 2 --strategy ddp
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import safetensors.torch
import torch
import torch.nn.functional as F
from pytorch_lightning.plugins.environments import LightningEnvironment
from pytorch_lightning.utilities.exceptions import MisconfigurationException
from torch import Tensor

from lenet_lib import models
from lenet_lib.data import MNISTDataModule, check_shares
from lenet_lib.lightning import pl
from lenet_lib.training import trainer


def penalty(penalties: Tensor, labels: Tensor) -> Tensor:
    """Mean penalty of the right digit, from penalties (n, 10): P98, equation 8."""
    return penalties.gather(1, labels.unsqueeze(1)).mean()


def squared_error(outputs: Tensor, labels: Tensor) -> Tensor:
    """Mean squared error of outputs (n, 10): +1 for the digit, else -1 (P89, P90)."""
    targets = 2 * F.one_hot(labels, 10).to(outputs) - 1  # (n, 10)
    return F.mse_loss(outputs, targets)


class Recipe(NamedTuple):
    """How a network is trained: what it sees, what it shall do, and how fast."""

    network: type[models.Network]
    coding: str  #: one of ``lenet_lib.data.CODINGS``, or ``"standardized"``
    loss: Callable[[Tensor, Tensor], Tensor]
    rate: float  #: largest step size; chosen on the validation digits, two passes


RECIPES = {
    "zipcode": Recipe(models.ZipCodeNet, "zipcode", squared_error, 0.008),
    "lenet1": Recipe(models.LeNet1, "lenet1", squared_error, 0.02),
    "lenet5": Recipe(models.LeNet5, "lenet5", penalty, 0.004),
    "tutorial": Recipe(models.TutorialLeNet5, "standardized", F.cross_entropy, 0.008),
}


class Reader(pl.LightningModule):
    """A network that learns to read digits with AdamW and one cycle of step sizes.

    Args:
        network: any of ``lenet_lib.models``.
        loss: takes the network's outputs (n, 10) and the labels (n,); a mean over
            the digits, so that processes can share a batch.
        rate: the largest step size of the cycle.
    """

    def __init__(
        self,
        network: models.Network,
        loss: Callable[[Tensor, Tensor], Tensor],
        rate: float,
    ):
        super().__init__()
        self.network = network
        self.loss = loss
        self.rate = rate

    def training_step(self, batch: list[Tensor], batch_index: int) -> Tensor:
        """Give the loss of this process's share of a batch."""
        images, labels = batch
        loss = self.loss(self.network(images), labels)
        self.log("train_loss", loss, sync_dist=True)
        return loss

    def validation_step(self, batch: list[Tensor], batch_index: int) -> None:
        """Log the error on validation digits, in percent."""
        self.log("val_error", self._error(batch), sync_dist=True)

    def test_step(self, batch: list[Tensor], batch_index: int) -> None:
        """Log the error on test digits, in percent."""
        self.log("test_error", self._error(batch), sync_dist=True)

    def _error(self, batch: list[Tensor]) -> Tensor:
        images, labels = batch
        return 100 * (self.network.read(images) != labels).float().mean()

    def configure_optimizers(self) -> Any:
        """AdamW; its step size rises and falls once within the run."""
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.rate)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=self.rate,
            total_steps=self.trainer.estimated_stepping_batches,
        )
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command ``train`` takes to its parser."""
    parser.add_argument("network", choices=RECIPES, help="the network to train")
    for name, default, purpose in (
        ("--passes", 2, "over the 55,000 training digits"),
        ("--batch-size", 64, "digits in a batch, of all devices together"),
        ("--devices", 1, "processors on each machine"),
        (
            "--num-nodes",
            1,
            "machines; each runs this command, with MASTER_ADDR, MASTER_PORT and "
            "NODE_RANK set",
        ),
    ):
        parser.add_argument(
            name, type=_count, metavar="N", default=default, help=_told(purpose)
        )
    parser.add_argument(
        "--strategy",
        choices=["auto", "ddp"],
        default="auto",
        help=_told("how several devices work together, as Lightning names it"),
    )
    parser.add_argument(
        "--accelerator",
        choices=["auto", "cpu", "gpu"],
        default="auto",
        help=_told("the kind of device"),
    )
    parser.add_argument(
        "--rate", type=_rate, help="largest step size (default: the network's own)"
    )
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        default=1,
        help=_told("of the first weights and of the digits' order"),
    )
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE.safetensors",
        help="where to keep the weights (default: nowhere)",
    )


def _told(purpose: str) -> str:
    return f"{purpose} (default: %(default)s)"


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"expected a whole number of at least 1, got {text!r}"
        )
    return int(text)


def _rate(text: str) -> float:
    try:
        if 0 < float(text) < float("inf"):
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")


def main(options: argparse.Namespace) -> None:
    """Train a network, print its errors, and save its weights if that was asked for.

    With several devices, Lightning runs this once in each process. Whatever can be
    wrong with the options is found in the first, before it starts the others.

    Raises:
        ValueError: if there are no such devices, if they cannot share the batches
            evenly, or if the weights cannot go where they shall.
        lenet_lib.mnist.MNISTError: if a file of MNIST is missing or damaged and cannot
            be restored.
    """
    recipe = RECIPES[options.network]
    if options.save is not None:
        _check_place(options.save)
    run = _trainer(options)
    check_shares(options.batch_size, run.world_size)
    digits = MNISTDataModule(batch_size=options.batch_size, coding=recipe.coding)
    digits.prepare_data()
    torch.manual_seed(options.seed)
    network = recipe.network()
    model = Reader(network, recipe.loss, options.rate or recipe.rate)
    run.fit(model, digits)
    validation = run.validate(model, digits, verbose=False)[0]["val_error"]
    test = run.test(model, digits, verbose=False)[0]["test_error"]
    if run.is_global_zero:
        passes = "1 pass" if options.passes == 1 else f"{options.passes} passes"
        print(
            f"{options.network}, {passes}, seed {options.seed}: "
            f"validation error {validation:.2f} %, test error {test:.2f} %"
        )
        if options.save is not None:
            save(network, options.save)


def _trainer(options: argparse.Namespace) -> pl.Trainer:
    """Lightning's trainer for these options, or one sentence on why there is none."""
    try:
        run = trainer(
            options.passes,
            accelerator=options.accelerator,
            devices=options.devices,
            num_nodes=options.num_nodes,
            strategy=options.strategy,
        )
    except (ValueError, MisconfigurationException) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"Lightning finds no such devices: {reason}") from error
    if options.num_nodes > 1 and isinstance(
        run.strategy.cluster_environment, LightningEnvironment
    ):  # no cluster's manager (SLURM, torchrun) tells the machines of each other
        needed = ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK")
        if missing := [name for name in needed if name not in os.environ]:
            raise ValueError(
                f"A run on several machines needs {' and '.join(missing)} in the "
                "environment: the first machine's address and a free port of it, the "
                "same for all, and this machine's own number, counted from 0."
            )
    return run


def _check_place(file: Path) -> None:
    """See that weights can be written there, before hours of training."""
    if file.suffix != ".safetensors" or file.is_dir():
        raise ValueError(f"Weights go to a file named *.safetensors, not to {file}.")
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise ValueError(
            f"Weights cannot go to {file}: make its folder first, one you may write in."
        )


def save(network: torch.nn.Module, file: Path) -> None:
    """Write a network's weights; a file of that name is replaced once all is there."""
    unfinished = file.with_name(file.name + ".part")
    try:
        unfinished.write_bytes(safetensors.torch.save(network.state_dict()))
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
