"""Tells a learner at once whether the answer to an exercise is right, or what is off.

Each exercise of the book ends with a line such as

    check.most_ink(most, least)

A check never gives the answer away. Functions and layers are tried on random inputs,
beside an independent computation, and the first shape or value that is wrong is named.

===============  ==================================================================
``verdict``      what a check is, and what it says
``expect``       what an answer must be before its value is looked at
``known``        what they compare with: MNIST, and what trained networks say of it
``slant``        pictures that lean, for one exercise of the scoreboard
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
from lenet_lib.checks.draw import (
    failing_layer,
    flagged_ones,
    gaussian,
    smallest_change,
    thin_pen,
)
from lenet_lib.checks.inside_blame import patch_occlusion
from lenet_lib.checks.inside_kernels import sign_agreement
from lenet_lib.checks.inside_map import principal_components
from lenet_lib.checks.inside_misread import price_of_mistakes
from lenet_lib.checks.inside_robust import turning
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
from lenet_lib.checks.modern import merged_norm, seeds_needed, undo_one
from lenet_lib.checks.scoreboard import (
    best_of_ten,
    is_it_real,
    same_digits,
    set_upright,
)
from lenet_lib.checks.strings import all_paths, moved_lines, sweep_connections
from lenet_lib.checks.training import (
    cross_terms,
    forces_of_equation_9,
    rubbish_classes,
    second_sweep,
    shares_of_the_way,
    without_curvature,
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
    "all_paths",
    "average_or_maximum",
    "best_of_ten",
    "c3_parameters",
    "code_distances",
    "confusion_counts",
    "cross_terms",
    "difference_quotient",
    "doubtful_labels",
    "failing_layer",
    "feature_map",
    "flagged_ones",
    "forces_of_equation_9",
    "fresh_order",
    "gaussian",
    "grey_border",
    "is_it_real",
    "kernel_of_ones",
    "kinder_permutations",
    "layer_counts",
    "lenet1_counts",
    "merged_norm",
    "most_ink",
    "moved_lines",
    "nearest_mean",
    "own_table",
    "principal_components",
    "price_of_mistakes",
    "patch_occlusion",
    "random_moves",
    "rejection",
    "rubbish_classes",
    "same_digits",
    "second_sweep",
    "seeds_needed",
    "set_upright",
    "shared_biases",
    "shares_of_the_way",
    "shifted_error",
    "sign_agreement",
    "smallest_change",
    "standardised",
    "strided",
    "subsampling",
    "sweep_connections",
    "thin_pen",
    "turning",
    "undo_one",
    "unit_biases",
    "vote",
    "without_curvature",
    "without_margin",
    "without_tanh",
    "zip_code_counts",
]
