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

from lenet_lib.checks.digits import (
    doubtful_labels,
    most_ink,
    nearest_mean,
    shifted_error,
    standardised,
)
from lenet_lib.checks.lenet1 import (
    average_or_maximum,
    confusion_counts,
    lenet1_counts,
    own_table,
    without_tanh,
)
from lenet_lib.checks.lenet5 import (
    c3_parameters,
    code_distances,
    rejection,
    subsampling,
    vote,
    without_margin,
)
from lenet_lib.checks.verdict import CHECKS, Check, Verdict, Wrong

__all__ = [
    "CHECKS",
    "Check",
    "Verdict",
    "Wrong",
    "average_or_maximum",
    "c3_parameters",
    "code_distances",
    "confusion_counts",
    "doubtful_labels",
    "lenet1_counts",
    "most_ink",
    "nearest_mean",
    "own_table",
    "rejection",
    "shifted_error",
    "standardised",
    "subsampling",
    "vote",
    "without_margin",
    "without_tanh",
]
