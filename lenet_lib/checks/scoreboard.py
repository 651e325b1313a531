"""Checks of the exercises of ``chapters/scoreboard.md``."""

import functools
import math
import statistics
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from lenet_lib import scoreboard, weights
from lenet_lib.checks import expect, slant
from lenet_lib.checks.known import images, network
from lenet_lib.checks.verdict import Wrong, exercise
from lenet_lib.data import CODINGS

DIGITS = 2_000  #: test digits that two networks read for ``paired``
KNOWN, UNKNOWN = 5_000, 1_000  #: digits of training and test, for ``set_upright``


def say_slip(found: float, slips: dict[str, float]) -> None:
    """Say which of some typical slips, if any, gives the number that was found."""
    for words, slip in slips.items():
        if math.isclose(found, slip, rel_tol=1e-6, abs_tol=1e-9):
            raise Wrong(words)


@exercise("ex-scoreboard-real")
def is_it_real(
    deviations: Callable[[float, Sequence[float], int], float], largest: float
) -> str:
    """A difference of two errors, measured by what chance may do."""
    expect.function(deviations, "deviations")
    largest = expect.number(largest, "largest")
    draw = np.random.default_rng(1998)
    for seeds, digits, apart in ((5, 10_000, 0.3), (2, 1_000, -0.4), (10, 60_000, 0.2)):
        published = float(draw.uniform(0.5, 5))
        ours = (published + draw.normal(apart, 0.1, seeds)).tolist()
        found = expect.call(
            deviations, published, list(ours), digits, name="deviations"
        )
        found = expect.number(found, "what `deviations` gives")
        away, s = statistics.mean(ours) - published, statistics.stdev(ours)
        chance = math.sqrt(published * (100 - published) / digits)
        wanted = _deviations(published, ours, digits)
        population = statistics.pstdev(ours)
        say_slip(
            found,
            {
                "`deviations`: which of the two is the larger? Mind the sign.": -wanted,
                "`deviations`: the chance in the test digits is missing.": away / s,
                "`deviations`: the spread over seeds is missing.": away / chance,
                "`deviations`: p is a share, from 0 to 1, in p(1-p)/n.": (
                    away / abs(s**2 + published * (1 - published) / digits) ** 0.5
                ),
                "`deviations`: s is in percent, so let p(1-p)/n be so, too.": (
                    away / math.hypot(s, chance / 100)
                ),
                "`deviations`: add the squares, then take the root.": (
                    away / (s + chance)
                ),
                "`deviations`: take the root.": away / (s**2 + chance**2),
                "`deviations`: s is a sample's, so divide by one seed less.": (
                    away / math.hypot(population, chance)
                ),
                "`deviations` is the denominator, so far.": math.hypot(s, chance),
            },
        )
        if not math.isclose(found, wanted, rel_tol=1e-5):
            raise Wrong(
                f"`deviations` gives {found:.4g} for a published {published:.2f} %, "
                f"ours of {statistics.mean(ours):.2f} ± {s:.2f} % and {digits:,} "
                f"digits; {wanted:.4g} was expected."
            )
    rows = [
        abs(_deviations(entry.published, entry.ours))
        for entry in scoreboard.entries()
        if entry.network == scoreboard.LENET5 and entry.what == "test"
    ]
    if largest < 0:
        raise Wrong("`largest` should be a size, without its sign.")
    if abs(largest - max(rows)) > 0.006:
        off = expect.side(largest, max(rows))
        raise Wrong(
            f"`deviations` is right, but `largest` is too {off}: test errors of "
            "LeNet-5 only, 10,000 digits?"
        )
    return (
        f"the largest of {len(rows)} is {max(rows):.1f}; what is below 2 is nothing "
        "that chance could not do."
    )


def _deviations(published: float, ours: Sequence[float], digits: int = 10_000) -> float:
    """How many standard deviations our mean lies above a published error."""
    chance = math.sqrt(published * (100 - published) / digits)
    away = statistics.mean(ours) - published
    return away / math.hypot(statistics.stdev(ours), chance)


@functools.cache
def misread(name: str) -> Tensor:
    """Whether a trained network misreads each of the first test digits, (n,)."""
    pictures, labels = (part[:DIGITS] for part in images(train=False))
    inputs = CODINGS[weights.facts(name)["coding"]](pictures)
    with torch.no_grad():
        return network(name).read(inputs) != labels


@exercise("ex-scoreboard-pairs")
def same_digits(paired: Callable[[Tensor, Tensor], float], lenets: float) -> str:
    """Two networks compared on the digits that only one of them misreads."""
    expect.function(paired, "paired")
    lenets = expect.number(lenets, "lenets")
    draw = torch.Generator().manual_seed(1947)
    for count, share, other in ((50, 0.4, 0.2), (400, 0.2, 0.4), (20, 0.5, 0.1)):
        first = torch.rand(count, generator=draw) < share
        second = torch.rand(count, generator=draw) < other
        wanted = _paired(first, second)
        found = expect.call(paired, first, second, name="paired")
        found = expect.number(found, "what `paired` gives")
        errors = int(first.sum()), int(second.sum())
        say_slip(
            found,
            {
                "`paired`: what if it is the second that misreads more?": -wanted,
                "`paired`: do digits that both misread count, too?": (
                    (errors[0] - errors[1]) / math.sqrt(sum(errors))
                ),
                "`paired`: divide by the root of the sum, not by the sum.": (
                    (errors[0] - errors[1]) / max(1, int((first ^ second).sum()))
                ),
                "`paired`: divide by what chance may do, too.": errors[0] - errors[1],
            },
        )
        if not math.isclose(found, wanted, rel_tol=1e-5, abs_tol=1e-6):
            only = int((first & ~second).sum()), int((second & ~first).sum())
            raise Wrong(
                f"`paired` gives {found:.4g} where {only[0]} digits are misread by the "
                f"first only and {only[1]} by the second only; {wanted:.4g} was "
                "expected."
            )
    alike = torch.arange(20) < 3
    same = expect.call(paired, alike, alike, name="paired")
    if expect.number(same, "what `paired` gives for a network and itself") != 0:
        raise Wrong("`paired` should give 0 for a network and itself.")
    wanted = _paired(misread("lenet1-1998"), misread("lenet5-1998"))
    if abs(lenets + wanted) < 0.006:
        raise Wrong("`lenets` has LeNet-5 first.")
    if abs(lenets - wanted) > 0.006:
        off = expect.side(lenets, wanted)
        raise Wrong(
            f"`paired` is right, but `lenets` is too {off}: the first {DIGITS:,} test "
            "digits?"
        )
    return (
        f"{wanted:.1f} standard deviations, on a fifth of the test digits: what both "
        "read, or both misread, can no longer blur it."
    )


def _paired(first: Tensor, second: Tensor) -> float:
    """McNemar's comparison of two networks, in standard deviations."""
    one, other = int((first & ~second).sum()), int((second & ~first).sum())
    return (one - other) / math.sqrt(max(1, one + other))


def expected_least(runs: int) -> float:
    """How far below the mean the least of so many normal numbers lies on average."""
    x = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    density = torch.exp(-x.square() / 2) / math.sqrt(2 * math.pi)
    others_above = torch.special.ndtr(-x) ** (runs - 1)
    return -torch.trapezoid(x * runs * density * others_above, x).item()


@exercise("ex-scoreboard-best")
def best_of_ten(best: Callable[[int], float], lenet5: float, explained: bool) -> str:
    """How far the best of some runs lies below their mean, on average."""
    expect.function(best, "best")
    lenet5 = expect.number(lenet5, "lenet5")
    explained = expect.one_of(explained, "explained", (True, False))
    for runs in (10, 3, 30):
        found = expect.number(expect.call(best, runs, name="best"), "what `best` gives")
        wanted = expected_least(runs)
        if abs(found + wanted) < 0.05:
            raise Wrong("`best` should be positive: how far it lies *below* the mean.")
        if runs == 10 and abs(found - wanted / math.sqrt(runs)) < 0.03:
            raise Wrong("`best`: one run has the whole standard deviation.")
        if runs == 10 and found > 3:
            raise Wrong(
                "`best`: that is the least of all draws: ten at a time, please."
            )
        if abs(found - wanted) > 0.05:
            off = expect.side(found, wanted)
            raise Wrong(
                f"`best` gives {found:.2f} for {runs} runs, which is too {off}."
            )
    (entry,) = (
        entry
        for entry in scoreboard.entries()
        if entry.figure9 == "LeNet-5" and entry.network == scoreboard.LENET5
    )
    mean, s = entry.mean, entry.spread
    wanted = mean - expected_least(10) * s
    if abs(lenet5 - (2 * mean - wanted)) < 0.06 * s:
        raise Wrong("`lenet5` lies above the mean: the best error is the least.")
    if abs(lenet5 - wanted / 100) < 1e-4:
        raise Wrong("`best` is right; give `lenet5` in percent.")
    if abs(lenet5 - expected_least(10)) < 0.05:
        raise Wrong("`lenet5` should be an error in percent; here s is 1.")
    if abs(lenet5 - wanted) > 0.06 * s:
        off = expect.side(lenet5, wanted)
        raise Wrong(f"`best` is right, but `lenet5` is too {off}.")
    if explained != (entry.published >= lenet5):
        raise Wrong(
            "`explained` does not follow from `lenet5` and the published error."
        )
    return (
        f"the best of ten would be {wanted:.2f} %, and {entry.published} % was "
        "published: whoever reports the best gains so much without a better network."
    )


@exercise("ex-scoreboard-deslant")
def set_upright(
    upright: Callable[[Tensor], Tensor], before: float, after: float
) -> str:
    """Digits without their slant, and what that does for nearest neighbours."""
    expect.function(upright, "upright")
    before, after = expect.number(before, "before"), expect.number(after, "after")
    draw = torch.Generator().manual_seed(16)
    for count in (5, 1, 12):
        slanted = slant.blobs(count, draw)
        found = expect.call(upright, slanted, name="upright")
        found = expect.tensor(found, "what `upright` gives", (count, 28, 28))
        slant.look_upright(found, slanted.double())
    slanted, wanted = neighbours_error(False, False), neighbours_error(True, True)
    for name, value in (("before", before), ("after", after)):
        if not 0 < value < 100:
            raise Wrong(f"`{name}` should be an error in percent, and is {value:g}.")
    if before <= 1 and abs(100 * before - slanted) < 0.15:
        raise Wrong("`upright` is right; give the errors in percent.")
    if abs(before - slanted) > 0.15:
        off = expect.side(before, slanted)
        raise Wrong(
            f"`upright` is right, but `before` is too {off}: one neighbour of "
            f"{KNOWN:,} for each of {UNKNOWN:,}?"
        )
    if abs(after - neighbours_error(True, False)) < 0.5:
        raise Wrong("`after`: the known digits should be set upright, too.")
    if abs(after - neighbours_error(False, True)) < 0.5:
        raise Wrong("`after`: the digits that are read should be set upright, too.")
    if abs(after - wanted) > 0.9:
        off = expect.side(after, wanted)
        raise Wrong(f"`upright` and `before` are right, but `after` is too {off}.")
    return f"from {before:.1f} to {after:.1f} %, and nothing has been learned."


@functools.cache
def neighbours_error(unknown_upright: bool, known_upright: bool) -> float:
    """Test digits misread by their nearest neighbours, in percent."""
    pictures, labels = (part[:KNOWN] for part in images(train=True))
    asked, truth = (part[:UNKNOWN] for part in images(train=False))
    known = slant.sheared(pictures.float()) if known_upright else pictures.float()
    asked = slant.sheared(asked.float()) if unknown_upright else asked.float()
    nearest = torch.cdist(asked.flatten(1), known.flatten(1)).argmin(1)
    return 100 * (labels[nearest] != truth).double().mean().item()
