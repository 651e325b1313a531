"""Checks of the exercises of ``chapters/training.md``."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from lenet_lib import curvature, losses
from lenet_lib.checks import expect
from lenet_lib.checks.verdict import Wrong, exercise
from lenet_lib.layers import ScaledTanh
from lenet_lib.reproduction.recipes import EXPERIMENTS

BOWL = np.array([1.0, 20.0])  #: the chapter's curvatures
NEAR = 0.05  #: of the way, when a weight has arrived
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01)  #: steps to choose from


def _say_slip(found: Tensor, slips: dict[str, Tensor]) -> None:
    """Say which of some typical slips, if any, gives what was found."""
    for words, slip in slips.items():
        if torch.allclose(found, slip, rtol=1e-4, atol=1e-7):
            raise Wrong(words)


def left_after(shares: np.ndarray, steps: int) -> float:
    """How much of the way is left, at most, if each step goes these shares of it."""
    return float(np.abs((1 - shares) ** steps).max())


@exercise("ex-training-shares")
def shares_of_the_way(rate: float, steps_one: int, steps_each: int) -> str:
    """The one rate that suits both weights of a bowl, and how long the way is."""
    rate = expect.number(rate, "rate")
    steps_one = expect.whole(steps_one, "steps_one")
    steps_each = expect.whole(steps_each, "steps_each")
    flat, steep = 1 - rate * BOWL
    if not 0 < rate < 2 / BOWL.max():
        raise Wrong("with this `rate` a weight does not come closer to 0 at all.")
    if flat * steep > 0:
        raise Wrong("with this `rate` both weights stay on their side: go further.")
    if abs(abs(flat) - abs(steep)) > 2e-3:
        slow = "w₁" if abs(flat) > abs(steep) else "w₂"
        raise Wrong(f"with this `rate` {slow} comes closer by less than the other.")
    one, each = 2 / BOWL.sum() * BOWL, 0.3 * np.ones(2)  # shares of the way
    if _arrives(each, steps_one) and _arrives(one, steps_each):
        raise Wrong("you have the two numbers of steps the wrong way round.")
    ways = {"steps_one": (one, steps_one), "steps_each": (each, steps_each)}
    for name, (shares, steps) in ways.items():
        if steps < 1:
            raise Wrong(f"`{name}` should be 1 or more.")
        left = left_after(shares, steps)
        if left > NEAR:
            raise Wrong(f"`{name}`: after {steps} steps {left:.1%} are left.")
        if not _arrives(shares, steps):
            raise Wrong(f"`{name}`: {steps - 1} steps would do, too.")
    return "the best single rate is slow; with a rate for each the bowl is round."


def _arrives(shares: np.ndarray, steps: int) -> bool:
    """Whether a way ends with just this step."""
    return left_after(shares, steps) <= NEAR < left_after(shares, max(steps - 1, 0))


#: What the ten derivatives might sum to.
SUMS = ("0", "1", "p_D", "p_rubbish")


@exercise("ex-training-forces")
def forces_of_equation_9(
    forces: Callable[[Tensor, Tensor, float], Tensor], total: str
) -> str:
    """The derivatives of equation 9 by the ten penalties, and what they sum to."""
    expect.function(forces, "forces")
    total = expect.one_of(total, "total", SUMS)
    draw = torch.Generator().manual_seed(9)
    for count, j in ((4, 1.0), (1, 5.0), (30, 10.0)):
        # Some near a code, some between two, some far from all.
        penalties = 12 * torch.rand(count, 10, generator=draw, dtype=torch.float64)
        labels = torch.randint(10, (count,), generator=draw)
        leaf = penalties.clone().requires_grad_()
        loss = count * losses.maximum_a_posteriori(leaf, labels, j)  # of each, summed
        (wanted,) = torch.autograd.grad(loss, leaf)  # (n, 10)
        found = expect.call(forces, penalties, labels, j, name="forces")
        found = expect.tensor(found, "what `forces` gives", (count, 10))
        right = torch.nn.functional.one_hot(labels, 10)
        crowded = right - torch.softmax(-penalties, dim=1)
        _say_slip(
            found,
            {
                "`forces` has all signs the other way round.": -wanted,
                "`forces` gives probabilities, not yet derivatives.": right - wanted,
                "`forces`: which class is missing under the fraction bar?": crowded,
                "`forces`: y_D itself adds to one of ten only.": 1 + wanted - right,
            },
        )
        if count > 1:
            words = "`forces`: give each digit's own derivatives, not the mean's."
            _say_slip(found, {words: wanted / count})
        expect.same(found, wanted, "what `forces` gives")
    if total != "p_rubbish":
        raise Wrong("`forces` is right; add up its ten values for a few digits.")
    return "more is pulled than pushed, by as much as rubbish is believed in."


@exercise("ex-training-sweep")
def second_sweep(
    sweep: Callable[[Tensor, Tensor, Tensor, float, float], tuple[Tensor, Tensor]],
) -> str:
    """Step sizes of a full connection, and the curvature of the layer below."""
    expect.function(sweep, "sweep")
    draw, squash = torch.Generator().manual_seed(21), ScaledTanh()
    for units, inputs, rate in ((3, 5, 1e-3), (1, 4, 5e-4), (10, 84, 1e-2)):
        sums = torch.randn(inputs, generator=draw, dtype=torch.float64)
        weight = torch.randn(units, inputs, generator=draw, dtype=torch.float64)
        bends = 2 * torch.rand(units, generator=draw, dtype=torch.float64)
        mu = 0.02 + 0.1 * torch.rand(1, generator=draw).item()
        x = squash(sums)
        given = expect.call(sweep, bends, weight, x, rate, mu, name="sweep")
        if not (isinstance(given, tuple | list) and len(given) == 2):
            raise Wrong("`sweep` should give two tensors: `sizes, below`.")
        sizes = expect.tensor(given[0], "`sizes`", (units, inputs))
        below = expect.tensor(given[1], "`below`", (inputs,))

        h = bends[:, None] * x.square().expand(units, -1)  # (units, inputs)
        _say_slip(
            sizes,
            {
                "`sizes` holds the curvature, not yet the steps.": h,
                "`sizes`: the states belong squared.": rate / (mu + bends[:, None] * x),
                "`sizes`: where is μ?": rate / h,
                "`sizes`: μ is added before dividing, not after.": rate / h + mu,
                "`sizes`: a weight's curvature has what it reads in it, not weights.": (
                    rate / (mu + bends[:, None] * weight.square())
                ),
            },
        )
        expect.same(sizes / rate, 1 / (mu + h), "`sizes / rate`")

        jacobian = torch.autograd.functional.jacobian(
            lambda a, weight=weight: weight @ squash(a), sums
        )  # (units, inputs): of the sums, by the sums below
        wanted = bends @ jacobian.square()
        slope = ScaledTanh.S * (ScaledTanh.A - x.square() / ScaledTanh.A)
        plain = bends @ weight
        _say_slip(
            below,
            {
                "`below`: the slopes belong squared.": wanted / slope,
                "`below`: which way leads through the squashing function?": (
                    wanted / slope.square()
                ),
                "`below`: the weights belong squared.": slope.square() * plain,
                "`below`: square first, then add up.": (slope * plain).square(),
            },
        )
        expect.same(below, wanted, "`below`")
    return "one such layer after the other, and you have the sweep of 1998."


@exercise("ex-training-plain")
def without_curvature(
    rate: float, plain: list[float], second: list[float], better: str
) -> str:
    """Digits misread in passing with one step for all weights, and second-order."""
    rate = expect.number(rate, "rate")
    plain = _misread(plain, "plain")
    second = _misread(second, "second")
    better = expect.one_of(better, "better", ("plain", "second", "neither"))
    if not any(math.isclose(rate, choice) for choice in RATES):
        raise Wrong("`rate` should be one of the five.")
    if not math.isclose(rate, RATES[2]):
        raise Wrong("another of the five rates misreads fewer digits with seed 0.")
    if np.array_equal(plain, second):
        raise Wrong("`plain` and `second` are the same: which steps did each take?")
    wins = {
        "plain": plain.max() < second.min(),
        "second": second.max() < plain.min(),
    }
    says = next((arm for arm, won in wins.items() if won), "neither")
    if better != says:
        raise Wrong(
            "`better` does not follow from your numbers: are all three of one kind "
            "below all three of the other?"
        )
    return (
        f"{plain.mean():.1f} % and {second.mean():.1f} % on average; that just this "
        "one of five steps does so well had to be found out by trial."
    )


def _misread(errors: list[float], name: str) -> np.ndarray:
    """The percentages that three fresh networks misread of their first digits."""
    errors = expect.errors(errors, name)
    if errors[1] < 0.65 * errors[0]:
        raise Wrong(f"`{name}`: does each seed begin with a network of its own?")
    if errors.min() > 60:
        raise Wrong(f"`{name}`: networks that misread so many have not learned.")
    if errors.min() < 15 or errors.max() > 55:
        odd = "many" if errors.max() > 55 else "few"
        raise Wrong(
            f"`{name}`: that is {odd} for the first 1,500 digits, each counted before "
            "its own step."
        )
    return errors


#: The statements on a large j.
REASONS = ("A", "B", "C", "D")


@exercise("ex-training-j")
def rubbish_classes(medians: list[float], reason: str) -> str:
    """The right digit's penalty after training with equation 8, and for three j."""
    medians = expect.several(medians, "medians", 4)
    reason = expect.one_of(reason, "reason", REASONS)
    equation_8, one, thirty, fifty = medians
    if (medians <= 0).any():
        raise Wrong("a penalty is a sum of squares, and 0 only for a perfect picture.")
    if np.ptp(medians) < 0.01 * medians.mean():
        raise Wrong("four equal penalties: does each criterion have its own j?")
    if 33 < fifty**2 < 55 and thirty**2 < 45:
        raise Wrong("the penalty is the squared distance, not the distance.")
    if 33 < 84 * fifty < 55 and 84 * thirty < 45:
        raise Wrong("the penalty is the sum over F6's 84 units, not their mean.")
    if abs(equation_8 - one) > 0.2 * one:
        raise Wrong(
            "equation 8 and j = 1 should differ by little: same first weights, same "
            "digits, same order?"
        )
    for name, value, least, most in (
        ("j = 1", one, 3, 25),
        ("j = 30", thirty, 16, 40),
        ("j = 50", fifty, 33, 55),
    ):
        if not least < value < most:
            off = "small" if value <= least else "large"
            raise Wrong(
                f"the median for {name} is too {off}: one pass over the first 1,500 "
                "digits, and the penalty of the right digit in the next 1,000?"
            )
    if reason != "C":
        raise Wrong(
            "your medians are fine, but they have another reason: see what the left "
            "panel of the figure says below j."
        )
    return "the right penalty goes down to about j, or as far as one pass takes it."


@exercise("ex-training-places")
def cross_terms(too_little: Tensor, too_much: Tensor) -> str:
    """Two inputs for which the recursion is wrong about C1, one to each side."""
    images = {
        name: expect.tensor(image, f"`{name}`", (32, 32)).float()
        for name, image in (("too_little", too_little), ("too_much", too_much))
    }
    for name, image in images.items():
        if image.abs().max() > 1.2:
            raise Wrong(f"`{name}` has values beyond -1.2 to 1.2.")
        if not image.abs().max() > 0.01:
            raise Wrong(f"`{name}` is 0 all over: C1's weights then do nothing at all.")
        found = [_part_found(image, seed) for seed in (1, 2)]
        enough = max(found) < 0.5 if name == "too_little" else min(found) > 2
        if not enough:
            limit = "below 0.5" if name == "too_little" else "above 2"
            raise Wrong(
                f"for `{name}` the recursion finds {found[0]:.2f} and {found[1]:.2f} "
                f"times C1's curvature, with two first networks; it should be {limit}."
            )
    return "where effects add up they are missed; where they cancel they are made up."


def _part_found(image: Tensor, seed: int) -> float:
    """Which part of C1's exact curvature the recursion finds for one image."""
    network = EXPERIMENTS["lenet5-1998"].first(seed)
    given = image[None, None], losses.likelihood_root  # (1, 1, 32, 32)
    recursion = curvature.recursion(network, *given)["C1.weight"].sum()
    return (recursion / curvature.exact(network, *given)["C1.weight"].sum()).item()
