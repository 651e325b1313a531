"""The check of the exercise of ``chapters/inside.md`` on F6's cells."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from lenet_lib.checks import expect
from lenet_lib.checks.verdict import Wrong, exercise

#: How many test digits "lenet5-1998" misreads by distance. A check must not take as
#: long as reading them all, so the tests hold these numbers to the network.
BY_DISTANCE = 98
#: And by signs: where two codes agree in equally many cells, either may be taken.
BY_SIGNS = range(101, 107)


@exercise("ex-inside-signs")
def sign_agreement(agreement: Callable[[Tensor, Tensor], Tensor], misread: int) -> str:
    """Reading by the number of cells whose sign is the code's."""
    expect.function(agreement, "agreement")
    misread = expect.whole(misread, "misread")
    draw = torch.Generator().manual_seed(6)
    for count, classes, cells in ((5, 3, 84), (1, 10, 84), (8, 4, 11)):
        features = 2 * torch.randn(count, cells, generator=draw)
        codes = torch.randn(classes, cells, generator=draw).sign()
        wanted = torch.zeros(count, classes)
        for (one, other), _ in np.ndenumerate(wanted):
            pairs = zip(features[one].tolist(), codes[other].tolist(), strict=True)
            wanted[one, other] = sum((f > 0) == (c > 0) for f, c in pairs)
        found = expect.call(agreement, features, codes, name="agreement")
        found = expect.tensor(found, "what `agreement` gives", (count, classes))
        slips = {
            "`agreement` gives shares: count the cells.": wanted / cells,
            "`agreement` counts the cells that differ.": cells - wanted,
            "`agreement` also takes 1 off for each cell of the other sign.": 2 * wanted
            - cells,
            "`agreement` weighs the cells by their states: only signs should count.": (
                features @ codes.T
            ),
            "`agreement` looks for states that equal the code's: compare signs.": (
                (features[:, None] == codes).sum(2)
            ),
        }
        for message, slip in slips.items():
            if torch.allclose(found, slip.double(), atol=1e-4):
                raise Wrong(message)
        expect.same(found, wanted, "what `agreement` gives")
    if misread in BY_SIGNS:
        return (
            f"{BY_DISTANCE} by distance, {misread} by signs: how far a cell is from ±1 "
            "hardly matters, since any two codes differ in at least 12 cells."
        )
    if misread == BY_DISTANCE:
        raise Wrong("`agreement` is right; `misread` is the number by distances.")
    if 10_000 - misread in BY_SIGNS:
        raise Wrong("`agreement` is right; `misread` is how many are read rightly.")
    if misread > 5_000:
        raise Wrong(
            "`agreement` is right, but `misread` is far too large: is the answer the "
            "code that agrees in *most* cells?"
        )
    off = expect.side(misread, BY_SIGNS.start)
    raise Wrong(f"`agreement` is right, but `misread` is too {off}.")
