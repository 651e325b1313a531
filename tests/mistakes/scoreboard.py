"""Typical wrong answers to the exercises of the scoreboard."""

import math
import statistics

import torch

from lenet_lib import scoreboard
from lenet_lib.checks.slant import moments


def deviations(seeds=1, chance=100, spread=statistics.stdev):
    """A difference over its chance; the defaults are right."""

    def of(published, ours, digits):
        share = published / 100
        by_digits = chance * math.sqrt(share * (1 - share) / digits)
        away = statistics.mean(ours) - published
        return away / math.hypot(seeds * spread(ours), by_digits)

    return of


def root_of_less_than_nothing(published, ours, digits):
    """Takes percent for shares: with 2 % there is no root."""
    return math.sqrt(published * (1 - published) / digits)


def counts(first, second):
    """How many digits only the first, and only the second misreads."""
    return int((first & ~second).sum()), int((second & ~first).sum())


def paired(first, second):
    """As it should be."""
    b, c = counts(first, second)
    return (b - c) / math.sqrt(max(b + c, 1))


def never_alike(first, second):
    """Divides by 0 where two networks do not differ."""
    b, c = counts(first, second)
    return (b - c) / math.sqrt(b + c)


def all_errors(first, second):
    """Counts digits that both misread."""
    return float((first.sum() - second.sum()) / (first.sum() + second.sum()).sqrt())


def without_size(first, second):
    """Forgets that chance may do more if they differ often."""
    b, c = counts(first, second)
    return b - c


def best(runs):
    """As it should be."""
    draw = torch.Generator().manual_seed(1)
    return -torch.randn(20_000, runs, generator=draw).min(1).values.mean().item()


def of_all(runs):
    """The best of all draws."""
    draw = torch.Generator().manual_seed(1)
    return -torch.randn(20_000, runs, generator=draw).min().item()


(entry,) = (entry for entry in scoreboard.entries() if entry.figure9 == "LeNet-5")
lenet5 = entry.mean - best(10) * entry.spread
explained = entry.published >= lenet5


def sheared(share=1.0, roll=0):
    """Goes a share of the way to upright, by parts of a pixel; then aside."""

    def upright(images):
        found, place = moments(images), torch.arange(28.0)
        y = images.sum(2) @ place / images.sum((1, 2))
        slant = share * found["xy"] / found["yy"]
        source = place + slant[:, None, None] * (place[:, None] - y[:, None, None])
        left = source.floor()
        padded = torch.nn.functional.pad(images, (1, 1))
        one, other = (
            padded.gather(2, (left + side).clamp(0, 29).long()) for side in (1, 2)
        )
        return torch.lerp(one, other, source - left).roll(roll, 2)

    return upright


def sideways(images):
    """Takes rows for columns."""
    return sheared()(images.transpose(1, 2)).transpose(1, 2)


def one_column(images):
    """Puts all ink of a row into its middle."""
    narrow = torch.zeros_like(images)
    narrow[:, :, 14] = images.sum(2)
    return narrow


MISTAKES = {
    "ex-scoreboard-real": [
        ((lambda *given: abs(deviations()(*given)), 1.0), "Mind the sign"),
        ((deviations(seeds=0), 1.0), "the spread over seeds is missing"),
        ((deviations(chance=0), 1.0), "the chance in the test digits is missing"),
        ((deviations(chance=1), 1.0), "in percent"),
        ((deviations(spread=statistics.pstdev), 1.0), "divide by one seed less"),
        ((root_of_less_than_nothing, 1.0), "math domain error"),
        ((deviations(), -1.0), "without its sign"),
        ((deviations(), 50.0), "`largest` is too large"),
    ],
    "ex-scoreboard-pairs": [
        ((lambda a, b: abs(paired(a, b)), 4.0), "the second that misreads more"),
        ((all_errors, 4.0), "that both misread count"),
        ((without_size, 4.0), "divide by what chance may do"),
        ((never_alike, 4.0), "raised ZeroDivisionError"),
        ((paired, 60.0), "`lenets` is too large"),
        ((paired, 0.5), "`lenets` is too small"),
    ],
    "ex-scoreboard-best": [
        ((lambda runs: -best(runs), lenet5, explained), "should be positive"),
        ((of_all, lenet5, explained), "the least of all draws"),
        ((lambda runs: best(10), lenet5, explained), "for 3 runs"),
        ((best, 2 * entry.mean - lenet5, explained), "lies above the mean"),
        ((best, lenet5 / 100, explained), "in percent"),
        ((best, best(10), explained), "here s is 1"),
        ((best, lenet5, not explained), "does not follow"),
    ],
    "ex-scoreboard-deslant": [
        ((lambda images: images, 9.8, 6.5), "as they were"),
        ((sideways, 9.8, 6.5), "move rows sideways"),
        ((sheared(-1), 9.8, 6.5), "leans a digit over further"),
        ((sheared(0.5), 9.8, 6.5), "leaves a slant"),
        ((one_column, 9.8, 6.5), "wider or narrower"),
        ((sheared(roll=3), 9.8, 6.5), "moves a digit aside"),
        ((sheared(), 0.098, 0.065), "give the errors in percent"),
        ((sheared(), 3.0, 6.5), "`before` is too small"),
        ((sheared(), 9.8, 8.5), "the known digits should be set upright"),
        ((sheared(), 9.8, 15.8), "the digits that are read should be"),
    ],
}
