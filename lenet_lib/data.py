"""MNIST as a Lightning data module: held in memory, coded as the papers coded it.

MNIST is small: all of it fits in memory many times over. So each image is turned
into the network's input once, when the data are set up, and a batch is a single
indexing operation. There is no worker process and no Python code per image.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import TensorDataset

from lenet_lib import mnist, papers
from lenet_lib.lightning import pl
from lenet_lib.picture import digit_from_image as digit_from_image  # belongs here, too

#: Digits set aside from the 60,000 for validation, and the seed of that choice.
VALIDATION_SIZE = 5_000
SPLIT_SEED = 1998

#: The seed of the choice of digits that stand in for the zip codes'.
ZIP_CODE_SEED = 1989

#: Validation and test need no gradient, so their batches can be larger.
EVALUATION_BATCH = 1_000


@dataclass(frozen=True)
class InputCoding:
    """How a grey image becomes a network's input: its size and its two levels.

    Paper (0) becomes ``background`` and full ink (255) becomes ``ink``; greys lie
    on the straight line between them. A ``size`` above 28 adds a margin of
    background; a smaller one averages neighbouring pixels.

    With a ``box``, the digit is cut out first: the 20x20 pixels around the middle of
    its ink are reduced to ``box`` x ``box`` pixels, in the middle of the input.

    Raises:
        ValueError: if ``size`` or ``box`` is below 1, or ``box`` above ``size`` or 20.
    """

    size: int
    background: float
    ink: float
    box: int | None = None

    def __post_init__(self):
        if self.size < 1:
            raise ValueError(f"size must be at least 1 pixel, got {self.size}.")
        room = min(self.size, 20)
        if self.box is not None and not 1 <= self.box <= room:
            raise ValueError(
                f"box must be between 1 and {room} pixels in an input of {self.size}, "
                f"got {self.box}."
            )

    def __call__(self, images: Tensor) -> Tensor:
        """Code ``uint8`` images (n, 28, 28) as ``float32`` inputs (n, 1, size, size).

        Raises:
            ValueError: if the images are not ``uint8`` of shape (n, 28, 28).
        """
        if images.dtype != torch.uint8 or images.shape[1:] != (28, 28):
            raise ValueError(
                "Expected uint8 images of shape (n, 28, 28), "
                f"got {images.dtype} of shape {tuple(images.shape)}."
            )
        field = self.box or self.size  # what the picture itself shall fill
        if self.box:
            images = _cut_out(images)  # (n, 20, 20)
        inputs = images.float().unsqueeze(1)  # (n, 1, 28, 28), or 20 with a box
        if field < inputs.shape[-1]:
            target = (field, field)
            inputs = F.interpolate(inputs, target, mode="bilinear", antialias=True)
        slope = (self.ink - self.background) / 255
        inputs.mul_(slope).add_(self.background)
        if self.size > inputs.shape[-1]:
            before = (self.size - inputs.shape[-1]) // 2
            after = self.size - inputs.shape[-1] - before
            margins = (before, after, before, after)
            inputs = F.pad(inputs, margins, value=self.background)
        return inputs  # (n, 1, size, size)

    @classmethod
    def standardized(cls, images: Tensor) -> "InputCoding":
        """The 28x28 coding that gives ``images`` mean 0 and standard deviation 1.

        Raises:
            ValueError: if the images are all of one grey.
        """
        mean, deviation = pixel_statistics(images)
        if not deviation > 0:  # also where there is no image, and it is NaN
            raise ValueError("Cannot standardize images that are all of one grey.")
        return cls(28, background=-mean / deviation, ink=(1 - mean) / deviation)


#: The codings by name. ``"standardized"`` also exists; it depends on the data.
CODINGS = {
    "raw": InputCoding(28, background=0.0, ink=1.0),
    # LeCun et al. (1998), section II.B: mean about 0, variance about 1, they say.
    "lenet5": InputCoding(32, background=-0.1, ink=1.175),
    # LeCun et al. (1989): 16x16 pixels between -1 and 1, which the digit fills.
    "zipcode": InputCoding(16, background=-1.0, ink=1.0, box=16),
    # LeCun et al. (1990; 1998, section III.C.7): the same in the middle of 28x28.
    "lenet1": InputCoding(28, background=-1.0, ink=1.0, box=16),
}


def _cut_out(images: Tensor) -> Tensor:
    """The 20x20 pixels around the middle of each image's ink: (n, 28, 28) to 20x20.

    MNIST's digits were scaled into such a box, then moved so that their centre of mass
    came to the middle of 28x28. This finds the box again.
    """
    framed = F.pad(images, (10, 10, 10, 10))  # the box may hang over the border
    ink = images > 0
    window = torch.arange(20, device=images.device)

    def places(inked: Tensor) -> Tensor:  # (n, 28) of bool
        first = inked.int().argmax(dim=1)
        last = 27 - inked.flip(1).int().argmax(dim=1)
        start = (first + last + 1) // 2 - 10
        return 10 + start[:, None] + window  # (n, 20), within the frame

    rows, columns = places(ink.any(dim=2)), places(ink.any(dim=1))
    each = torch.arange(len(images), device=images.device)[:, None, None]
    return framed[each, rows[:, :, None], columns[:, None, :]]  # (n, 20, 20)


def pixel_statistics(images: Tensor) -> tuple[float, float]:
    """Mean and standard deviation of all pixels of ``uint8`` images, as if in [0, 1].

    Counting the 256 grey values first makes the result exact, and fast.
    """
    counts = torch.bincount(images.flatten(), minlength=256).double()  # (256,)
    share = counts / counts.sum()
    grey = torch.arange(256, dtype=torch.float64) / 255
    mean = (share * grey).sum()
    variance = (share * (grey - mean) ** 2).sum()
    return mean.item(), variance.sqrt().item()


class ZipCodeDigits(NamedTuple):
    """As many digits of MNIST as the zip-code network had, and some to choose by."""

    train: TensorDataset  #: 7,291 of the 60,000 training digits
    held_out: TensorDataset  #: 5,000 others of them
    test: TensorDataset  #: 2,007 of the 10,000 test digits


def zip_code_digits(
    coding: InputCoding = CODINGS["zipcode"],
    data_dir: str | os.PathLike | None = None,
) -> ZipCodeDigits:
    """Choose and code digits of MNIST in place of the zip codes' own.

    One random order of the training digits, then one of the test digits, both with
    the seed ``ZIP_CODE_SEED``: the same digits in the same order wherever it runs.

    Args:
        coding: how the network shall see them; 16x16 in [-1, 1] by default.
        data_dir: the folder that holds ``MNIST/raw``; by default the book's own.
    """
    folder = mnist.default_data_dir() if data_dir is None else data_dir
    mnist.ensure(folder)
    train, held_out, test = zip_code_choice()
    images, labels = mnist.read(folder, train=True)  # (60000, 28, 28)
    sets = [(images[chosen], labels[chosen]) for chosen in (train, held_out)]
    images, labels = mnist.read(folder, train=False)  # (10000, 28, 28)
    sets.append((images[test], labels[test]))
    return ZipCodeDigits(*(TensorDataset(coding(x), y) for x, y in sets))


def zip_code_choice() -> tuple[Tensor, Tensor, Tensor]:
    """Which digits :func:`zip_code_digits` takes: their numbers in MNIST.

    Returns:
        Of the training digits (7291,) to train on and (5000,) others to choose by, and
        of the test digits (2007,).
    """
    generator = torch.Generator().manual_seed(ZIP_CODE_SEED)
    size = papers.ZIP_CODE_1989["train_digits"]  # 7,291
    order = torch.randperm(60_000, generator=generator)
    train, held_out = order[:size], order[size : size + VALIDATION_SIZE]
    test = torch.randperm(10_000, generator=generator)
    return train, held_out, test[: papers.ZIP_CODE_1989["test_digits"]]  # 2,007


class Batches:
    """Mini-batches cut from tensors in memory; a fresh order in each pass if shuffled.

    It does a ``DataLoader``'s work where no loading is left to do. The order comes
    from torch's global random generator: ``torch.manual_seed`` governs it. Unshuffled
    batches are views of the data set, not copies: do not change them in place.

    In a run of several processes, each gets its share of *every* batch: of ``n``
    processes, number ``k`` gets rows ``k``, ``k + n``, ... So the mean of their
    gradients is the gradient of the whole batch, and the steps are those of one process
    alone. A batch that cannot be dealt out evenly, as the last one may be, goes to all
    of them whole, since the mean of equal gradients is that gradient, too. The order of
    the first process holds for all.

    Args:
        dataset: tensors whose rows belong together.
        batch_size: rows in a batch of the run; the last batch may have fewer.
        shuffle: whether each pass has an order of its own.
        trainer: the Lightning trainer whose processes share the batches, if any do.

    Raises:
        RuntimeError: if there is no data set yet.
        ValueError: if the batches cannot be dealt out evenly to the processes.
    """

    def __init__(
        self,
        dataset: TensorDataset,
        batch_size: int,
        shuffle: bool = False,
        trainer: pl.Trainer | None = None,
    ):
        if dataset is None:
            raise RuntimeError("There are no digits yet: call setup() first.")
        if trainer is not None:
            check_shares(batch_size, trainer.world_size)
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.trainer = trainer

    def __len__(self) -> int:
        """The number of batches in a pass, whole or shared."""
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self) -> Iterator[list[Tensor]]:
        tensors = self.dataset.tensors
        if not len(self.dataset):
            return
        if not self.shuffle:
            parts = (tensor.split(self.batch_size) for tensor in tensors)
            for batch in zip(*parts, strict=True):
                yield [self._share(rows) for rows in batch]
            return
        order = torch.randperm(len(self.dataset))
        if self.trainer is not None:
            order = self.trainer.strategy.broadcast(order)
        for chosen in order.split(self.batch_size):
            chosen = self._share(chosen)
            # index_select copies rows two to three times as fast as tensor[chosen].
            yield [tensor.index_select(0, chosen) for tensor in tensors]

    def _share(self, rows: Tensor) -> Tensor:
        """This process's rows of a batch, or all of them if they leave a remainder."""
        if self.trainer is None or len(rows) % self.trainer.world_size:
            return rows
        return rows[self.trainer.global_rank :: self.trainer.world_size]


def check_shares(batch_size: int, processes: int) -> None:
    """See that batches can be dealt out evenly to the processes of a run.

    Raises:
        ValueError: if they cannot.
    """
    if batch_size % processes:
        nearest = max(1, round(batch_size / processes)) * processes
        raise ValueError(
            f"{processes} processes cannot share batches of {batch_size} digits "
            f"evenly: choose a multiple of {processes}, such as {nearest}."
        )


class MNISTDataModule(pl.LightningDataModule):
    """MNIST: 55,000 digits to train on, 5,000 to validate, 10,000 to test.

    On several devices or machines (``Trainer(devices=2, strategy="ddp")``) the
    processes share every training batch, see :class:`Batches`: training takes the same
    steps as on one. Validation and test are not shared. Each process goes through all
    of those digits, so that every metric is the one over all of them, however a module
    computes it.

    Args:
        data_dir: the folder that holds (or shall hold) ``MNIST/raw``; the book's
            own ``data`` folder by default, ``./data`` outside the book.
        batch_size: digits in a training batch, of all devices together.
        coding: ``"standardized"`` (28x28; the training digits get mean 0 and
            standard deviation 1), ``"raw"`` (28x28 in [0, 1]), ``"lenet5"`` (32x32,
            paper -0.1 and ink 1.175), ``"zipcode"`` (16x16 in [-1, 1]), ``"lenet1"``
            (the same in the middle of 28x28), or any :class:`InputCoding`.

    Raises:
        ValueError: if ``batch_size`` or ``coding`` makes no sense.
        lenet_lib.mnist.MNISTError: in ``prepare_data`` and ``setup``, if a file is
            missing or damaged and cannot be restored.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike | None = None,
        batch_size: int = 64,
        coding: str | InputCoding = "standardized",
    ):
        super().__init__()
        if type(batch_size) is not int or batch_size < 1:  # True is an int, too
            raise ValueError(
                f"batch_size must be a whole number of at least 1, got {batch_size!r}."
            )
        names = ["standardized", *CODINGS]
        if not isinstance(coding, InputCoding) and coding not in names:
            raise ValueError(
                f"Unknown coding {coding!r}: choose one of {', '.join(names)}, "
                "or pass an InputCoding."
            )
        self.data_dir = mnist.default_data_dir() if data_dir is None else data_dir
        self.batch_size = batch_size
        self.coding = coding
        self.train_set: TensorDataset | None = None
        self.val_set: TensorDataset | None = None
        self.test_set: TensorDataset | None = None

    def prepare_data(self) -> None:
        """See that the files are there. Lightning calls this in one process only."""
        mnist.ensure(self.data_dir)

    def setup(self, stage: str | None = None) -> None:
        """Read, split and code the digits. Lightning calls this in every process."""
        if self.test_set is not None:
            return
        images, labels = mnist.read(self.data_dir, train=True)  # (60000, 28, 28)
        order = torch.randperm(
            len(images), generator=torch.Generator().manual_seed(SPLIT_SEED)
        )
        val, train = order[:VALIDATION_SIZE], order[VALIDATION_SIZE:]
        if self.coding == "standardized":
            self.coding = InputCoding.standardized(images[train])
        elif isinstance(self.coding, str):
            self.coding = CODINGS[self.coding]
        self.train_set = TensorDataset(self.coding(images[train]), labels[train])
        self.val_set = TensorDataset(self.coding(images[val]), labels[val])
        images, labels = mnist.read(self.data_dir, train=False)  # (10000, 28, 28)
        self.test_set = TensorDataset(self.coding(images), labels)

    def train_dataloader(self) -> Batches:
        """Batches of (inputs, labels), shuffled anew in each pass.

        With ``Trainer(overfit_batches=...)`` they are not shuffled, for the same few
        digits shall come in each pass.

        Raises:
            ValueError: if several devices cannot share ``batch_size`` digits evenly.
        """
        trainer = self.trainer
        overfits = trainer is not None and trainer.overfit_batches > 0
        return Batches(self.train_set, self.batch_size, not overfits, trainer)

    def val_dataloader(self) -> Batches:
        """The 5,000 validation digits, in a fixed order."""
        return Batches(self.val_set, EVALUATION_BATCH)

    def test_dataloader(self) -> Batches:
        """The 10,000 test digits, in MNIST's own order."""
        return Batches(self.test_set, EVALUATION_BATCH)

    def predict_dataloader(self) -> Batches:
        """The same as :meth:`test_dataloader`."""
        return self.test_dataloader()
