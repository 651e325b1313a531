"""Pictures that lean to a side, and whether they have been set upright.

For the exercise of that name in ``chapters/scoreboard.md``.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from lenet_lib.checks.verdict import Wrong


def blobs(count: int, draw: torch.Generator) -> Tensor:
    """Slanted ovals of ink, (n, 28, 28), each about a place of its own."""
    y, x = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    middle = 13 + 2 * torch.rand(2, count, 1, 1, generator=draw)
    side = torch.randint(2, (count, 1, 1), generator=draw) * 2 - 1
    slant = side * (0.25 + 0.3 * torch.rand(count, 1, 1, generator=draw))
    down = y - middle[0]
    across = x - middle[1] - slant * down
    return 255 * torch.exp(-((across / 2.5) ** 2) - (down / 5) ** 2)  # (n, 28, 28)


def moments(pictures: Tensor) -> dict[str, Tensor]:
    """Centre and second moments of each picture's ink, (n,) each."""
    ink = pictures / pictures.sum((1, 2), keepdim=True)
    place = torch.arange(28, dtype=pictures.dtype)
    rows, columns = ink.sum(2), ink.sum(1)  # (n, 28)
    y, x = rows @ place, columns @ place
    down, across = place - y[:, None], place - x[:, None]
    return {
        "x": x,
        "yy": (rows * down.square()).sum(1),
        "xx": (columns * across.square()).sum(1),
        "xy": torch.einsum("nij,ni,nj->n", ink, down, across),
    }


def look_upright(found: Tensor, slanted: Tensor) -> None:
    """Whether a shear, and nothing else, has set these pictures upright."""
    if torch.allclose(found, slanted, atol=1e-3):
        raise Wrong("`upright` gives the pictures as they were.")
    if found.sum() < 0.5 * slanted.sum() or found.min() < -0.1 * slanted.max():
        raise Wrong("`upright` loses ink.")
    if (found.sum(1) - slanted.sum(1)).abs().max() < 0.02 * slanted.sum(1).max():
        raise Wrong("`upright` moves columns up and down: move rows sideways.")
    if (found.sum(2) - slanted.sum(2)).abs().max() > 0.02 * slanted.sum(2).max():
        raise Wrong("`upright` changes how much ink is in a row: move rows, no more.")
    now, was = moments(found), moments(slanted)
    left, slant = now["xy"] / now["yy"], was["xy"] / was["yy"]
    worst = int(left.abs().argmax())
    if (left.abs() > 0.05).any():
        said = f"{slant[worst]:.2f} to {left[worst]:.2f}"
        if (left.abs() > slant.abs() + 0.02).any():
            raise Wrong(f"`upright` leans a digit over further: from {said} per row.")
        raise Wrong(f"`upright` leaves a slant: from {said} columns per row.")
    straight = was["xx"] - was["xy"] ** 2 / was["yy"]  # what a shear makes of it
    if ((now["xx"] - straight).abs() > 0.5).any():
        raise Wrong("`upright` makes a digit wider or narrower than a shear does.")
    if ((now["x"] - was["x"]).abs() > 1).any():
        raise Wrong("`upright` moves a digit aside: shear it about its own centre.")


def sheared(pictures: Tensor) -> Tensor:
    """Pictures (n, 28, 28) set upright, by PyTorch's own way to warp."""
    was = moments(pictures)
    slant, place = was["xy"] / was["yy"], torch.arange(28.0)
    y = pictures.sum(2) @ place / pictures.sum((1, 2))
    maps = torch.zeros(len(pictures), 2, 3)
    maps[:, 0, 0] = maps[:, 1, 1] = 1
    maps[:, 0, 1] = slant
    maps[:, 0, 2] = slant * (13.5 - y) / 14  # the shear is about the ink's centre
    grid = F.affine_grid(maps, [len(pictures), 1, 28, 28], align_corners=False)
    return F.grid_sample(pictures[:, None], grid, align_corners=False)[:, 0]
