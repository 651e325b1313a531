"""Checks of the exercises of ``chapters/draw.md``."""

import functools
import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from lenet_lib.checks import expect
from lenet_lib.checks.known import images, network
from lenet_lib.checks.verdict import Wrong, exercise
from lenet_lib.data import CODINGS
from lenet_lib.drawn import draw
from lenet_lib.picture import into_field

#: The layers of LeNet-5 before its output, the input among them.
LAYERS = ("input", "C1", "S2", "C3", "S4", "C5", "F6")

coding = CODINGS["lenet5"]


def field(ink: np.ndarray, recipe: bool = True) -> Tensor:
    """Ink as the network gets it, (28, 28), ``uint8``: after the recipe, or reduced."""
    small = into_field(ink, scale=recipe, centre=recipe)
    return torch.from_numpy(np.rint(255 * small).astype(np.uint8))


def misread(pictures: Tensor, labels: Tensor, name: str = "lenet5-1998") -> Tensor:
    """Which of the pictures (n, 28, 28), 0 to 255, a trained network misreads, (n,)."""
    return network(name).read(coding(pictures.round().byte())) != labels


# ---- Which layer fails -----------------------------------------------------------


@functools.cache
def distances() -> dict[str, Tensor]:
    """Of a drawn five, before and after the recipe, to those of MNIST, by layer.

    For each: to the nearest five (2,), to the fives' mean (2,), and the mean distance
    between two fives, repeated (2,).
    """
    ink = draw(5, 0).ink
    ours = torch.stack([field(ink, recipe=False), field(ink)])
    pictures, labels = (each[:1000] for each in images(train=False))
    fives = pictures[labels == 5].byte()
    with torch.no_grad():
        states = network("lenet5-1998").states(coding(torch.cat([ours, fives])))
    found = {}
    for layer in LAYERS:
        one, others = states[layer].flatten(1).double().split([2, len(fives)])
        between = torch.pdist(others).mean()
        mean = torch.cdist(one, others.mean(0, keepdim=True))[:, 0]
        nearest = torch.cdist(one, others).amin(1)
        found[layer] = torch.stack([nearest, mean, between.expand(2)])  # (3, 2)
    return found


@exercise("ex-draw-layer")
def failing_layer(before: list[float], after: list[float], layer: str) -> str:
    """How far a drawn five is from MNIST's, layer by layer, beside two of MNIST's."""
    given = {"before": before, "after": after}
    given = {name: expect.several(v, name, len(LAYERS)) for name, v in given.items()}
    expect.one_of(layer, "layer", LAYERS)
    nearest, mean, between = torch.stack([*distances().values()], 1).numpy()  # (7, 2)
    ratio = nearest / between

    def near(name: str, wanted: np.ndarray) -> bool:
        # 2 %: whether a mean over pairs has a five paired with itself is no matter.
        return np.allclose(given[name], wanted, rtol=0.02, atol=0.006)

    if near("before", ratio[:, 1]) and near("after", ratio[:, 0]):
        raise Wrong("`before` and `after` have changed places.")
    for column, name in enumerate(given):
        slips = {
            "holds distances, not yet divided by that between two fives": nearest,
            "holds quotients of squared distances": ratio**2,
            "measures from the mean five, not from the nearest one": mean / between,
            "is upside down": 1 / ratio,
        }
        for said, slip in slips.items():
            if near(name, slip[:, column]):
                raise Wrong(f"`{name}` {said}.")
        if not near(name, ratio[:, column]):
            off = np.abs(given[name] - ratio[:, column]) > 0.02 * ratio[:, column]
            first = int(off.argmax())
            more = expect.side(given[name][first], ratio[first, column])
            raise Wrong(f"`{name}`: the number for {LAYERS[first]} is too {more}.")
    first = LAYERS[int((given["before"] > 1.5).argmax())]
    if layer != first:
        raise Wrong(f"by your own numbers, {layer} is not the first above 1.5.")
    return (
        "weights that are the same everywhere bear a digit out of place; where each "
        "place has weights of its own, it is a stranger."
    )


# ---- Another Gaussian ------------------------------------------------------------


def blurred(noise: Tensor, sigma: float, axes: tuple[int, ...] = (-1, -2)) -> Tensor:
    """Fields (n, rows, columns) smoothed by a Gaussian; beyond them there is 0."""
    for axis in axes:
        places = torch.arange(noise.shape[axis], dtype=torch.float64)
        offsets = places[:, None] - places
        bell = torch.exp(-(offsets**2) / (2 * sigma**2)) / (sigma * math.tau**0.5)
        noise = (noise.double().movedim(axis, -1) @ bell).movedim(-1, axis)
    return noise


@exercise("ex-draw-sigma")
def gaussian(
    smooth: Callable[[Tensor, float], Tensor], narrow: float, wide: float
) -> str:
    """Smooths random amounts by a Gaussian, and moves pixels equally far."""
    expect.function(smooth, "smooth")
    narrow, wide = expect.number(narrow, "narrow"), expect.number(wide, "wide")
    random = torch.Generator().manual_seed(34)
    for count, sigma in ((1, 3.0), (3, 1.5), (2, 4.0)):
        edge = math.ceil(4 * sigma)  # nearer to the border, answers may differ
        noise = torch.rand(count, 2 * edge + 13, 2 * edge + 20, generator=random)
        noise = 2 * noise - 1
        found = expect.call(smooth, noise, sigma, name="smooth")
        found = expect.tensor(found, "what `smooth` gives", tuple(noise.shape))
        wanted = blurred(noise, sigma)
        slips = {
            "leaves the noise as it came": noise,
            "smooths along the rows only": blurred(noise, sigma, (-1,)),
            "smooths along the columns only": blurred(noise, sigma, (-2,)),
            "gives a sum, not a mean: weights add up to 1": math.tau
            * sigma**2
            * wanted,
            "has too narrow a bell: a 2 is missing": blurred(noise, sigma / 2**0.5),
            "takes sigma for the variance": blurred(noise, sigma**0.5),
        }
        middle = (..., slice(edge, -edge), slice(edge, -edge))
        for said, slip in slips.items():
            gap = (found - slip)[middle].abs().max()
            if gap < 0.02 * slip[middle].abs().max():
                raise Wrong(f"with sigma {sigma:g}, `smooth` {said}.")
        unit = wanted[middle].abs().max()
        name = f"the smoothed field's middle (sigma {sigma:g}, largest value made 1)"
        expect.same(found[middle] / unit, wanted[middle] / unit, name, tolerance=0.02)
    if abs(narrow - 68) < 0.5 and abs(wide - 17) < 0.5:
        raise Wrong(
            "`smooth` is right; a mean over more pixels is smaller, not larger."
        )
    for name, alpha, sigma in (("narrow", narrow, 2), ("wide", wide, 8)):
        if abs(alpha - 34) < 0.1:
            raise Wrong(
                f"`smooth` is right; with `{name}` = 34 the mean shift is another."
            )
        if abs(alpha - 34 * (sigma / 4) ** 2) < 0.1:
            raise Wrong(
                f"`smooth` is right; `{name}` follows the number of pixels in a mean, "
                "but the mean shrinks with the root of that number."
            )
        if abs(alpha - 34 * sigma / 4) > 0.3:
            off = expect.side(alpha, 34 * sigma / 4)
            raise Wrong(f"`smooth` is right, and `{name}` is too {off}.")
    return "alpha grows as sigma does; what changes is how many pixels move together."


# ---- The smallest change ---------------------------------------------------------

#: Largest mean sum of squared changes, ink being 1. Along the gradient, steps of length
#: 0.1 to 0.5 need 1.6 to 2.0, steps of length 1 need 4.7, one right to the border 9.
LARGEST_CHANGE = 3.0


@exercise("ex-draw-smallest")
def smallest_change(changed: Tensor, changed_too: Tensor, sturdier: bool) -> str:
    """Test digits, changed as little as possible, so that a network misreads them."""
    pictures, labels = (each[:8] for each in images(train=False))
    pictures = pictures.double()
    need = {}
    for name, given, known in (
        ("changed", changed, "lenet5-1998"),
        ("changed_too", changed_too, "lenet5-1998-distorted"),
    ):
        digits = expect.tensor(given, f"`{name}`", (8, 28, 28))
        if digits.max() <= 1:
            raise Wrong(f"`{name}` should hold grey levels from 0 to 255.")
        if digits.min() < 0 or digits.max() > 255:
            raise Wrong(f"`{name}` leaves the grey levels: they go from 0 to 255.")
        if (digits != digits.round()).any():
            raise Wrong(f"`{name}` has grey levels that are no whole numbers: round.")
        still = (~misread(digits, labels, known)).nonzero()[:, 0].tolist()
        if still:
            raise Wrong(
                f"`{name}`: digit {still[0]} is still read as the {labels[still[0]]} "
                f"that it is; {len(still)} of 8 are."
            )
        squares = ((digits - pictures) / 255).square().sum((1, 2))
        need[name] = squares.mean().item()
        if need[name] > LARGEST_CHANGE:
            raise Wrong(
                f"`{name}` fools its network, but a smaller change would do: the sums "
                f"of squares have a mean of {need[name]:.1f}, and it should be at most "
                f"{LARGEST_CHANGE:g}."
            )
    plain, affine = need.values()
    expect.one_of(sturdier, "sturdier", (True, False))
    if sturdier != (affine > plain):
        raise Wrong(
            f"by your own digits the plain network needs {plain:.2f} and the "
            f"other {affine:.2f} on average: look at `sturdier` again."
        )
    ink = (pictures / 255).square().sum((1, 2)).mean()
    return (
        f"sums of squares of {plain:.2f} and {affine:.2f} fool them, "
        f"where a digit has {ink:.0f}: to bear shifts is not to bear everything."
    )


# ---- A thin pen ------------------------------------------------------------------


@exercise("ex-draw-pen")
def thin_pen(thicken: Callable[[Tensor], Tensor]) -> str:
    """Gives thin strokes the width that a network knows, and leaves others alone."""
    expect.function(thicken, "thicken")
    pictures, labels = (each[30_000:30_400] for each in images(train=True))
    pictures = pictures.float()
    # The least of each pixel and its four neighbours; paper lies beyond the image.
    framed = F.pad(pictures, (1, 1, 1, 1))
    crosses = [framed[:, 1:-1, c : c + 28] for c in (0, 1, 2)]
    crosses += [framed[:, r : r + 28, 1:-1] for r in (0, 2)]
    sets = {"thinned": torch.stack(crosses).amin(0), "as they were": pictures}
    before, after, mended = {}, {}, {}
    for name, each in sets.items():
        found = expect.call(thicken, each.byte(), name="thicken")
        found = expect.tensor(found, "what `thicken` gives", tuple(each.shape))
        if found.min() < -0.5 or found.max() > 255.5:
            raise Wrong("`thicken` leaves the grey levels: they go from 0 to 255.")
        mended[name] = found.clamp(0, 255).round()
        before[name] = int(misread(each, labels).sum())
        after[name] = int(misread(mended[name], labels).sum())
    alone = expect.call(thicken, sets["thinned"][7:8].byte(), name="thicken")
    alone = expect.tensor(alone, "what `thicken` gives", (1, 28, 28)).round()
    if (alone[0] - mended["thinned"][7]).abs().max() > 1:
        raise Wrong("`thicken` gives another digit when it comes alone, not with 399.")
    if mended["thinned"].max() <= 1:
        raise Wrong("what `thicken` gives should hold grey levels from 0 to 255.")
    if (mended["thinned"] == sets["thinned"]).all():
        raise Wrong("`thicken` leaves thin digits as they are.")
    numbers = f"misread are {after['thinned']} of 400 thinned digits, where it was"
    if after["thinned"] > before["thinned"]:
        raise Wrong(f"it does harm: {numbers} {before['thinned']}.")
    if after["thinned"] > before["thinned"] / 2:
        raise Wrong(f"that is not enough: {numbers} {before['thinned']}; halve it.")
    if after["as they were"] > before["as they were"] + 4:
        raise Wrong(
            f"thin digits are read better, but of 400 with MNIST's own pen now "
            f"{after['as they were']} are misread, where it was "
            f"{before['as they were']}: 4 more may be."
        )
    return (
        f"{numbers} {before['thinned']}, and {after['as they were']} of those with "
        f"MNIST's pen, where it was {before['as they were']}: the step knows the pen."
    )


# ---- Ones with flags -------------------------------------------------------------


@functools.cache
def at_first() -> tuple[int, int]:
    """How many flagged ones of 100, and how many sevens, are misread untaught."""
    ones = torch.stack([field(draw(1, number).ink) for number in range(1, 300, 3)])
    pictures, labels = images(train=False)
    sevens = pictures[labels == 7]
    return (
        int(misread(ones, torch.ones(100)).sum()),
        int(misread(sevens, torch.full((len(sevens),), 7)).sum()),
    )


@exercise("ex-draw-flags")
def flagged_ones(
    before: list[int], ones: list[int], sevens: list[int], paid: bool
) -> str:
    """Teaches F6 ones with flags, and asks what it costs the sevens."""
    before = expect.several(before, "before", 2)
    ones, sevens = expect.several(ones, "ones", 3), expect.several(sevens, "sevens", 3)
    expect.one_of(paid, "paid", (True, False))
    if (np.concatenate([before, ones, sevens]) % 1 != 0).any():
        raise Wrong("give numbers of digits, not shares or percent.")
    if (before[::-1] == at_first()).all():
        raise Wrong("`before` should have the ones first, then the sevens.")
    for name, found, wanted in zip(("ones", "sevens"), before, at_first(), strict=True):
        if abs(found - wanted) > 1:  # one of them may turn on rounding
            off = "few" if found < wanted else "many"
            raise Wrong(
                f"`before` has too {off} {name}: read them before any training."
            )
    if ones.min() < 0 or ones.max() > 100:
        raise Wrong("`ones` counts the misread of 100 flagged ones.")
    if sevens.min() < 0 or sevens.max() > 1028:
        raise Wrong("`sevens` counts the misread of MNIST's 1,028 test sevens.")
    if ones.min() > 80:
        raise Wrong("`ones` looks like the number that is read correctly.")
    if ones.max() > before[0] / 2:
        raise Wrong(
            "too many flagged ones are still misread: are the drawn ones among the "
            "training digits, with the label 1?"
        )
    if sevens.max() > 150:
        raise Wrong(
            "far too many sevens are misread: are the 2,000 digits of MNIST among the "
            "training digits, in a random order?"
        )
    if paid != bool((sevens > before[1] + 10).all()):
        raise Wrong("`paid` does not follow from your own numbers by the rule given.")
    return (
        f"of 100 flagged ones {ones.mean():.0f} are misread, where it was "
        f"{before[0]:.0f}. F6 alone could learn it, so C5 had the difference."
    )
