"""The digits of an experiment: to train on, in their constant order, and to read."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lenet_lib import mnist
from lenet_lib.data import CODINGS, zip_code_digits
from lenet_lib.distortions import Affine
from lenet_lib.reproduction.recipes import Recipe

#: Where all digits are trained on, none is left to validate with. This many of them,
#: distorted in ways that no run has seen, stand in; the seed draws the distortions.
VALIDATION_SIZE = 10_000
VALIDATION_SEED = 98


class Digits(NamedTuple):
    """Coded digits, (n, 1, size, size), and what they are, (n,)."""

    inputs: Tensor
    labels: Tensor


class Source:
    """What a run with one seed trains on, and what it is measured with.

    Args:
        recipe: the experiment.
        seed: draws which digits there are, if not all, and their order.

    Raises:
        lenet_lib.mnist.MNISTError: if a file of MNIST is missing or damaged.
    """

    def __init__(self, recipe: Recipe, seed: int):
        self.recipe, self.seed = recipe, seed
        coding = CODINGS[recipe.coding]
        draw = np.random.default_rng([seed, 0])
        if recipe.network == "ZipCodeNet":
            parts = zip_code_digits(coding)
            train, self.validation, self.test = (
                Digits(*part.tensors) for part in parts
            )
            order = torch.from_numpy(draw.permutation(len(train.labels)))
            order = order[: recipe.digits]
            self.train = Digits(*(tensor[order] for tensor in train))
            return
        folder = mnist.default_data_dir()
        mnist.ensure(folder)
        images, labels = mnist.read(folder, train=True)  # (60000, 28, 28)
        some = images[:VALIDATION_SIZE]
        unseen = torch.Generator().manual_seed(VALIDATION_SEED)
        self.validation = Digits(coding(Affine()(some, unseen)), labels[: len(some)])
        order = torch.from_numpy(draw.permutation(len(images)))[: recipe.digits]
        self.images = images[order]
        self.train = Digits(coding(self.images), labels[order])
        images, labels = mnist.read(folder, train=False)  # (10000, 28, 28)
        self.test = Digits(coding(images), labels)

    def of_pass(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The digits of a pass, counted from 0: inputs (n, size * size), labels (n,).

        The order is the same in each pass. With distortions, each digit comes in
        another version in each pass, until all its versions have been shown.
        """
        inputs, recipe = self.train.inputs, self.recipe
        if recipe.distortions is not None:
            inputs = inputs.clone()
            for chosen, version in self._versions(number):
                if version > 0:  # 0 is the digit itself
                    which = version * recipe.copies + int(chosen[0])
                    draw = torch.Generator().manual_seed(1_000_000 * self.seed + which)
                    distorted = recipe.distortions(self.images[chosen], draw)
                    inputs[chosen] = CODINGS[recipe.coding](distorted)
        return inputs.flatten(1).numpy(), self.train.labels.numpy()

    def _versions(self, number: int) -> Iterator[tuple[Tensor, int]]:
        """Which digits come in which version in this pass."""
        for first in range(self.recipe.copies):
            chosen = torch.arange(first, len(self.images), self.recipe.copies)
            yield chosen, (first + number) % self.recipe.copies
