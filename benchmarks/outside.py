"""Digits that are not MNIST's: how many are misread, before and after each remedy.

    python benchmarks/outside.py

Three sets, all handed over as picture files have them, 0 for black and 1 for white:
the book's drawn digits on a board; the optical digits of Alpaydin and Kaynak (1998)
that come with scikit-learn, 8x8, enlarged; and MNIST's own test digits, as a control.

Three networks: LeNet-5 as of 1998, and the same trained with affine or with elastic
distortions. One trained network each, the one that the book keeps. Nothing was chosen
by what is measured here, neither the networks, nor the remedies, nor the drawn digits.
Writes the results ``outside``.
"""

import hashlib
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch and NumPy are imported

import numpy as np
import torch
import torch.nn.functional as F
from report import save
from sklearn.datasets import load_digits

from lenet_lib import mnist, weights
from lenet_lib.data import CODINGS, EVALUATION_BATCH
from lenet_lib.drawn import EACH, SEED, Drawing, drawings
from lenet_lib.picture import into_field

#: Trained networks, by name.
NETWORKS = ("lenet5-1998", "lenet5-1998-distorted", "lenet5-1998-elastic")

#: What is done to a picture: dark for light and light for dark, scaled, centred.
REMEDIES = {
    "as it is": (False, False, False),
    "polarity": (True, False, False),
    "polarity, centre of mass": (True, False, True),
    "polarity, box": (True, True, False),
    "polarity, box, centre of mass": (True, True, True),
}
#: The last one is MNIST's own recipe.
RECIPE = list(REMEDIES)[-1]

#: Pixels along an edge of the optical digits, enlarged.
ENLARGED = 64


def optical() -> tuple[np.ndarray, np.ndarray]:
    """The optical digits as ink, (1797, 64, 64), and what they are, (1797,).

    In the set, a pixel counts the ink in 4x4 pixels of a scan, from 0 to 16. Greys in
    between are found bilinearly.
    """
    images, labels = load_digits(return_X_y=True)
    small = torch.from_numpy(images.reshape(-1, 1, 8, 8) / 16)
    size = (ENLARGED, ENLARGED)
    large = F.interpolate(small, size, mode="bilinear", align_corners=False)
    return large.squeeze(1).numpy(), labels


def prepared(ink: np.ndarray, remedy: str) -> torch.Tensor:
    """Pictures of ink (n, rows, columns) after a remedy: ``uint8``, (n, 28, 28)."""
    polarity, scale, centre = REMEDIES[remedy]
    given = ink if polarity else 1 - ink  # in a file, paper is white: 1
    fields = np.stack([into_field(picture, scale, centre) for picture in given])
    return torch.from_numpy(np.rint(255 * fields).astype(np.uint8))


def answers(name: str, images: torch.Tensor) -> np.ndarray:
    """What a trained network reads, (n,)."""
    network, coding = weights.load(name), CODINGS[weights.facts(name)["coding"]]
    parts = coding(images).split(EVALUATION_BATCH)
    return torch.cat([network.read(part) for part in parts]).numpy()


def study(ink: np.ndarray, labels: np.ndarray) -> tuple[dict, dict]:
    """For each remedy and network: how many are misread, and what is read instead."""
    read = {}
    for remedy in REMEDIES:
        images = prepared(ink, remedy)
        read[remedy] = {name: answers(name, images) for name in NETWORKS}
    misread = {
        remedy: {name: int((found != labels).sum()) for name, found in row.items()}
        for remedy, row in read.items()
    }
    # One character for each picture: the digit that was read after the whole recipe.
    last = {name: "".join(map(str, found)) for name, found in read[RECIPE].items()}
    return misread, last


def main() -> None:
    """Read all sets after all remedies, and write the results file."""
    torch.set_num_threads(1)
    drawn: list[Drawing] = list(drawings())
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    sets = {
        "drawn": (
            np.stack([drawing.ink for drawing in drawn]),
            np.array([drawing.label for drawing in drawn]),
        ),
        "optical": optical(),
        "mnist": (images.numpy() / 255, labels.numpy()),
    }
    result = {}
    for name, (ink, labels) in sets.items():
        misread, last = study(ink, labels)
        result[name] = {"digits": len(labels), "misread": misread}
        if name != "mnist":
            result[name]["read"] = last
        print(name, misread, flush=True)
    pictures = b"".join(drawing.picture.tobytes() for drawing in drawn)
    result["drawn"] |= {
        "each": EACH,
        "seed": SEED,
        "sha256": hashlib.sha256(pictures).hexdigest(),
        "forms": [drawing.form for drawing in drawn],
        "pens": [round(drawing.pen, 4) for drawing in drawn],
    }
    save("outside", {"networks": NETWORKS, "remedies": list(REMEDIES), **result})


if __name__ == "__main__":
    main()
