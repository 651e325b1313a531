"""The check of the exercise on turned digits in ``chapters/inside.md``."""

import functools
import math
from collections.abc import Callable

import torch
from torch import Tensor

from lenet_lib.changes import changed
from lenet_lib.checks import expect
from lenet_lib.checks.known import images, network
from lenet_lib.checks.verdict import Wrong, exercise
from lenet_lib.data import CODINGS

#: Digits that are turned, the error in percent that is to be passed, and by how many
#: digits a count may differ where sums are rounded otherwise.
DIGITS, LIMIT, EDGE = 1_000, 10, 1


def turned(
    pictures: Tensor,
    angle: float,
    off: float = 0.0,
    nearest: bool = False,
    repeated: bool = False,
) -> Tensor:
    """Pictures (n, edge, edge) turned counter-clockwise, by the weights of all pixels.

    Args:
        pictures: of any values.
        angle: in radians.
        off: how far the point that stays lies from the middle, to the right and down.
        nearest: whether the nearest pixel alone counts.
        repeated: whether the picture's edge goes on beyond it.
    """
    edge = pictures.shape[-1]
    place = torch.arange(edge, dtype=torch.float64)
    middle = (edge - 1) / 2 + off
    y, x = torch.meshgrid(place - middle, place - middle, indexing="ij")
    cos, sin = math.cos(angle), math.sin(angle)
    sources = [sin * x + cos * y + middle, cos * x - sin * y + middle]  # rows, columns
    if repeated:
        sources = [source.clamp(0, edge - 1) for source in sources]
    if nearest:
        sources = [source.round() for source in sources]
    row, column = ((1 - (s[..., None] - place).abs()).clamp(min=0) for s in sources)
    return torch.einsum("abi,abj,nij->nab", row, column, pictures.double())


@functools.cache
def misread(degrees: int) -> int:
    """How many of the digits LeNet-5 misreads when they are turned."""
    pictures, labels = (each[:DIGITS] for each in images(train=False))
    inputs = changed(pictures, CODINGS["lenet5"], turn=degrees)
    read = torch.cat([network("lenet5-1998").read(part) for part in inputs.split(250)])
    return int((read != labels).sum())


@exercise("ex-inside-turn")
def turning(rotate: Callable[[Tensor, float], Tensor], left: int, right: int) -> str:
    """Turns pictures, and says at which angles a network begins to fail."""
    expect.function(rotate, "rotate")
    left, right = expect.whole(left, "left"), expect.whole(right, "right")
    draw = torch.Generator().manual_seed(30)
    for count, edge, degrees in ((2, 9, 35), (1, 12, -70), (3, 7, 0), (4, 6, 160)):
        pictures = torch.rand(count, edge, edge, generator=draw)
        angle, name = (
            math.radians(degrees),
            f"what `rotate` gives for {degrees} degrees",
        )
        found = expect.call(rotate, pictures, degrees, name="rotate")
        found = expect.tensor(found, name, (count, edge, edge))
        slips = {
            "gives the pictures as they were": pictures.double(),
            "turns clockwise": turned(pictures, -angle),
            "takes degrees for radians": turned(pictures, degrees),
            "turns about a point half a pixel from the middle: pixels 0 to 6 have "
            "their middle at 3": turned(pictures, angle, off=0.5),
            "turns about the upper left pixel, not about the middle": turned(
                pictures, angle, off=(1 - edge) / 2
            ),
            "takes the nearest pixel, where the four around count": turned(
                pictures, angle, nearest=True
            ),
            "draws the edge on beyond the picture, where there is paper": turned(
                pictures, angle, repeated=True
            ),
        }
        wanted = turned(pictures, angle)
        if torch.allclose(found, wanted, atol=1e-4):
            continue
        for said, slip in slips.items():
            if torch.allclose(found, slip, atol=1e-4):
                raise Wrong(f"`rotate` {said}.")
        expect.same(found, wanted, name)
    for name, degrees in (("left", left), ("right", right)):
        if not 1 <= degrees <= 90:
            raise Wrong(f"`{name}` should be between 1 and 90 degrees.")
    if _passes(right) and _passes(-left) and not (_passes(left) and _passes(-right)):
        raise Wrong("`left` and `right` have changed places.")
    for name, sign, degrees in (("left", 1, left), ("right", -1, right)):
        share = 100 * misread(sign * degrees) / DIGITS
        if not _passes(sign * degrees):
            small = share <= LIMIT
            raise Wrong(
                f"`{name}`: with {degrees} degrees {share:.1f} % are misread, which is "
                + ("not yet more than" if small else "not the first above")
                + f" {LIMIT} %."
            )
    return (
        "nobody turned a digit for it in training, and yet it bears some twenty "
        "degrees; the paper of 1998 names thirty."
    )


def _passes(degrees: int) -> bool:
    """Whether the error passes the limit with the last degree, or nearly so."""
    before = degrees - 1 if degrees > 0 else degrees + 1
    limit = LIMIT * DIGITS // 100
    return misread(degrees) > limit - EDGE and misread(before) <= limit + EDGE
