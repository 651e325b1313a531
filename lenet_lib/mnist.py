"""The four files of MNIST: checked against their checksums, restored, read.

The files are the ones that Yann LeCun, Corinna Cortes and Chris Burges published,
byte for byte. They are read straight from their ``.gz`` form, so that nothing is
ever written beside them: a read-only folder will do, and so will two programs at
once. Nothing is trained on a file whose checksum is wrong.
"""

import gzip
import hashlib
import http.client
import os
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

#: MD5 sum of each ``.gz`` file, as torchvision publishes it.
MD5 = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}


class MNISTError(RuntimeError):
    """A file of MNIST is missing or damaged, and could not be restored."""


def default_data_dir() -> Path:
    """The book's own ``data`` folder in a clone of it; elsewhere ``./data``."""
    root = Path(__file__).resolve().parent.parent
    return root / "data" if (root / "_toc.yml").exists() else Path("data")


def ensure(data_dir: str | os.PathLike) -> None:
    """Make sure that all four files lie in ``data_dir/MNIST/raw``, undamaged.

    Touches no network while they do. A missing or damaged file is downloaded from
    torchvision's list of mirrors and moved into place once its checksum is right,
    so that an interrupted download leaves nothing behind.

    Raises:
        MNISTError: if a file is bad and no good copy can be had.
    """
    for name in MD5:
        path = Path(data_dir) / "MNIST" / "raw" / name
        _, fault = _inspect(path)
        if fault:
            _download(path, fault)


def read(data_dir: str | os.PathLike, train: bool) -> tuple[Tensor, Tensor]:
    """Read the 60,000 training digits or the 10,000 test digits.

    Returns:
        Images, ``uint8`` of shape (n, 28, 28), 0 for paper and 255 for ink, and
        labels, ``int64`` of shape (n,), 0 to 9.

    Raises:
        MNISTError: if a file is missing or its checksum is wrong.
    """
    prefix = "train" if train else "t10k"
    raw = Path(data_dir) / "MNIST" / "raw"
    images = _read_idx(raw / f"{prefix}-images-idx3-ubyte.gz")  # (n, 28, 28)
    labels = _read_idx(raw / f"{prefix}-labels-idx1-ubyte.gz")  # (n,)
    return torch.from_numpy(images), torch.from_numpy(labels).long()


def _read_idx(path: Path) -> np.ndarray:
    """Read one IDX file: a magic number, the shape, then one byte a value."""
    content, fault = _inspect(path)
    if fault:
        raise MNISTError(f"{fault}{_cure(path)}")
    content = gzip.decompress(content)
    dimensions = content[3]  # the magic number's last byte: 3 for images, 1 for labels
    header = np.frombuffer(content, ">i4", count=1 + dimensions)
    values = np.frombuffer(content, np.uint8, offset=header.nbytes)
    return values.reshape(header[1:]).copy()  # a copy that torch may write to


def _inspect(path: Path) -> tuple[bytes, str | None]:
    """What the file holds, and what is wrong with it as a clause, if anything is."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return b"", f"The MNIST file {path} is missing"
    except OSError as error:
        return b"", f"The MNIST file {path} cannot be read ({error.strerror})"
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found == MD5[path.name]:
        return content, None
    return content, (
        f"The MNIST file {path} is damaged ({len(content):,} bytes with MD5 sum "
        f"{found}, where {MD5[path.name]} was expected)"
    )


def _cure(path: Path) -> str:
    """How to put a bad file right, as the end of a sentence."""
    folder = default_data_dir()
    if (folder.parent / "_toc.yml").exists() and path.is_relative_to(folder):
        return f"; restore it with: git checkout -- '{path}'"
    first = "delete it and " if path.exists() else ""
    return f"; {first}call prepare_data() with an internet connection."


def _download(path: Path, fault: str) -> None:
    """Fetch one file, check it, and only then move it to its place."""
    from torchvision.datasets import MNIST
    from torchvision.datasets.utils import download_url

    reason: Exception | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            for mirror in MNIST.mirrors:
                try:
                    download_url(mirror + path.name, folder, path.name, MD5[path.name])
                    os.replace(Path(folder) / path.name, path)
                    return
                except (OSError, RuntimeError, http.client.HTTPException) as error:
                    reason = error
    except OSError as error:  # the folder itself cannot be made or written to
        reason = error
    raise MNISTError(
        f"{fault} and could not be downloaded ({reason}){_cure(path)}"
    ) from None
