"""The check of the exercise on occlusion."""

from collections.abc import Callable, Iterator
from itertools import product

import torch
from torch import Tensor

from lenet_lib.blame import PAPER, gap, occlusion
from lenet_lib.checks import expect
from lenet_lib.checks.known import images, network
from lenet_lib.checks.verdict import Wrong, exercise
from lenet_lib.data import CODINGS

#: The digit of the test set that the exercise asks about.
NUMBER = 84


def scores(draw: torch.Generator, rows: int, columns: int) -> Iterator[Callable]:
    """Functions of an image (rows, columns), each with weights of its own."""
    weights = torch.randn(2, rows, columns, generator=draw)

    def sums(image: Tensor) -> float:
        return (weights[0] * image).sum().item()

    def squashed(image: Tensor) -> float:
        return sums(image) + 3 * torch.tanh((weights[1] * image).sum()).item()

    return iter((sums, squashed))


def corner_to_corner(
    score: Callable, image: Tensor, size: int, filling: float, start: int
) -> Tensor:
    """The map, pixel by pixel; the patch begins ``start`` pixels before each."""
    found = torch.empty(image.shape)
    rows, columns = image.shape
    for row, column in product(range(rows), range(columns)):
        covered = image.clone()
        for down, over in product(range(size), range(size)):
            r, c = row - start + down, column - start + over
            if 0 <= r < rows and 0 <= c < columns:
                covered[r, c] = filling
        found[row, column] = score(image) - score(covered)
    return found


def piled_up(score: Callable, image: Tensor, size: int, filling: float) -> Tensor:
    """What comes out if the patch is never lifted."""
    covered, reach = image.clone(), size // 2
    found = torch.empty(image.shape)
    for row, column in product(*map(range, image.shape)):
        rows = slice(max(row - reach, 0), row + reach + 1)
        columns = slice(max(column - reach, 0), column + reach + 1)
        covered[rows, columns] = filling
        found[row, column] = score(image) - score(covered)
    return found


@exercise("ex-inside-patch")
def patch_occlusion(
    occlude: Callable[..., Tensor], place: tuple[int, int], answer: int
) -> str:
    """A map of occlusion, for any score, and what it says of one digit."""
    expect.function(occlude, "occlude")
    name = "what `occlude` gives"
    draw = torch.Generator().manual_seed(8)
    for rows, columns, size, filling in [
        (6, 6, 1, 0.0), (7, 9, 3, -0.1), (9, 6, 5, 1.2), (5, 8, 3, 0.4),
    ]:  # fmt: skip
        image = torch.rand(rows, columns, generator=draw)
        for score in scores(draw, rows, columns):
            given = score, image, size, filling
            found = expect.call(occlude, *given, name="occlude")
            shape = tuple(found.shape) if isinstance(found, Tensor) else None
            if shape == (rows - size + 1, columns - size + 1) != (rows, columns):
                raise Wrong(
                    f"{name} is of shape {shape}: at the border, too, the patch is "
                    "centred on each pixel, and what hangs over is cut off."
                )
            found = expect.tensor(found, name, (rows, columns))
            wanted = corner_to_corner(*given, start=size // 2).double()
            if not torch.allclose(found, wanted, atol=1e-4):
                slips = {
                    "has the wrong sign": -wanted,
                    "is the score with the patch, not what the patch takes": (
                        score(image) - wanted
                    ),
                    "has the pixel in a corner of the patch, not in its middle": (
                        corner_to_corner(*given, start=0)
                    ),
                    "leaves the patches where they were: lift each before the next": (
                        piled_up(*given)
                    ),
                    "fills the patch with zeros": (
                        corner_to_corner(score, image, size, 0.0, start=size // 2)
                    ),
                    "is without its signs": wanted.abs(),
                }
                for words, slip in slips.items():
                    if torch.allclose(found, slip.double(), atol=1e-4):
                        raise Wrong(f"{name} {words}.")
            expect.same(found, wanted, name)
    return _worst_place(place, answer)


def _worst_place(place: tuple[int, int], answer: int) -> str:
    """Judge what was found for the digit of the test set."""
    row, column = (int(v) for v in expect.several(place, "place", 2))
    answer = expect.whole(answer, "answer")
    picture, label = (each[NUMBER : NUMBER + 1] for each in images(train=False))
    inputs = CODINGS["lenet5"](picture)  # (1, 1, 32, 32)
    blame = occlusion(network("lenet5-1998"), inputs, label)[0]  # (32, 32)

    def at(row: int, column: int) -> float:
        inside = 0 <= row < 32 and 0 <= column < 32
        return blame[row, column].item() if inside else -torch.inf

    def worst(row: int, column: int) -> bool:
        return at(row, column) > blame.max().item() - 0.01

    if not worst(row, column):
        if worst(column, row):
            raise Wrong("`place`: the row comes first, then the column.")
        if worst(row + 2, column + 2):
            raise Wrong("`place` counts pixels of 28 × 28; the input has a margin.")
        if at(row, column) < blame.min().item() + 0.01:
            raise Wrong("at `place` the patch *helps* most: look for the largest loss.")
        raise Wrong("`place`: there are places where the patch takes more of the gap.")
    inputs[0, 0, max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3] = PAPER
    penalties = network("lenet5-1998")(inputs)
    left = gap(penalties, label).item()
    if answer == label.item():
        raise Wrong(
            "`answer` is what the digit is; what is it read as, with the patch?"
        )
    if answer != penalties.argmin().item():
        raise Wrong("`answer` is not what the network reads when the patch lies there.")
    return (
        f"five by five pixels of paper move the gap from {blame.max() + left:.0f} to "
        f"{left:.0f}: with a gap in its loop, this eight is a three."
    )
