"""A kernel over a digit: 25 pixels, 25 weights, 25 products, one sum, a whole map."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Rectangle
from numpy.typing import ArrayLike

from lenet_lib.plotting.style import COLOURS, FAINT, INK, SIGNED, styled
from lenet_lib.widgets.embed import Widget

#: Kernels to choose from. All but the blur give 0 on paper and inside thick ink.
KERNELS = {
    "vertical edge": [[-1, -1, 0, 1, 1]] * 5,
    "horizontal edge": [[-1] * 5, [-1] * 5, [0] * 5, [1] * 5, [1] * 5],
    "diagonal stroke": [[4 if i + j == 4 else -1 for j in range(5)] for i in range(5)],
    "centre-surround": [
        [-1, -1, -1, -1, -1],
        [-1, 1, 1, 1, -1],
        [-1, 1, 8, 1, -1],
        [-1, 1, 1, 1, -1],
        [-1, -1, -1, -1, -1],
    ],
    "blur": [[0.04] * 5] * 5,
}

_DIGIT, _WINDOW = 28, 5
_START = (11, 13)  #: where the window stands at first, as in the script


def kernel_over_digit(
    images: ArrayLike,
    labels: Sequence[object] | None = None,
    *,
    learned: Mapping[str, ArrayLike] | None = None,
    kernel: str = "vertical edge",
) -> Widget:
    """An interactive figure: move a 5 x 5 window over a digit, and see the map appear.

    Readers choose a digit and a kernel, or type the 25 weights. The figure shows the
    25 pixels, weights and products of one place, their sum without bias and before
    squashing, and the map of all the sums. The digit can be shifted by pixels.

    Args:
        images: 1 to 12 digits (n, 28, 28), an array or a tensor of any real type. The
            least value of all is shown as paper, the greatest as ink; the sums are of
            the values as they are, so whole numbers 0 to 255 give sums that can be
            checked by hand.
        labels: n short names for the digits' buttons; 1 to n if left out.
        learned: more kernels by name, each (5, 5), for instance a trained layer's.
        kernel: name of the one that is chosen at first.

    Raises:
        ValueError: if a shape or a value is not as said here.
    """
    digits = _real(images, "images")
    if digits.ndim != 3 or digits.shape[1:] != (_DIGIT, _DIGIT):
        raise ValueError(f"images must be (n, 28, 28), not {digits.shape}.")
    if not 1 <= len(digits) <= 12:
        raise ValueError(f"images must hold 1 to 12 digits, not {len(digits)}.")
    labels = range(1, len(digits) + 1) if labels is None else labels
    names = [str(x) for x in (labels.tolist() if hasattr(labels, "tolist") else labels)]
    if len(names) != len(digits):
        raise ValueError(
            f"labels must name each of the {len(digits)} images, not {len(names)}."
        )
    kernels = KERNELS | dict(learned or {})
    weights = {name: _real(w, f"kernel {name!r}") for name, w in kernels.items()}
    for name, values in weights.items():
        if values.shape != (_WINDOW, _WINDOW):
            raise ValueError(f"kernel {name!r} must be (5, 5), not {values.shape}.")
    if kernel not in weights:
        raise ValueError(f"kernel must be one of {', '.join(weights)}, not {kernel!r}.")
    data = {
        "images": [_plain(image) for image in digits],
        "labels": names,
        "paper": digits.min().item(),
        "ink": digits.max().item(),
        "kernels": [{"name": n, "weights": _plain(w)} for n, w in weights.items()],
        "kernel": kernel,
    }
    alt = (
        f"A digit of 28 by 28 pixels ({names[0]}) with a 5 by 5 window on it, the 25 "
        f"weights of the kernel “{kernel}”, and the map of 24 by 24 sums: blue where "
        "they are positive, vermilion where they are negative."
    )
    return Widget(
        "kernel_over_digit", data, _picture(digits[0], weights[kernel], kernel), alt
    )


def _real(values: ArrayLike, what: str) -> np.ndarray:
    """An array of finite real numbers, from an array, a tensor or lists."""
    if hasattr(values, "detach"):  # a tensor, perhaps one that is being trained
        values = values.detach().cpu()
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{what} must be a regular array of numbers.") from None
    if array.dtype.kind not in "buif" or not np.isfinite(array).all():
        raise ValueError(f"{what} must hold finite real numbers only.")
    return array


def _plain(values: np.ndarray) -> list[float]:
    """Numbers for JSON, in reading order; floats of 32 bits by their shortest form."""
    if values.dtype.kind == "f" and values.dtype.itemsize < 8:
        return [float(str(value)) for value in values.ravel()]
    return (values + 0).ravel().tolist()  # + 0 makes whole numbers of truth values


@styled
def _picture(image: np.ndarray, kernel: np.ndarray, name: str) -> Figure:
    """The digit, the kernel's weights, and the whole map."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    sums = np.einsum("rcij,ij->rc", windows.astype(float), kernel)
    row, column = _START
    # All in pixels of the digit, which are 0.09 inches wide; text stands below.
    width, height, unit = 76, 31, 0.09
    figure = plt.figure(figsize=(width * unit, height * unit), layout="none")
    digit, weights, result = (
        figure.add_axes((left / width, bottom / height, edge / width, edge / height))
        for left, bottom, edge in ((0, 3, 28), (33, 10, 14), (52, 5, 24))
    )
    digit.imshow(image, cmap="gray_r")
    digit.set_xlabel("the digit, 28 × 28")
    weights.imshow(kernel, cmap=SIGNED, **_limits(kernel * 2))  # pale, below numbers
    weights.set_xlabel(f"{name}, 5 × 5")
    for (i, j), value in np.ndenumerate(kernel):
        text = f"{round(float(value), 2) + 0.0:g}".replace("-", "−")
        weights.text(j, i, text, ha="center", va="center", fontsize=7)
    result.imshow(sums, cmap=SIGNED, **_limits(sums))
    result.set_xlabel("the map, 24 × 24")
    for axes in (digit, weights, result):
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(visible=True, linewidth=0.4, color=FAINT)
    _outline(digit, row, column, _WINDOW, COLOURS["convolution"])
    _outline(result, row, column, 1, INK)
    # The window goes into the products, and their sum is one pixel of the map.
    for end in (-0.5, _WINDOW - 0.5):
        window = (column + _WINDOW - 0.5, row + end)
        _beam(digit, window, weights, (-0.5, end))
        _beam(weights, (_WINDOW - 0.5, end), result, (column - 0.5, row))
    return figure


def _beam(
    start: Axes, here: tuple[float, float], end: Axes, there: tuple[float, float]
) -> None:
    beam = ConnectionPatch(here, there, "data", "data", axesA=start, axesB=end)
    beam.set(color=COLOURS["convolution"], linewidth=0.6)
    end.add_artist(beam)


def _limits(values: np.ndarray) -> dict[str, float]:
    """The same reach of colour on both sides of zero."""
    most = float(np.abs(values).max()) or 1.0
    return {"vmin": -most, "vmax": most}


def _outline(axes: Axes, row: int, column: int, size: int, colour: str) -> None:
    corner = (column - 0.5, row - 0.5)
    axes.add_patch(Rectangle(corner, size, size, fill=False, edgecolor=colour))
