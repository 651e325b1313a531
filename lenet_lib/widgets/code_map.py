"""A map of digits: every dot is one, and lies near those that a layer finds alike."""

import io
from collections import Counter
from itertools import groupby

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL import Image

from lenet_lib.plotting.code_map import DIGIT_COLOURS, name_places, show_map
from lenet_lib.plotting.style import COLOURS, styled
from lenet_lib.widgets.embed import Widget
from lenet_lib.widgets.network_data import as_text

_SIDE = 28
_LEVELS = 15  #: of ink; 0 is paper
_FINE = 2**16 - 1  #: steps along the map's width


def code_map(
    images: ArrayLike,
    points: ArrayLike,
    labels: ArrayLike,
    answers: ArrayLike,
    codes: ArrayLike,
    *,
    numbers: ArrayLike | None = None,
) -> Widget:
    """An interactive figure: point at a dot, and see which digit it is.

    Dots have a colour for each digit. Misread ones are ringed and bear the digit that
    they are. Ten crosses show where the codes lie.

    Args:
        images: grey digits (n, 28, 28), 0 for paper to 255 for ink. They are shown in
            16 levels.
        points: where each lies on the map, (n, 2).
        labels: what each is, (n,), 0 to 9.
        answers: what each is read as, (n,), 0 to 9.
        codes: where the codes of the ten digits lie, (10, 2).
        numbers: what each is called, (n,): its place among all digits, as a rule.
            Counted from 0 if left out.

    Raises:
        ValueError: if a shape or a value is not as said here.
    """
    images = np.asarray(images)
    count = len(images)
    if images.shape != (count, _SIDE, _SIDE) or not count:
        raise ValueError(f"images must be (n, 28, 28), not {images.shape}.")
    if not (images.min() >= 0 and images.max() <= 255):  # nor not a number
        raise ValueError("images must hold grey levels of 0 to 255.")
    points, codes = _places(points, "points", count), _places(codes, "codes", 10)
    labels = _digits(labels, "labels", count)
    answers = _digits(answers, "answers", count)
    numbers = np.arange(count) if numbers is None else np.asarray(numbers)
    if numbers.shape != (count,) or numbers.dtype.kind not in "iu":
        raise ValueError(f"numbers must be {count} whole numbers.")
    everything = np.concatenate([points, codes])
    low, high = everything.min(0), everything.max(0)
    width = float(high[0] - low[0]) or 1.0

    def placed(places: np.ndarray) -> np.ndarray:
        """As on a page: from the left and from the top, in widths of the map."""
        return np.stack([places[:, 0] - low[0], high[1] - places[:, 1]], 1) / width

    height = float(high[1] - low[1]) / width
    if not 0.2 <= height <= 5:
        raise ValueError("points must spread about as far up as along.")
    data = {
        "images": _packed(images),
        # Steps of one size along both axes, with room for maps that are high.
        "points": as_text((placed(points) / max(1, height) * _FINE).astype("<u2")),
        "scale": max(1, height) / _FINE,
        "height": round(height, 5),
        "labels": "".join(map(str, labels)),
        "answers": "".join(map(str, answers)),
        "numbers": numbers.tolist(),
        "codes": placed(codes).round(5).tolist(),
    }
    picture = _as_png(_picture(points, labels, answers, codes))
    return Widget("code_map", data, picture, _alt(labels, answers, codes))


def _places(values: ArrayLike, name: str, count: int) -> np.ndarray:
    places = np.asarray(values, float)
    if places.shape != (count, 2) or not np.isfinite(places).all():
        raise ValueError(f"{name} must be ({count}, 2) finite numbers.")
    return places


def _digits(values: ArrayLike, name: str, count: int) -> np.ndarray:
    digits = np.asarray(values)
    if digits.shape != (count,) or not np.isin(digits, range(10)).all():
        raise ValueError(f"{name} must be {count} digits, each one of 0 to 9.")
    return digits.astype(int)


def _packed(images: np.ndarray) -> str:
    """Pixels as text: four bits each, and a 0 and a count for up to 15 of paper."""
    levels = np.rint(images / 255 * _LEVELS).astype(int).ravel()
    halves: list[int] = []
    for level, run in groupby(levels.tolist()):
        length = len(list(run))
        if level:
            halves += [level] * length
            continue
        whole, rest = divmod(length, 15)
        halves += [0, 15] * whole + [0, rest] * (rest > 0)
    pairs = np.array(halves + [0] * (len(halves) % 2), np.uint8).reshape(-1, 2)
    return as_text(pairs[:, 0] << 4 | pairs[:, 1])


def _alt(labels: np.ndarray, answers: np.ndarray, codes: np.ndarray) -> str:
    """The map in words."""
    order = ", ".join(map(str, codes[:, 0].argsort(kind="stable")))
    missed = labels != answers
    pairs = Counter(zip(labels[missed].tolist(), answers[missed].tolist(), strict=True))
    often = ", ".join(
        f"{digit} as {answer} ({times})"
        for (digit, answer), times in pairs.most_common(3)
    )
    return (
        f"A map of {len(labels):,} digits as dots, in one colour for each digit, about "
        f"ten crosses, their codes, which from left to right are those of {order}. "
        f"{missed.sum()} misread digits are ringed"
        + (f", most often {often}." if often else ".")
    )


@styled
def _picture(
    points: np.ndarray, labels: np.ndarray, answers: np.ndarray, codes: np.ndarray
) -> Figure:
    figure, axes = plt.subplots(figsize=(6.6, 5.2))
    show_map(axes, points, labels, answers)
    name_places(axes, codes, cross=True)
    return figure


def _as_png(figure: Figure) -> bytes:
    """A figure in the map's few colours; as SVG, a thousand dots take more room."""
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=120, bbox_inches="tight")
    colours = np.array(
        [to_rgb(c) for c in (*DIGIT_COLOURS, COLOURS["output"], "black")]
    )
    shares = np.linspace(1, 0, 12)[:, None, None]  # soft edges pass into the paper
    palette = Image.new("P", (1, 1))
    tints = 255 * (shares * colours + 1 - shares)  # (12, 12, 3)
    palette.putpalette(np.rint(tints).astype(int).ravel().tolist())
    image = Image.open(drawn).convert("RGB")
    image = image.quantize(palette=palette, dither=Image.Dither.NONE)
    image.save(small, format="png", optimize=True)
    return small.getvalue()
