"""The check of the exercise on maps in ``chapters/inside.md``."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from lenet_lib.checks import expect
from lenet_lib.checks.verdict import Wrong, exercise


@exercise("ex-inside-map")
def principal_components(
    principal: Callable[[Tensor], tuple[Tensor, Tensor]], axes: int
) -> str:
    """Two principal components of some points, and how many axes F6 needs."""
    expect.function(principal, "principal")
    draw = torch.Generator().manual_seed(6)
    for count, size in ((40, 5), (300, 84), (9, 3), (60, 20)):
        points = cloud(count, size, draw)
        pair = expect.call(principal, points, name="principal")
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise Wrong("`principal` should give two things: places and shares.")
        _look_at_places(expect.tensor(pair[0], "your map", (count, 2)), points)
        _look_at_shares(expect.tensor(pair[1], "your shares", (2,)), points)
    slips = {
        8: "look again at what eight axes keep, to a tenth of a percent",
        10: "that is one for each code; think of three points in space",
        84: "all axes keep all of the variance; fewer will do",
    }
    expect.exactly(axes, "axes", 9, slips)
    return (
        "F6 has 84 units and uses nine axes: ten points, the codes, lie in no more, as "
        "three points lie in a plane."
    )


def cloud(count: int, size: int, draw: torch.Generator) -> Tensor:
    """Points (count, size) off the origin, wide along two axes of any direction."""
    points = torch.randn(count, size, generator=draw)
    points[:, 0] *= 7
    points[:, 1] *= 3.5
    turn, _ = torch.linalg.qr(torch.randn(size, size, generator=draw))
    return points @ turn + 3 * torch.randn(size, generator=draw)


def components(points: Tensor) -> tuple[Tensor, Tensor]:
    """Places on all axes (n, d), widest first, and each axis's variance (d,)."""
    centred = points.double() - points.double().mean(0)
    variances, axes = np.linalg.eigh(np.cov(centred.numpy(), rowvar=False))
    places = centred.numpy() @ axes
    return torch.tensor(places).flip(1), torch.tensor(variances).flip(0)


def _alike(found: Tensor, wanted: Tensor) -> bool:
    """Whether places are the same but for the axes' signs."""
    return torch.allclose(_turned(found, wanted), wanted, atol=1e-2)


def _turned(found: Tensor, wanted: Tensor) -> Tensor:
    """Places with each axis in the direction of the reference's."""
    signs = (found * wanted).sum(0)
    return torch.where(signs < 0, -found, found)


def _look_at_places(found: Tensor, points: Tensor) -> None:
    every, _ = components(points)
    wanted, spread = every[:, :2], points.double().std(0)
    if _alike(found, wanted):
        return
    if found.mean(0).abs().max() > 1e-2:
        raise Wrong("the mean of all points should lie at (0, 0) on your map.")
    if _alike(found.flip(1), wanted):
        raise Wrong("the axis with more variance comes first.")
    if _alike(found, every[:, [-1, -2]]) or _alike(found, every[:, -2:]):
        raise Wrong("those are the axes along which the points vary least.")
    if _alike(found, (points - points.mean(0)).double()[:, :2]):
        raise Wrong("those are two of the numbers as they are: turn the axes.")
    norm, wide = found.norm(dim=0).clamp(min=1e-9), wanted.norm(dim=0)
    if _alike(wide * found / norm, wanted):
        raise Wrong(
            "your axes have the right directions, but distances along the first are "
            f"{(norm / wide)[0]:.3g} times what they should be."
        )
    if _alike(found, components(points.double() / spread)[0][:, :2]):
        raise Wrong("all numbers have one scale here: do not divide by deviations.")
    expect.same(_turned(found, wanted), wanted, "your map, but for signs,", 1e-3)


def _look_at_shares(found: Tensor, points: Tensor) -> None:
    _, variances = components(points)
    shares = variances[:2] / variances.sum()
    if torch.allclose(found, shares, atol=1e-3):
        return
    deviations = variances.clamp(min=0).sqrt()
    known = {
        "your shares are in percent: divide by 100.": 100 * shares,
        "your shares are variances: divide by that of all the numbers.": variances[:2],
        "your shares are of deviations: square them first.": (
            deviations[:2] / deviations.sum()
        ),
        "your shares are of the two axes' variance: all the others count, too.": (
            variances[:2] / variances[:2].sum()
        ),
        "a share of both axes is asked for, each for itself.": shares.cumsum(0),
    }
    for words, values in known.items():
        if torch.allclose(found, values, rtol=1e-3, atol=1e-3):
            raise Wrong(words)
    expect.same(found, shares, "your list of shares", 1e-3)
