"""What several checks compare with: MNIST, and the trained networks' answers to it."""

import functools

import torch
from torch import Tensor

from lenet_lib import mnist, weights
from lenet_lib.data import CODINGS

#: A trained network by name, loaded once.
network = functools.cache(weights.load)


@functools.cache
def images(train: bool) -> tuple[Tensor, Tensor]:
    """MNIST's images (n, 28, 28), ``uint8``, and labels (n,)."""
    folder = mnist.default_data_dir()
    mnist.ensure(folder)
    return mnist.read(folder, train=train)


@functools.cache
def penalties(name: str = "lenet5-1998") -> Tensor:
    """What a trained LeNet-5 gives for all test digits, (10000, 10)."""
    pictures, _ = images(train=False)
    with torch.no_grad():
        parts = CODINGS["lenet5"](pictures).split(250)
        return torch.cat([network(name)(part) for part in parts])
