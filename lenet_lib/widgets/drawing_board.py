"""The drawing board: draw a digit, and watch a trained network read it."""

import sys
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from lenet_lib import mnist, weights
from lenet_lib.data import CODINGS, InputCoding
from lenet_lib.losses import code_reach
from lenet_lib.models import LeNet1, LeNet5, Network, TutorialLeNet5
from lenet_lib.widgets.board_picture import as_png, board_picture
from lenet_lib.widgets.embed import Widget
from lenet_lib.widgets.network_data import (
    as_text,
    described,
    held_weights,
    without_zeros,
)

#: The networks that ``static/network.js`` knows, and the coding of their inputs.
READERS = {LeNet5: "lenet5", LeNet1: "lenet1", TutorialLeNet5: "raw"}

#: So many test digits come with a board: of each class, and of those it misreads.
_EACH, _MISREAD = 2, 12


class DrawingBoard(Widget):
    """A drawing board, as :func:`drawing_board` makes it.

    Attributes:
        key: names the weights: equal weights have equal keys.
    """

    def __init__(self, key: str, *shown: Any) -> None:
        super().__init__("drawing_board", *shown)
        self.key = key


def drawing_board(
    model: Network | str,
    *,
    coding: InputCoding | str | None = None,
    j: float | None = None,
    digits: tuple[ArrayLike, ArrayLike] | None = None,
    weights_of: DrawingBoard | None = None,
) -> DrawingBoard:
    """An interactive figure: draw a digit, and see every layer of the network read it.

    The network's weights are in the figure, as numbers of 24 bits; the reader's browser
    computes all states anew with each stroke. A few test digits come along, to load.

    Args:
        model: a :class:`LeNet5`, :class:`LeNet1` or :class:`TutorialLeNet5`, or one of
            :func:`lenet_lib.weights.names`.
        coding: how the network wants its digits: a coding, or its name in
            ``lenet_lib.data.CODINGS``. Left out, it is the one that the named weights
            were trained with; of a model, its paper's.
        j: LeNet-5's penalty of the rubbish class, above 0 (P98, equation 9). Left out,
            it is :func:`lenet_lib.losses.code_reach`, as in ``python -m lenet_lib
            read``: what lies beyond the reach of all codes is no digit.
        digits: images (n, 28, 28), whole numbers from 0 for paper to 255 for ink, and
            their labels (n,), from which those to load are chosen. Left out, they are
            MNIST's test digits.
        weights_of: another board of the same network *on the same page*, above this
            one: its weights serve both. In Colab, where no output sees another, each
            board keeps its own.

    Raises:
        ValueError: if there are no such weights, or a value is not as said here.
        TypeError: if the model is of another kind.
    """
    if isinstance(model, str):
        known = weights.facts(model)
        coding = coding or known["coding"]
        model = weights.load(model)
    if type(model) not in READERS:
        kinds = ", ".join(kind.__name__ for kind in READERS)
        raise TypeError(
            f"The drawing board shows a {kinds} or the name of trained weights, "
            f"not a {type(model).__name__}."
        )
    coding = _checked_coding(coding or READERS[type(model)], model)
    if j is None and isinstance(model, LeNet5):
        j = code_reach(model.output.codes)
    if j is not None and not 0 < j < np.inf:
        raise ValueError(f"j must be a penalty above 0, not {j:g}.")
    held = held_weights(model)
    key = held["key"]
    if weights_of is not None and weights_of.key != key:
        raise ValueError(
            "weights_of must be a board of the same network: its weights are others."
        )
    shared = weights_of is not None and "google.colab" not in sys.modules
    images, labels = checked_digits(digits)
    chosen, read = _chosen(model, coding, images, labels)
    data = {
        "network": type(model).__name__,
        "layers": described(model),
        "weights": held | ({"tensors": None} if shared else {}),
        "coding": {
            "size": coding.size,
            "background": coding.background,
            "ink": coding.ink,
            "box": coding.box,
        },
        "j": j,
        "digits": {
            "images": as_text(without_zeros(images[chosen].numpy())),
            "labels": labels[chosen].tolist(),
            "read": read.tolist(),
            "numbers": chosen.tolist(),
        },
    }
    first = int(chosen[0])
    with torch.no_grad():
        states = model.eval().states(coding(images[first : first + 1]))
    states = {name: state[0].numpy() for name, state in states.items()}
    alt = (
        f"A drawing board with a handwritten {labels[first]}, and below it all that "
        f"{data['network']} makes of it, layer by layer: "
        + ", ".join(f"{layer['name']} {_size(layer)}" for layer in data["layers"])
        + f". Its answer is {int(read[0])}. Where scripts run, you can draw on it."
    )
    picture = as_png(board_picture(states, data["layers"], int(read[0])))
    return DrawingBoard(key, data, picture, alt)


def _size(layer: dict[str, Any]) -> str:
    maps, size = layer["maps"], layer["size"]
    return f"{maps} of {size} by {size}" if size > 1 else f"{maps} units"


def _checked_coding(coding: InputCoding | str, model: Network) -> InputCoding:
    if isinstance(coding, str):
        if coding not in CODINGS:
            known = ", ".join(CODINGS)
            raise ValueError(f"coding must be one of {known}, not {coding!r}.")
        coding = CODINGS[coding]
    if coding.size != model.size:
        raise ValueError(
            f"{type(model).__name__} reads inputs of {model.size} × {model.size}; the "
            f"coding makes them {coding.size} × {coding.size}."
        )
    return coding


def checked_digits(digits: tuple[ArrayLike, ArrayLike] | None) -> tuple[Tensor, ...]:
    """Images and labels, MNIST's test digits if left out; or what is wrong with them.

    Raises:
        ValueError: if they are not as :func:`drawing_board` says.
    """
    if digits is None:
        return mnist.read(mnist.default_data_dir(), train=False)
    images, labels = (torch.as_tensor(values) for values in digits)
    if images.dim() != 3 or images.shape[1:] != (28, 28) or not len(images):
        raise ValueError(
            f"digits must hold images (n, 28, 28), at least one, "
            f"not {tuple(images.shape)}."
        )
    if labels.shape != images.shape[:1]:
        raise ValueError(
            f"digits must hold a label for each of the {len(images)} images, "
            f"not {tuple(labels.shape)}."
        )
    if images.min() < 0 or images.max() > 255 or images.dtype != torch.uint8:
        raise ValueError("digits must hold images of uint8: 0 for paper, 255 for ink.")
    return images, labels.long()


@torch.no_grad()
def _chosen(
    model: Network, coding: InputCoding, images: Tensor, labels: Tensor
) -> tuple[Tensor, Tensor]:
    """Digits to load, and what the network reads: some of each class, some misread.

    The first of them is the clearest of those that are read rightly: of the fives, for
    a 5 is the book's mark, or where there is none, of all.
    """
    model = model.eval()
    outputs = torch.cat([model(coding(part)).cpu() for part in images.split(1000)])
    if isinstance(model, LeNet5):
        outputs = -outputs  # the smallest wins
    read = outputs.argmax(dim=1)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(1998))
    right = (read == labels)[order]
    kept = [
        order[right & (labels[order] == digit)][:_EACH] for digit in labels.unique()
    ]
    kept = torch.cat([*kept, order[~right][:_MISREAD]])
    clear = outputs.amax(dim=1)[kept]
    clear[read[kept] != labels[kept]] = -np.inf
    if (labels[kept] == 5).any():
        clear[labels[kept] != 5] = -np.inf
    first = int(clear.argmax())
    chosen = torch.cat([kept[first:], kept[:first]])
    return chosen, read[chosen]
