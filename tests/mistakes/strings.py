"""Typical wrong answers to the exercises of the chapter on reading strings."""

import functools

from lenet_lib.checks.strings import (
    UNTAUGHT,
    along_row,
    counts,
    probabilities,
    sum_over_paths,
)
from lenet_lib.strings import connections, steps
from lenet_lib.weights import load

NETWORK = load(UNTAUGHT)
RIGHT, UNLIKE = counts()
SURE, UNSURE = probabilities()


def right(width):
    """As it should be."""
    return connections(NETWORK, width)[0]


def one_by_one(width):
    """Counts windows that are cut out."""
    return connections(NETWORK, width)[1]


def without_codes(width):
    """Leaves the comparisons with the codes out."""
    return right(width) - 840 * steps(width)


def codes_once(width):
    """Compares with the codes at one place only."""
    return right(width) - 840 * (steps(width) - 1)


def side_by_side(width):
    """Takes the windows for tiles."""
    return round(340_908 * width / 32)


def one_more_place(width):
    """Has the right idea of what is shared, and a wrong number."""
    return 340_908 + 110_000 * (steps(width) - 1)


cheapest = functools.partial(along_row, best=True)
forgets_equal = functools.partial(along_row, skip_equal=True)
forgets_margins = functools.partial(along_row, margins=False)


def the_logarithm(losses, text):
    """Forgets the minus."""
    return -sum_over_paths(losses, text)


def first_digit_only(losses, text):
    """Ends too soon."""
    return sum_over_paths(losses, text[:1])


MISTAKES = {
    "ex-strings-count": [
        ((one_by_one, 200), "cut out one by one"),
        ((without_codes, 200), "the 840 connections of the codes"),
        ((codes_once, 200), "each place compares"),
        ((side_by_side, 200), "here they overlap"),
        ((one_more_place, 200), "it is too large"),
        ((lambda width: 340_908, 200), "a line of 36 pixels: it is too small"),
        ((right, 43), "the number of places"),
        ((right, 172), "the first one takes 32"),
        ((right, 160), "`three`: it is too small"),
    ],
    "ex-strings-sum": [
        ((cheapest, SURE, UNSURE), "the cheapest path alone"),
        ((forgets_equal, SURE, UNSURE), "need a blank between"),
        ((forgets_margins, SURE, UNSURE), "blanks before the first"),
        ((the_logarithm, SURE, UNSURE), "give minus that"),
        ((first_digit_only, SURE, UNSURE), "the string 10 over 5 places it is too"),
        ((sum_over_paths, UNSURE, SURE), "have changed places"),
        ((sum_over_paths, 100 * SURE, 100 * UNSURE), "a probability, 0 to 1"),
        ((sum_over_paths, SURE + 0.05, UNSURE), "`right` is too large"),
    ],
    "ex-strings-shift": [
        (([100 - n for n in RIGHT], UNLIKE), "has the misread lines"),
        ((counts(grammar=False)[0], UNLIKE), "the naive reader's"),
        ((counts(UNTAUGHT)[0], UNLIKE), "the network for single digits"),
        (([n + 0.5 for n in RIGHT], UNLIKE), "should be a whole number"),
        (([RIGHT[0]] * 3 + [20], UNLIKE), "is too small"),
        ((RIGHT[:3], UNLIKE), "should hold 4 numbers"),
        ((RIGHT, max(RIGHT) - min(RIGHT)), "one may become right"),
        ((RIGHT, 99), "`unlike` is too large"),
    ],
}
