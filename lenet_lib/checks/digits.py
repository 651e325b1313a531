"""Checks of the exercises of ``chapters/digits.md``."""

import functools
from collections.abc import Callable

import torch
from torch import Tensor

from lenet_lib.checks import expect
from lenet_lib.checks.known import images
from lenet_lib.checks.verdict import Wrong, exercise
from lenet_lib.data import pixel_statistics


@functools.cache
def means() -> Tensor:
    """The mean training image of each digit, (10, 28, 28)."""
    pictures, labels = images(train=True)
    return torch.stack(
        [pictures[labels == digit].float().mean(0) for digit in range(10)]
    )


def distances(pictures: Tensor) -> Tensor:
    """Sum of squared differences to each digit's mean image, (n, 10)."""
    return torch.cdist(pictures.float().flatten(1), means().flatten(1)) ** 2


@exercise("ex-digits-ink")
def most_ink(most: int, least: int) -> str:
    """The digits with the most and with the least ink on average."""
    most, least = expect.whole(most, "most"), expect.whole(least, "least")
    ink = means().mean((1, 2))
    for name, digit in (("most", most), ("least", least)):
        if digit not in range(10):
            raise Wrong(f"`{name}` should be a digit, and is {digit}.")
    if (most, least) == (ink.argmin(), ink.argmax()):
        raise Wrong("you have them the wrong way round: 0 is paper, 255 is ink.")
    for name, digit, wanted in (("most", most, ink.max()), ("least", least, ink.min())):
        if ink[digit] != wanted:
            other = "more" if name == "most" else "less"
            raise Wrong(f"`{name}`: there is a digit with {other} ink than {digit}.")
    ratio = ink.max() / ink.min()
    return f"a {most} has {ratio:.1f} times as much ink as a {least}."


@exercise("ex-digits-standardise")
def standardised(paper: float, ink: float) -> str:
    """The values of paper and ink after standardising."""
    given = [expect.number(paper, "paper"), expect.number(ink, "ink")]
    # The chapter's are those of 55,000 digits; that makes no difference here.
    mean, deviation = pixel_statistics(images(train=True)[0])
    right = -mean / deviation, (1 - mean) / deviation

    def near(*wanted: float) -> bool:
        pairs = zip(given, wanted, strict=True)
        return all(abs(one - other) < 0.006 for one, other in pairs)

    if near(*right[::-1]):
        raise Wrong("you have them the wrong way round: 0 is paper, 255 is ink.")
    if near(-mean, 1 - mean):
        raise Wrong("the mean is taken off; the deviation is still that of the data.")
    if near(-mean / deviation**2, (1 - mean) / deviation**2):
        raise Wrong("divide by the standard deviation, not by the variance.")
    if abs(given[1]) > 50:
        raise Wrong("`ink` is far too large: the equation divides p by 255 first.")
    for name, value, wanted in zip(("paper", "ink"), given, right, strict=True):
        if abs(value - wanted) >= 0.006:
            more = expect.side(value, wanted)
            raise Wrong(f"`{name}` is too {more}.")
    return "paper lies just below 0, since most pixels are paper; ink lies far above."


@exercise("ex-digits-means")
def nearest_mean(read: Callable[[Tensor, Tensor], Tensor], error: float) -> str:
    """A reader that takes the digit whose mean image is nearest."""
    expect.function(read, "read")
    error = expect.number(error, "error")
    draw = torch.Generator().manual_seed(7)
    for count in (6, 1, 40):
        pictures = 255 * torch.rand(count, 28, 28, generator=draw)
        prototypes = 255 * torch.rand(10, 28, 28, generator=draw)
        prototypes *= torch.linspace(0.3, 1, 10)[:, None, None]  # of more and less ink
        # Some are nearer to a mean than chance would have it.
        nearer = torch.randint(10, (count,), generator=draw)
        pictures = 0.5 * pictures + 0.5 * prototypes[nearer]
        apart = (pictures[:, None] - prototypes).flatten(2).square().sum(2)  # (n, 10)
        found = expect.call(read, pictures, prototypes, name="read")
        found = expect.tensor(found, "what `read` gives", (count,))
        if torch.equal(found, apart.argmax(1).double()):
            raise Wrong("`read` gives the digit whose mean image is farthest.")
        expect.same(found, apart.argmin(1), "what `read` gives")
    pictures, labels = images(train=False)
    wrong = 100 * (distances(pictures).argmin(1) != labels).double().mean().item()
    if abs(error - wrong / 100) < 2e-4:
        raise Wrong("`read` is right; give `error` in percent.")
    if abs(error - (100 - wrong)) < 0.02:
        raise Wrong("`read` is right; `error` is the share that it reads correctly.")
    if abs(error - wrong) > 0.02:
        off = expect.side(error, wrong)
        raise Wrong(
            f"`read` is right, but `error` is too {off}: means from training digits, "
            "error on all test digits?"
        )
    return "three lines, and four digits of five are read."


@exercise("ex-digits-shift")
def shifted_error(error: float) -> str:
    """The reader's error on test digits that are shifted by two pixels."""
    error = expect.number(error, "error")
    pictures, labels = images(train=False)

    def wrong(shift: int, axis: int = 2) -> float:
        moved = torch.roll(pictures, shift, dims=axis)
        return 100 * (distances(moved).argmin(1) != labels).double().mean().item()

    if abs(error - wrong(2)) < 0.02:
        return "the reader knew digits in the middle only, where MNIST had put all."
    if abs(error - wrong(0)) < 0.02:
        raise Wrong("that is the error without a shift.")
    if abs(error - wrong(2, axis=1)) < 0.02:
        raise Wrong("that is the error when all digits move down: which axis is which?")
    if abs(error - wrong(-2)) < 0.02:
        raise Wrong("that is the error when all digits move to the left.")
    if abs(error - wrong(2) / 100) < 2e-4:
        raise Wrong("give the error in percent.")
    off = expect.side(error, wrong(2))
    raise Wrong(f"`error` is too {off}: shift test digits only, and keep the means.")


@exercise("ex-digits-labels")
def doubtful_labels(doubtful: list[int], relabelled: int) -> str:
    """Training digits that are much nearer to another digit's mean, worst first."""
    found = expect.several(doubtful, "doubtful", 50)
    relabelled = expect.whole(relabelled, "relabelled")
    if len(set(found)) < 50:
        raise Wrong("`doubtful` names a digit twice.")
    if (found != found.round()).any() or found.min() < 0 or found.max() >= 60_000:
        raise Wrong("`doubtful` should hold indices of training digits, 0 to 59,999.")
    pictures, labels = images(train=True)
    apart = distances(pictures)
    own = apart.gather(1, labels[:, None])[:, 0]
    lead = own - apart.min(1).values  # how much nearer another mean is
    relative = own / apart.min(1).values
    chosen = torch.from_numpy(found).long()
    if (lead[chosen] <= 0).any():
        first = chosen[lead[chosen] <= 0][0]
        raise Wrong(f"digit {first} is nearest to its own mean image.")
    worst = {*lead.topk(50).indices.tolist(), *relative.topk(50).indices.tolist()}
    strange = [int(n) for n in chosen if int(n) not in worst]
    if strange:
        raise Wrong(
            f"{len(strange)} of your digits, {strange[0]} among them, are not among "
            "the fifty that are nearest to another mean, by difference or by ratio."
        )
    if relabelled not in range(51):
        raise Wrong("`relabelled` counts some of the fifty.")
    return (
        f"you would relabel {relabelled} of 50. That is no estimate for all labels: "
        "these fifty were picked because they look wrong to a poor reader."
    )
