"""The line reader: write a number, and watch LeNet-5 swept over it, place by place."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from lenet_lib import weights
from lenet_lib.data import CODINGS
from lenet_lib.losses import code_reach
from lenet_lib.models import LeNet5
from lenet_lib.picture import FIELD
from lenet_lib.strings.grammar import zip_code
from lenet_lib.strings.lines import DIGITS, lines
from lenet_lib.strings.reading import swept
from lenet_lib.strings.viterbi import Path, viterbi
from lenet_lib.strings.writing import BORDER, into_line
from lenet_lib.widgets.drawing_board import checked_digits
from lenet_lib.widgets.embed import Widget
from lenet_lib.widgets.line_picture import line_picture
from lenet_lib.widgets.network_data import as_text, held_weights, without_zeros

#: The lines to load, by the name of their button: pixels between the digits' boxes.
KINDS = {"Test digits": 4, "Touching ones": -2}

#: The ways to read: five digits, and any number of them.
WAYS = ("viterbi", "naive")

#: So many lines of each kind come along, drawn from so many, from this seed on.
_EACH, _DRAWN, _SEED = 3, 20, 1998

#: Columns of the paper, which is 28 pixels high: as in the script.
_WIDE = 4 * FIELD


class Sample(NamedTuple):
    """A line of five digits that a reader can load."""

    kind: str  #: which button loads it
    text: str  #: what it spells
    pixels: np.ndarray  #: ``uint8`` (28, columns): from the first ink to the last


def line_reader(
    model: LeNet5 | str,
    *,
    j: float | Mapping[str, float] | None = None,
    digits: tuple[ArrayLike, ArrayLike] | None = None,
) -> Widget:
    """An interactive figure: write a number, and see LeNet-5 read it as one line.

    What is written is scaled to a height of 20 pixels and becomes a line of 32 rows,
    as :func:`lenet_lib.strings.writing.into_line` says. The network, as one wide
    convolution, tells for each window of 32 x 32, four pixels apart, which of its
    classes stands in the middle. A heat map shows how probable each of them is; the
    path through it that spells five digits at the lowest cost is drawn, and each digit
    stands below the windows that it holds. Readers may choose "any number of digits"
    instead, for which the best class of each window decides. A few lines of test digits
    come along, to load.

    The weights are in the figure; all is computed in the reader's browser.

    Args:
        model: a :class:`LeNet5`, or a ``StringLeNet5``, which knows the blank as well;
            or one of :func:`lenet_lib.weights.names`.
        j: penalty of the rubbish class, above 0, as for :func:`lenet_lib.strings.read`:
            one, or one for each way to read, ``"viterbi"`` for five digits and
            ``"naive"`` for any number. Left out, it is the reach of the codes, 12.
        digits: images (n, 28, 28), whole numbers from 0 for paper to 255 for ink, and
            their labels (n,), from which the lines to load are set; 100 at least. Left
            out, they are MNIST's test digits.

    Raises:
        ValueError: if there are no such weights, or a value is not as said here.
        TypeError: if the model is of another kind.
    """
    if isinstance(model, str):
        model = weights.load(model)
    if not isinstance(model, LeNet5):
        raise TypeError(
            "The line reader shows a LeNet5 or the name of the trained weights of one, "
            f"not a {type(model).__name__}."
        )
    penalties = _checked_penalties(code_reach(model.output.codes) if j is None else j)
    model = model.eval()
    held = held_weights(model)  # it says so if there is one that is not a number
    images, labels = checked_digits(digits)
    own = penalties["viterbi"]
    read = [each for kind in KINDS for each in _lines(model, images, labels, kind, own)]
    samples = [each.sample for each in read]
    first = read[0]
    levels = CODINGS["lenet5"]
    data = {
        "classes": len(model.output.codes),
        "weights": held,
        "coding": {"background": levels.background, "ink": levels.ink},
        "j": penalties,
        "lines": [
            {"kind": s.kind, "text": s.text, "columns": s.pixels.shape[1]}
            for s in samples
        ],
        "pixels": as_text(
            without_zeros(np.concatenate([s.pixels.ravel() for s in samples]))
        ),
    }
    digits_shown, digits_read = (
        ", ".join(text) for text in (first.sample.text, first.path.text)
    )
    alt = (
        f"A line of the five handwritten digits {digits_shown}. Below it a heat map "
        f"tells how probable each class is in each of {first.table.shape[1]} windows "
        "along the line, and the path through it that costs least among those of five "
        f"digits: it reads {digits_read}. Where scripts run, you can write on it."
    )
    picture = line_picture(first.line, np.exp(-first.table), first.path)
    return Widget("line_reader", data, picture, alt)


def _checked_penalties(j: float | Mapping[str, float]) -> dict[str, float]:
    """The rubbish class's penalty for each way to read."""
    if not isinstance(j, Mapping):
        j = dict.fromkeys(WAYS, j)
    if set(j) != set(WAYS):
        raise ValueError(
            f"j must be one penalty, or one for each of {' and '.join(WAYS)}, "
            f"not for {', '.join(j)}."
        )
    for penalty in j.values():
        if not 0 < penalty < np.inf:
            raise ValueError(f"j must be a penalty above 0, not {penalty:g}.")
    return dict(j)


class _Read(NamedTuple):
    """A line to load, and all that the picture shows of it."""

    sample: Sample
    line: np.ndarray  #: (32, width)
    table: np.ndarray  #: what each class costs at each step, (11, steps)
    path: Path

    @property
    def is_right(self) -> bool:
        return self.path.text == self.sample.text


def _read(model: LeNet5, sample: Sample, j: float) -> _Read:
    line = into_line(sample.pixels / 255, scale=False)
    rounded = torch.from_numpy((255 * line).round().astype(np.uint8))
    table = swept(model, rounded[None], j)[0]
    return _Read(sample, line, table, viterbi(table, zip_code(DIGITS)))


def _lines(
    model: LeNet5, images: Tensor, labels: Tensor, kind: str, j: float
) -> list[_Read]:
    """Lines of a kind to load: the first that is read rightly, if any is, then others.

    Raises:
        ValueError: if there are too few digits, or no line of them fits on the paper.
    """
    drawn = lines(images, labels, KINDS[kind], _SEED, _DRAWN)
    found = [
        _read(model, Sample(kind, text, pixels), j)
        for picture, text in zip(drawn.pictures.numpy(), drawn.texts, strict=True)
        if (pixels := _on_paper(picture)) is not None
    ]
    if not found:
        raise ValueError("No line of these digits fits on the paper of 112 columns.")
    first = next((each for each in found if each.is_right), found[0])
    return [first, *(each for each in found if each is not first)][:_EACH]


def _on_paper(picture: np.ndarray) -> np.ndarray | None:
    """The ink of a line on the rows of the paper; none if some would not fit there."""
    inside = picture[BORDER:-BORDER]  # (28, width)
    (inked,) = np.nonzero(picture.any(axis=0))
    if inked[-1] - inked[0] >= _WIDE or inside.sum() < picture.sum():
        return None
    return inside[:, inked[0] : inked[-1] + 1]
