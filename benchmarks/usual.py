"""The usual pipeline of tutorials, written out to measure ours against.

Per-image transforms, a ``DataLoader`` with one worker process, batches of 256, a
``Normalize`` that does nothing, and Lightning's default trainer.
"""

import shutil
from pathlib import Path

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, random_split
from torchvision import transforms
from torchvision.datasets import MNIST

from lenet_lib import mnist


def unpacked_mnist(folder: Path) -> Path:
    """Copy the four files to a scratch folder, where torchvision may unpack them."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in mnist.MD5:
        shutil.copy(mnist.default_data_dir() / "MNIST" / "raw" / name, raw)
    return folder


class UsualDataModule(pl.LightningDataModule):
    """MNIST as tutorials load it: one image at a time, in a worker process."""

    def __init__(self, data_dir: Path, batch_size: int = 256):
        super().__init__()
        self.data_dir = data_dir
        self.batch_size = batch_size
        self.transform = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize((0,), (1,))]
        )

    def prepare_data(self) -> None:
        """Unpack the files, as torchvision does."""
        MNIST(self.data_dir, train=True, download=True)
        MNIST(self.data_dir, train=False, download=True)

    def setup(self, stage: str | None = None) -> None:
        """Split 55,000 / 5,000 at random."""
        full = MNIST(self.data_dir, train=True, transform=self.transform)
        generator = torch.Generator().manual_seed(42)
        self.train_set, self.val_set = random_split(
            full, [55_000, 5_000], generator=generator
        )
        self.test_set = MNIST(self.data_dir, train=False, transform=self.transform)

    def _loader(self, dataset: torch.utils.data.Dataset, shuffle: bool) -> DataLoader:
        return DataLoader(dataset, self.batch_size, shuffle=shuffle, num_workers=1)

    def train_dataloader(self) -> DataLoader:
        """Shuffled training batches."""
        return self._loader(self.train_set, shuffle=True)

    def val_dataloader(self) -> DataLoader:
        """Validation batches."""
        return self._loader(self.val_set, shuffle=False)

    def test_dataloader(self) -> DataLoader:
        """Test batches."""
        return self._loader(self.test_set, shuffle=False)
