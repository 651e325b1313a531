"""Tells a learner at once whether the answer to an exercise is right, or what is off.

Each exercise of the book ends with a line such as

    check.most_ink(most, least)

A check never gives the answer away. Functions and layers are tried on random inputs,
beside an independent computation, and the first shape or value that is wrong is named.

===============  ==================================================================
``verdict``      what a check is, and what it says
``expect``       what an answer must be before its value is looked at
others           the checks of each chapter, under the chapter's name
===============  ==================================================================
"""

from lenet_lib.checks.convolution import (
    feature_map,
    kernel_of_ones,
    kinder_permutations,
    layer_counts,
    random_moves,
    strided,
)
from lenet_lib.checks.digits import (
    doubtful_labels,
    most_ink,
    nearest_mean,
    shifted_error,
    standardised,
)
from lenet_lib.checks.verdict import CHECKS, Check, Verdict, Wrong
from lenet_lib.checks.zipcode1989 import (
    difference_quotient,
    fresh_order,
    grey_border,
    shared_biases,
    unit_biases,
    zip_code_counts,
)

__all__ = [
    "CHECKS",
    "Check",
    "Verdict",
    "Wrong",
    "difference_quotient",
    "doubtful_labels",
    "feature_map",
    "fresh_order",
    "grey_border",
    "kernel_of_ones",
    "kinder_permutations",
    "layer_counts",
    "most_ink",
    "nearest_mean",
    "random_moves",
    "shared_biases",
    "shifted_error",
    "standardised",
    "strided",
    "unit_biases",
    "zip_code_counts",
]
